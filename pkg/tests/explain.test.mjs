// Every file of tests/explain/ through both doors of the package, and what they refuse.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import Ajv from "ajv/dist/2020.js";
import { desk, evenhand, installed, outcome } from "./support.mjs";

const { explain, explainJson } = evenhand;
const folder = fileURLToPath(new URL("../../tests/explain/", import.meta.url));
const cases = readdirSync(folder).sort().map((name) => ({ name, ...JSON.parse(readFileSync(join(folder, name), "utf8")) }));

test("the package explains every case as it is written", () => {
  const schema = createRequire(join(installed, "x.cjs"))("evenhand/schema.json");
  const ajv = new Ajv({ strict: true, strictTypes: false }).addSchema(schema, "evenhand");
  const isExplanation = ajv.getSchema("evenhand#/$defs/Explanation");
  for (const { name, snapshot, conversation, explanation } of cases) {
    const wanted = explanation && JSON.stringify(explanation);
    const text = JSON.stringify(snapshot);
    assert.equal(explainJson(text, conversation), wanted, `${name}: text`);
    assert.equal(explainJson(Buffer.from(text), conversation), wanted, `${name}: bytes`);
    const answer = explain(snapshot, conversation);
    assert.equal(answer && JSON.stringify(answer), wanted, `${name}: objects`);
    assert.ok(!answer || isExplanation(answer), `${name}: ${ajv.errorsText(isExplanation.errors)}`);
  }
  console.log(`${cases.length} cases`);
  assert.ok(cases.length > 0, "no cases");
});

test("a snapshot is refused as by plan, and before what stands for a conversation", () => {
  const both = (snapshot, id) => [() => explain(snapshot, id), () => explainJson(JSON.stringify(snapshot), id)].map((call) => outcome(call));
  const refused = (code, path) => [{ code, path }, { code, path }];
  assert.deepEqual(both({ ...desk(), more: 1 }, "c1"), refused("unknown_field", "/more"));
  assert.deepEqual(both({ ...desk(), version: 2 }, "c1"), refused("unsupported_version", "/version"));
  assert.deepEqual(outcome(() => explain({ ...desk(), seed: NaN }, "c1")), { code: "wrong_type", path: "/seed" });
  for (const id of [undefined, null, 1, 1n, ["c1"], new String("c1"), Symbol("c1")]) {
    assert.deepEqual(both(desk(), id), refused("wrong_type", ""));
  }
});

test("what is no id is no conversation's", () => {
  for (const id of ["", "c9", "c\ud800", "\udc00", "c1\0", "c".repeat(2 ** 20)]) {
    assert.equal(explain(desk(), id), null);
    assert.equal(explainJson(JSON.stringify(desk()), id), null);
  }
  const named = (id) => ({ ...desk(), conversations: [{ id, team: "billing" }], lost_claims: [] });
  assert.equal(explain(named("c\u0000"), "c\ud800"), null);
  assert.equal(explain(named("c\ufffd"), "c\ud800"), null);
  assert.equal(explain(named("c\ufffd"), "c\ufffd").decision.conversation, "c\ufffd");
});
