// The condition `workerd` under a bundler that is not wrangler, by the command of the README.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { desk, evenhand, home, installed } from "./support.mjs";

const [, command] = /`npx esbuild (worker\.js [^`]*)`/.exec(readFileSync(new URL("../README.md", import.meta.url), "utf8"));
const options = Object.fromEntries([...command.matchAll(/--([\w:.]+)(?:=(\S+))?/g)].map(([, name, value]) => [name, value]));

const bundle = (loader) => {
  writeFileSync(join(installed, "worker.js"), 'export { EvenhandError, plan, planJson } from "evenhand";\n');
  return build({
    absWorkingDir: installed,
    entryPoints: ["worker.js"],
    bundle: "bundle" in options,
    format: options.format,
    conditions: [options.conditions],
    outdir: options.outdir,
    logLevel: "silent",
    loader,
  });
};

test("without a loader it fails, and names the file", async () => {
  await assert.rejects(bundle({}), /No loader is configured for "\.wasm" files: .*evenhand\.wasm/);
});

test("with the loader the module is a file, imported as it is, and plans", async () => {
  await bundle({ ".wasm": options["loader:.wasm"] });
  const dist = join(installed, options.outdir);
  const [name, ...more] = readdirSync(dist).filter((name) => name.endsWith(".wasm"));
  assert.deepEqual(more, []);
  assert.ok(readFileSync(join(dist, name)).equals(readFileSync(join(home, "dist/evenhand.wasm"))));
  const script = readFileSync(join(dist, "worker.js"), "utf8");
  const imported = new RegExp(`^import (\\w+) from "\\./${name}";$`, "m");
  assert.match(script, imported);
  // What the runtime does: an import of a module is the compiled module.
  const compiled = `import { readFileSync } from "node:fs";\nconst $1 = new WebAssembly.Module(readFileSync(new URL("${name}", import.meta.url)));`;
  writeFileSync(join(dist, "run.mjs"), script.replace(imported, compiled));
  const { planJson, plan, EvenhandError } = await import(pathToFileURL(join(dist, "run.mjs")));
  const text = JSON.stringify(desk());
  assert.equal(planJson(text), evenhand.planJson(text));
  assert.throws(() => plan({}), EvenhandError);
});
