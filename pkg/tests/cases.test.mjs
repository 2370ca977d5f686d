// Every case of tests/cases/ through both doors of the package.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cases, evenhand, outcome } from "./support.mjs";

test("the package answers every case as it is written", () => {
  for (const { name, rule, snapshot, text, plan, error, ...unknown } of cases) {
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
  console.log(`${cases.length} cases`);
  assert.ok(cases.length > 0, "no cases");
});
