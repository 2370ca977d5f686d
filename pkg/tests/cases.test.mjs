// Every case of tests/cases/ through both doors of the package.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { evenhand, outcome } from "./support.mjs";

const folder = fileURLToPath(new URL("../../tests/cases/", import.meta.url));
const names = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".json")).sort();

test("the package answers every case as it is written", () => {
  for (const name of names) {
    const { rule, snapshot, text, plan, error, ...unknown } = JSON.parse(readFileSync(folder + name, "utf8"));
    assert.deepEqual(unknown, {}, `${name}: unknown fields`);
    assert.ok(rule && (plan === undefined) !== (error === undefined), `${name}: not a case`);
    const wanted = plan === undefined ? error : { answer: JSON.stringify(plan) };
    const written = text ?? JSON.stringify(snapshot);
    assert.deepEqual(outcome(() => evenhand.planJson(written)), wanted, `${name}: text`);
    assert.deepEqual(outcome(() => evenhand.planJson(Buffer.from(written))), wanted, `${name}: bytes`);
    if (snapshot !== undefined) {
      assert.deepEqual(outcome(() => JSON.stringify(evenhand.plan(snapshot))), wanted, `${name}: objects`);
    }
  }
  console.log(`${names.length} cases`);
  assert.ok(names.length > 0, "no cases");
});
