// Several copies of the package in one program, as dependencies bring them along: each works, none disturbs another.
import assert from "node:assert/strict";
import { cpSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const names = () => [globalThis, Object.prototype, Array.prototype, WebAssembly].map((object) => Reflect.ownKeys(object));
const before = names();

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
cpSync(at("node_modules/evenhand"), at("other/node_modules/evenhand"), { recursive: true });
const require = createRequire(import.meta.url);
const web = [await import("evenhand/web"), require("evenhand/web")];
const copies = [
  await import("evenhand"),
  require("evenhand"),
  await import("./node_modules/evenhand/dist/index.js"),
  createRequire(at("other/x.cjs"))("evenhand"),
  ...web,
];
// Importing it leaves the world as it was.
assert.deepEqual(names(), before);

const bytes = readFileSync(require.resolve("evenhand/evenhand.wasm"));
await Promise.all(web.map(({ init }) => init(bytes)));

const snapshot = '{"version":1,"agents":[],"teams":[],"conversations":[{"id":"c","team":"t"}]}';
const wanted = copies[0].planJson(snapshot);
for (let round = 0; round < 2; round += 1) {
  for (const { EvenhandError, planJson } of copies) {
    assert.equal(planJson(snapshot), wanted);
    assert.throws(() => planJson("{"), (error) => error instanceof EvenhandError && error.code === "malformed_json");
  }
}
// In Node `import` and `require` share one; the others are their own.
assert.equal(new Set(copies.map(({ EvenhandError }) => EvenhandError)).size, copies.length - 1);
console.log(copies[0].version());
