// That a plan which is not sound does not get past the check, by whichever function it comes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const real = new URL("../../pkg/node.js", import.meta.url).href;
const register = new URL("register.mjs", import.meta.url).href;
const desk = '{"version":1,"agents":[],"teams":[],"conversations":[{"id":"c","team":"t"}]}';

/** Returns how a program ends that calls `planner` of a package with these functions. */
function ends(functions, call) {
  const folder = mkdtempSync(join(tmpdir(), "evenhand-checked-"));
  try {
    const home = join(folder, "node_modules/evenhand");
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, "package.json"), '{"name":"evenhand","type":"module","exports":"./index.js"}');
    writeFileSync(join(home, "index.js"), `import * as real from "${real}"; export * from "${real}"; ${functions}`);
    writeFileSync(join(folder, "main.mjs"), `import * as evenhand from "evenhand"; try { ${call}; } catch {}`);
    const env = { ...process.env, NODE_OPTIONS: `--import ${register}` };
    return spawnSync(process.execPath, [join(folder, "main.mjs")], { env, encoding: "utf8" });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const wrong = "export const planJson = (text) => real.planJson(text).replace('unknown_team', 'all_full');"
  + "export const plan = (desk) => JSON.parse(planJson(JSON.stringify(desk)));";

for (const call of [`evenhand.planJson('${desk}')`, `evenhand.plan(${desk})`]) {
  test(`${call.slice(0, 18)}...`, () => {
    const sound = ends("", call);
    assert.deepEqual([sound.status, sound.stderr], [0, ""]);
    const found = ends(wrong, call);
    assert.equal(found.status, 70, found.stderr);
    assert.match(found.stderr, /wait_reason/);
  });
}
