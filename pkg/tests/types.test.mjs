// The types: that they compile for every kind of consumer, and that their codes are those of the module.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { home, installed } from "./support.mjs";

const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
const tsc = join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.tsc);

for (const [resolution, module, files] of [
  ["node16", "node16", ["types.mts", "types.cts"]],
  ["nodenext", "nodenext", ["types.mts", "types.cts"]],
  ["bundler", "esnext", ["types.mts"]],
]) {
  test(`they compile under ${resolution}`, () => {
    const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false", "--types", ""];
    const target = ["--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--module", module, "--moduleResolution", resolution];
    try {
      execFileSync(process.execPath, [tsc, ...options, ...target, ...files], { cwd: installed, encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      assert.fail(error.stdout || error.message);
    }
  });
}

test("they name exactly the codes that the module has", () => {
  const types = readFileSync(join(home, "index.d.ts"), "utf8");
  const listed = readFileSync(new URL("../../tests/codes.txt", import.meta.url), "utf8").trim().split("\n");
  const names = { error: "ErrorCode", assign: "AssignReason", wait: "WaitReason", gate: "Gate", assignment: "Assignment", rule: "Rule" };
  const declared = Object.entries(names).flatMap(([kind, name]) => {
    const [, union] = new RegExp(`^export type ${name} =([^;]*);`, "m").exec(types);
    return [...union.matchAll(/"(\w+)"/g)].map(([, code]) => `${kind} ${code}`);
  });
  assert.deepEqual(declared, listed);
});

test("they are the same for both kinds of import", () => {
  assert.equal(readFileSync(join(home, "dist/index.d.cts"), "utf8"), readFileSync(join(home, "index.d.ts"), "utf8"));
});
