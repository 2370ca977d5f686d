// Every case of tests/cases/, as a string and as objects; tests/runtimes/ asks the package the same as bytes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cases, evenhand, outcome } from "./support.mjs";

test("the package answers every case as it is written", () => {
  for (const { name, snapshot, text, plan, error } of cases) {
    const wanted = plan === undefined ? error : { answer: JSON.stringify(plan) };
    assert.deepEqual(outcome(() => evenhand.planJson(text ?? JSON.stringify(snapshot))), wanted, `${name}: text`);
    if (snapshot !== undefined) {
      assert.deepEqual(outcome(() => JSON.stringify(evenhand.plan(snapshot))), wanted, `${name}: objects`);
    }
  }
  console.log(`${cases.length} cases`);
  assert.ok(cases.length > 0, "no cases");
});
