// The component, transpiled by jco, in Node.
import { planner } from "./component/evenhand.js";
import { questions } from "./files.mjs";
import { run } from "./suite.mjs";

const utf8 = new TextEncoder();
const ask = (input) => {
  try {
    return Buffer.concat([utf8.encode('{"ok":'), planner.plan(input), utf8.encode("}")]);
  } catch ({ code, path, message }) {
    return utf8.encode(JSON.stringify({ error: { code, path, message } }));
  }
};
process.exit((await run(`Node ${process.versions.node}, component by jco`, ask, questions)) ? 0 : 1);
