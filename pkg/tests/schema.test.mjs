// The schema that the package exports takes what the engine takes, and refuses what is refused for its shape.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { cases, desk, evenhand, installed } from "./support.mjs";

const schema = createRequire(join(installed, "x.cjs"))("evenhand/schema.json");
const ajv = new Ajv({ strict: true, strictTypes: false, allErrors: true }).addSchema(schema, "evenhand");
const isSnapshot = ajv.getSchema("evenhand#/$defs/Snapshot");
const isPlan = ajv.getSchema("evenhand#/$defs/Plan");

/** What a schema can say; the other codes are about the text, or about more than one value. */
const ofShape = ["wrong_type", "unknown_field", "missing_field", "unknown_value", "out_of_range", "invalid_id", "unsupported_version"];
/** The ids that are too long in bytes and not in characters, which is what a schema counts. */
const ofBytes = ["ids/bytes-are-counted-not-letters.json"];
/** How many turns there are, and which set came before: a schema sees one value at a time. */
const ofSeats = (name) => name.startsWith("sets/");
/** Whether something waits for a time, without which there need be no now: a schema sees one value at a time. */
const ofTime = (error) => error?.code === "missing_field" && error.path === "/now";

test("it takes every accepted snapshot and every plan, and refuses what has another shape", () => {
  const counts = { accepted: 0, refused: 0, beyond: 0 };
  for (const { name, snapshot, plan, error } of cases) {
    if (plan !== undefined) {
      assert.ok(isPlan(plan), `${name}: ${ajv.errorsText(isPlan.errors)}`);
    }
    if (snapshot === undefined) continue;
    const shaped = !ofShape.includes(error?.code) || ofBytes.includes(name) || ofSeats(name) || ofTime(error);
    assert.equal(isSnapshot(snapshot), shaped, `${name}: ${error?.code} ${ajv.errorsText(isSnapshot.errors)}`);
    counts[error === undefined ? "accepted" : shaped ? "beyond" : "refused"] += 1;
  }
  console.log(`${counts.accepted} accepted, ${counts.refused} refused, ${counts.beyond} refused for more than their shape`);
  assert.ok(Object.values(counts).every((count) => count > 0));
});

test("it is one schema for both records, and for nothing else", () => {
  const either = ajv.getSchema("evenhand");
  const plan = evenhand.plan(desk());
  assert.ok(either(desk()) && isSnapshot(desk()) && !isPlan(desk()));
  assert.ok(either(plan) && isPlan(plan) && !isSnapshot(plan));
  for (const neither of [null, 1, "", [], {}, { version: 1 }, { ...plan, version: 2 }]) {
    assert.equal(either(neither), false, JSON.stringify(neither));
  }
});

test("a plan may grow a field, and a decision has a reason of its own kind", () => {
  const plan = evenhand.plan(desk());
  assert.ok(isPlan({ ...plan, more: 1 }));
  for (const [agent, why, holds] of [["ann", "turn", true], [null, "all_full", true], [null, "turn", false], ["ann", "all_full", false]]) {
    assert.equal(isPlan({ ...plan, decisions: [{ conversation: "c", team: "t", agent, why }] }), holds, `${agent} ${why}`);
  }
});
