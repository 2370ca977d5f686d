// As people use it: ECMAScript modules.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import * as evenhand from "evenhand";
import { EvenhandError, newSeed, plan, planJson, version } from "evenhand";

assert.deepEqual(Object.keys(evenhand), 
  ["EvenhandError", "check", "checkJson", "explain", "explainJson", "newSeed", "plan", "planJson", "reset", "version"]);
assert.equal(plan({ version: 1, agents: [], teams: [], conversations: [] }).version, 1);
assert.throws(() => planJson("{"), EvenhandError);
assert.ok(Number.isSafeInteger(newSeed()));
// One module for both kinds of import: an error of one is an error of the other.
assert.equal(createRequire(import.meta.url)("evenhand").EvenhandError, EvenhandError);
console.log(version());
