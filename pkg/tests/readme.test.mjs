// What the READMEs show runs, and prints what the comments say.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { installed } from "./support.mjs";

for (const readme of ["../../README.md", "../README.md"]) {
  test(`the first example of ${readme}`, () => {
    const [, example] = /```js\n(.*?)```/s.exec(readFileSync(new URL(readme, import.meta.url), "utf8"));
    const said = [...example.matchAll(/^console\.log\(.*\); \/\/ (.*)$/gm)].map(([, comment]) => comment);
    assert.notEqual(said.length, 0);
    const file = join(installed, "readme.mjs");
    writeFileSync(file, example);
    assert.deepEqual(execFileSync(process.execPath, [file], { encoding: "utf8" }).trimEnd().split("\n"), said);
  });
}
