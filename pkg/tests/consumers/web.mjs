// The entry that is told where the module is, here from its bytes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { EvenhandError, init, plan, version } from "evenhand/web";

assert.throws(version, (error) => error instanceof EvenhandError && error.message.includes("await init"));
const bytes = readFileSync(createRequire(import.meta.url).resolve("evenhand/evenhand.wasm"));
await init(new WebAssembly.Module(bytes));
await init(bytes);
assert.equal(plan({ version: 1, agents: [], teams: [], conversations: [] }).version, 1);
console.log(version());
