// What the tarball holds, and that it works where it is installed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { home, installed } from "./support.mjs";

const manifest = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
const node = (file) => execFileSync(process.execPath, [join(installed, file)], { encoding: "utf8", stdio: "pipe" });

test("the tarball holds what it should and nothing else", () => {
  const list = execFileSync("tar", ["-tzf", process.env.EVENHAND_TARBALL], { encoding: "utf8" });
  assert.deepEqual(list.trim().split("\n").map((name) => name.replace("package/", "")).sort(), [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "dist/edge-light.js",
    "dist/evenhand.component.wasm",
    "dist/evenhand.core.wasm",
    "dist/evenhand.wasm",
    "dist/index.cjs",
    "dist/index.d.cts",
    "dist/index.js",
    "dist/web.cjs",
    "dist/web.d.cts",
    "dist/web.js",
    "dist/workerd.js",
    "index.d.ts",
    "node.js",
    "package.json",
    "schema.json",
    "web.d.ts",
    "words.json",
  ]);
});

test("it depends on nothing and runs nothing", () => {
  for (const field of ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies", "scripts"]) {
    assert.equal(manifest[field], undefined, field);
  }
});

test("it has the version of the crate", () => {
  const crate = readFileSync(fileURLToPath(new URL("../../Cargo.toml", import.meta.url)), "utf8");
  assert.equal(manifest.version, /^version = "(.*)"$/m.exec(crate)[1]);
});

test("the module imports nothing but its own glue", () => {
  const module = new WebAssembly.Module(readFileSync(join(home, "dist/evenhand.wasm")));
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    assert.match(from, /^\.\/(evenhand_bg\.js$|snippets\/evenhand-)/, name);
  }
});

for (const file of ["esm.mjs", "common.cjs", "web.mjs", "twice.mjs"]) {
  test(`${file} runs, and prints only what it prints itself`, () => {
    assert.equal(node(file), `${manifest.version}\n`);
  });
}

test("what it exports for other runtimes is what was built", () => {
  const resolve = createRequire(join(installed, "x.cjs")).resolve;
  for (const [name, built] of [["core.wasm", "dist/evenhand.core.wasm"], ["component.wasm", "dist/evenhand.component.wasm"]]) {
    const bytes = readFileSync(resolve(`evenhand/${name}`));
    assert.ok(bytes.equals(readFileSync(new URL(`../../${built}`, import.meta.url))), name);
  }
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(resolve("evenhand/core.wasm")))), []);
});
