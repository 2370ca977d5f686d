// As people use it: CommonJS.
const assert = require("node:assert/strict");
const { readFileSync } = require("node:fs");
const { EvenhandError, newSeed, plan, planJson, version } = require("evenhand");

assert.equal(plan({ version: 1, agents: [], teams: [], conversations: [] }).version, 1);
assert.throws(() => planJson("{"), EvenhandError);
assert.ok(Number.isSafeInteger(newSeed()));
assert.ok(WebAssembly.validate(readFileSync(require.resolve("evenhand/evenhand.wasm"))));
assert.equal(require("evenhand/package.json").version, version());
console.log(version());
