// The package as it is required in Node.
const evenhand = require("evenhand");

Promise.all([import("./files.mjs"), import("./suite.mjs")]).then(async ([{ questions }, { runPackage }]) => {
  const right = await runPackage(`Node ${process.versions.node}, CommonJS`, evenhand, questions);
  process.exit(right ? 0 : 1);
});
