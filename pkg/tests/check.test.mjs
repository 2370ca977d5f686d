// Every broken plan of tests/check/ through both doors of the package, and what they refuse.
import assert from "node:assert/strict";
import { test } from "node:test";
import { broken } from "../../tests/support/broken.mjs";
import { cases, desk, evenhand, outcome } from "./support.mjs";

const { check, checkJson, plan } = evenhand;

test("the package finds out every broken plan, and nothing in the others", () => {
  for (const { name, snapshot, plan, violations } of broken) {
    const found = check(snapshot, plan);
    assert.deepEqual(found.map(({ code, path }) => `${code} ${path}`), violations, name);
    const texts = [JSON.stringify(snapshot), JSON.stringify(plan)];
    for (const pair of [texts, texts.map((text) => Buffer.from(text)), [texts[0], Buffer.from(texts[1])]]) {
      assert.equal(checkJson(...pair), JSON.stringify(found), name);
    }
  }
  assert.ok(broken.filter(({ violations }) => violations.length > 0).length >= 60);
  for (const { name, snapshot, plan } of cases) {
    if (snapshot && plan) assert.deepEqual(check(snapshot, plan), [], name);
  }
});

test("a snapshot is refused as by plan, and before its plan", () => {
  const both = (snapshot, plan) => [
    outcome(() => check(snapshot, plan)),
    outcome(() => checkJson(JSON.stringify(snapshot), JSON.stringify(plan) ?? "undefined")),
  ];
  const refused = (code, path) => [{ code, path }, { code, path }];
  const sound = plan(desk());
  assert.deepEqual(both(desk(), sound), [{ answer: [] }, { answer: "[]" }]);
  assert.deepEqual(both({ ...desk(), more: 1 }, {}), refused("unknown_field", "/more"));
  assert.deepEqual(both(desk(), {}), refused("missing_field", "/plan/version"));
  assert.deepEqual(both(desk(), { ...sound, more: 1 }), refused("unknown_field", "/plan/more"));
  assert.deepEqual(both(desk(), { ...sound, loads: [{ ...sound.loads[0], after: "1" }] }), refused("wrong_type", "/plan/loads/0/after"));
  for (const nothing of [null, 1, true, "{}", []]) assert.deepEqual(both(desk(), nothing), refused("wrong_type", "/plan"));
});

test("what is no plain data in a plan is refused where it stands, and no code of it runs in the module", () => {
  const sound = plan(desk());
  const refuses = (plan, path) => assert.deepEqual(outcome(() => check(desk(), plan)), { code: "wrong_type", path });
  refuses({ ...sound, loads: new Map() }, "/plan/loads");
  refuses({ ...sound, version: NaN, decisions: [1n, undefined] }, "/plan/version");
  refuses({ ...sound, decisions: [() => 1] }, "/plan/decisions/0");
  refuses(undefined, "/plan");
  const getter = { ...sound, get loads() { return check(desk(), sound); } };
  refuses(getter, "/plan/loads");
  // Each of the two is blamed for its own.
  assert.deepEqual(outcome(() => check({ ...desk(), seed: NaN }, { ...sound, loads: NaN })), { code: "wrong_type", path: "/seed" });
  const endless = { ...sound };
  endless.bottlenecks = [endless];
  assert.equal(outcome(() => check(desk(), endless)).path.startsWith("/plan/bottlenecks/0"), true);
  for (const odd of [undefined, {}, 1, new String("{}"), [1]]) {
    assert.deepEqual(outcome(() => checkJson(JSON.stringify(desk()), odd)), { code: "wrong_type", path: "/plan" });
    assert.deepEqual(outcome(() => checkJson(odd, JSON.stringify(sound))), { code: "wrong_type", path: "" });
  }
});

test("a plan that is too long is refused by its name", () => {
  const long = { code: "limit_exceeded", path: "/plan" };
  assert.deepEqual(outcome(() => checkJson(JSON.stringify(desk()), " ".repeat(500_000_001))), long);
  assert.deepEqual(outcome(() => check(desk(), "x".repeat(500_000_001))), long);
});
