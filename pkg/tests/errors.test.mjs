// A fault has the same code and path whether the snapshot comes as objects or as text.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import { desk, evenhand, outcome } from "./support.mjs";

const { EvenhandError, plan, planJson } = evenhand;

/** Returns the desk with one change. */
const changed = (change) => {
  const snapshot = desk();
  change(snapshot);
  return snapshot;
};

/** What JSON can say: both doors are asked. */
const both = [
  ["a missing field", (d) => delete d.agents[1].load, "missing_field", "/agents/1/load"],
  ["a missing list", (d) => delete d.conversations, "missing_field", "/conversations"],
  ["an unknown field", (d) => (d.teams[0].max_laod = 3), "unknown_field", "/teams/0/max_laod"],
  ["a name that a pointer escapes", (d) => (d["a/b~c"] = 1), "unknown_field", "/a~1b~0c"],
  ["an empty name", (d) => (d[""] = 1), "unknown_field", "/"],
  ["a string for an integer", (d) => (d.agents[0].load = "2"), "wrong_type", "/agents/0/load"],
  ["true for an integer", (d) => (d.agents[0].load = true), "wrong_type", "/agents/0/load"],
  ["null for an optional integer", (d) => (d.agents[0].capacity = null), "wrong_type", "/agents/0/capacity"],
  ["null for a list", (d) => (d.cursors = null), "wrong_type", "/cursors"],
  ["a number for an id", (d) => (d.conversations[1].id = 7), "wrong_type", "/conversations/1/id"],
  ["an object for a list", (d) => (d.agents = { 0: d.agents[0], length: 1 }), "wrong_type", "/agents"],
  ["a list for an object", (d) => (d.teams[0].members[1] = ["bob", 1]), "wrong_type", "/teams/0/members/1"],
  ["a fraction", (d) => (d.teams[0].members[0].weight = 1.5), "wrong_type", "/teams/0/members/0/weight"],
  ["a negative integer", (d) => (d.agents[0].load = -1), "out_of_range", "/agents/0/load"],
  ["2^31", (d) => (d.agents[0].capacity = 2 ** 31), "out_of_range", "/agents/0/capacity"],
  ["2^53", (d) => (d.seed = 2 ** 53), "out_of_range", "/seed"],
  ["-2^53", (d) => (d.cursors[0].turns[0].owed = -(2 ** 53)), "out_of_range", "/cursors/0/turns/0/owed"],
  ["1e21", (d) => (d.seed = 1e21), "out_of_range", "/seed"],
  ["1e300", (d) => (d.agents[0].load = 1e300), "out_of_range", "/agents/0/load"],
  ["a word that is none", (d) => (d.teams[1].assignment = "random"), "unknown_value", "/teams/1/assignment"],
  ["a number for a word", (d) => (d.teams[1].assignment = 1), "wrong_type", "/teams/1/assignment"],
  ["an empty id", (d) => (d.agents[0].id = ""), "invalid_id", "/agents/0/id"],
  ["an id of 129 bytes", (d) => (d.agents[0].id = `${"é".repeat(64)}x`), "invalid_id", "/agents/0/id"],
  ["an id twice", (d) => (d.agents[1].id = "ann"), "duplicate_id", "/agents/1/id"],
  ["another version", (d) => (d.version = 2), "unsupported_version", "/version"],
  ["another version and other faults", (d) => Object.assign(d, { agents: 1, version: 2, x: 1 }), "unsupported_version", "/version"],
  ["the first of two faults in one record", (d) => (d.agents[0] = { load: "x", id: 1 }), "wrong_type", "/agents/0/load"],
  ["the same the other way round", (d) => (d.agents[0] = { id: 1, load: "x" }), "wrong_type", "/agents/0/id"],
  ["a lone surrogate", (d) => (d.conversations[0].id = "c\ud800"), "malformed_json", "/conversations/0/id"],
  ["a lone surrogate in a name", (d) => (d.agents[0]["\udc00"] = 1), "malformed_json", "/agents/0"],
  ["`__proto__` as a field", (d) => Object.defineProperty(d, "__proto__", { value: [], enumerable: true }), "unknown_field", "/__proto__"],
  ["`toString` as a field", (d) => (d.agents[0].toString = 1), "unknown_field", "/agents/0/toString"],
  ["a snapshot that is a list", () => 0, "wrong_type", "", []],
  ["a snapshot that is null", () => 0, "wrong_type", "", null],
  ["a snapshot that is a string", () => 0, "wrong_type", "", "{}"],
];

test("what JSON can say is refused alike by both doors", () => {
  for (const [name, change, code, path, whole] of both) {
    const snapshot = whole === undefined ? changed(change) : whole;
    assert.deepEqual(outcome(() => plan(snapshot)), { code, path }, `${name}: objects`);
    assert.deepEqual(outcome(() => planJson(JSON.stringify(snapshot))), { code, path }, `${name}: text`);
  }
  console.log(`${both.length} faults through both doors`);
});

const throwing = { enumerable: true, get: () => { throw new Error("not now"); } };
const revoked = (target) => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};

/** What JSON cannot say: only objects can have it. */
const objectsOnly = [
  ["NaN", (d) => (d.agents[0].load = NaN), "wrong_type", "/agents/0/load"],
  ["Infinity", (d) => (d.seed = -Infinity), "wrong_type", "/seed"],
  ["a bigint that is too large", (d) => (d.seed = 2n ** 53n), "out_of_range", "/seed"],
  ["a bigint of 1,000 digits", (d) => (d.agents[0].load = -(10n ** 1000n)), "out_of_range", "/agents/0/load"],
  ["a bigint for an id", (d) => (d.agents[0].id = 1n), "wrong_type", "/agents/0/id"],
  ["another version as a bigint", (d) => (d.version = 2n), "unsupported_version", "/version"],
  ["a Map", (d) => (d.agents[0] = new Map(Object.entries(d.agents[0]))), "wrong_type", "/agents/0"],
  ["a Set", (d) => (d.agents = new Set(d.agents)), "wrong_type", "/agents"],
  ["a Date", (d) => (d.agents[0].id = new Date(0)), "wrong_type", "/agents/0/id"],
  ["a typed array", (d) => (d.teams[0].assignable = new Uint8Array(1)), "wrong_type", "/teams/0/assignable"],
  ["bytes", (d) => (d.agents[0] = Buffer.from("{}")), "wrong_type", "/agents/0"],
  ["a function", (d) => (d.agents = () => []), "wrong_type", "/agents"],
  ["a symbol", (d) => (d.agents[0].id = Symbol("ann")), "wrong_type", "/agents/0/id"],
  ["a boxed string", (d) => (d.agents[0].id = new String("ann")), "wrong_type", "/agents/0/id"],
  ["a boxed number", (d) => (d.agents[0].load = new Number(2)), "wrong_type", "/agents/0/load"],
  ["a promise", (d) => (d.teams = Promise.resolve(d.teams)), "wrong_type", "/teams"],
  ["undefined in a list", (d) => (d.agents[1] = undefined), "wrong_type", "/agents/1"],
  ["a hole in a list", (d) => delete d.agents[0], "wrong_type", "/agents/0"],
  ["the longest list of holes", (d) => (d.agents = new Array(2 ** 32 - 1)), "wrong_type", "/agents/0"],
  ["undefined for a field that is needed", (d) => (d.agents[0].load = undefined), "missing_field", "/agents/0/load"],
  ["a field of the prototype", (d) => (d.agents[0] = Object.create(d.agents[0])), "missing_field", "/agents/0/id"],
  ["an iterable that is no list", (d) => (d.agents = { *[Symbol.iterator]() {} }), "missing_field", "/agents", "wrong_type"],
  ["a getter that throws", (d) => Object.defineProperty(d.agents[1], "load", throwing), "wrong_type", "/agents/1/load"],
  ["a getter that throws in a list", (d) => Object.defineProperty(d.agents, 1, throwing), "wrong_type", "/agents/1"],
  ["a getter that throws under an unknown name", (d) => Object.defineProperty(d, "x", throwing), "unknown_field", "/x"],
  ["a proxy that throws", (d) => (d.teams[0] = new Proxy({}, { ownKeys: throwing.get })), "wrong_type", "/teams/0"],
  ["a revoked list", (d) => (d.teams = revoked([])), "wrong_type", "/teams"],
  ["a revoked object", (d) => (d.teams[1] = revoked({})), "wrong_type", "/teams/1"],
  ["a cycle through an id", (d) => (d.agents[0].id = d), "wrong_type", "/agents/0/id"],
  ["a cycle of lists", (d) => (d.agents[0] = d.agents), "wrong_type", "/agents/0"],
  ["a cycle of desks", (d) => (d.agents[0] = d), "unknown_field", "/agents/0/version"],
];

test("what JSON cannot say is refused where it stands", () => {
  for (const [name, change, code, path, instead] of objectsOnly) {
    const snapshot = changed(change);
    assert.deepEqual(outcome(() => plan(snapshot)), { code: instead ?? code, path }, name);
    assert.deepEqual(plan(desk()), JSON.parse(planJson(JSON.stringify(desk()))), `after ${name}`);
  }
  for (const value of [undefined, 1, true, 1n, Symbol("x"), () => {}, new Map(), revoked({})]) {
    assert.deepEqual(outcome(() => plan(value)), { code: "wrong_type", path: "" });
  }
  console.log(`${objectsOnly.length} faults of objects`);
});

test("what stands for the same desk gives the same plan", () => {
  const wanted = planJson(JSON.stringify(desk()));
  const alike = [
    ["bigints", (d) => { d.seed = 7n; d.agents[0].load = 2n; d.cursors[0].turns[0].owed = -3n; }],
    ["undefined for what may be left out", (d) => (d.agents[1].capacity = undefined)],
    ["undefined under an unknown name", (d) => (d.note = undefined)],
    ["a field that is not enumerable", (d) => Object.defineProperty(d, "note", { value: 1 })],
    ["a field named by a symbol", (d) => (d[Symbol("note")] = 1)],
    ["a getter", (d) => Object.defineProperty(d.agents[0], "load", { enumerable: true, get: () => 2 })],
    ["an object without a prototype", (d) => (d.agents[0] = Object.assign(Object.create(null), d.agents[0]))],
    ["an object of a class", (d) => (d.agents[0] = Object.assign(new (class Row {})(), d.agents[0]))],
    ["frozen objects", (d) => Object.freeze(d.agents.map(Object.freeze))],
    ["a proxy", (d) => (d.teams = new Proxy(d.teams, {}))],
    ["-0", (d) => (d.agents.push({ id: "cid", availability: "away", load: -0 }))],
  ];
  for (const [name, change] of alike) {
    assert.equal(JSON.stringify(plan(changed(change))), wanted, name);
  }
  const elsewhere = runInContext(`(${JSON.stringify(desk())})`, createContext());
  assert.equal(JSON.stringify(plan(elsewhere)), wanted, "objects of another realm");
});

test("`__proto__` is an id like any other", () => {
  const text = JSON.stringify(desk()).replaceAll("ann", "__proto__");
  assert.equal(JSON.stringify(plan(JSON.parse(text))), planJson(text));
  assert.equal(plan(JSON.parse(text)).decisions[0].agent, "__proto__");
});

test("text is a string or its UTF-8", () => {
  const text = JSON.stringify(desk());
  const bytes = new TextEncoder().encode(text);
  assert.equal(planJson(bytes), planJson(text));
  assert.equal(planJson(Buffer.concat([Buffer.from("  "), bytes]).subarray(1)), planJson(text));
  const elsewhere = runInContext("new Uint8Array(2)", createContext());
  assert.deepEqual(outcome(() => planJson(elsewhere)), { code: "malformed_json", path: "" });
  for (const value of [undefined, null, 1, {}, [], new ArrayBuffer(2), new DataView(new ArrayBuffer(2)), new Int8Array(2)]) {
    assert.deepEqual(outcome(() => planJson(value)), { code: "wrong_type", path: "" });
  }
});

test("a lone surrogate in a string of text never turns into another character", () => {
  const at = { code: "malformed_json", path: "/agents/0/id" };
  for (const half of ["\ud800", "\udfff", "\\\ud800", "\\ud800", "\ufffd\ud800"]) {
    const text = JSON.stringify(desk()).replace('"ann"', `"a${half}"`);
    assert.deepEqual(outcome(() => planJson(text)), at, JSON.stringify(half));
  }
  const whole = JSON.stringify(desk()).replaceAll("ann", "\ufffd\u{10000}");
  assert.equal(JSON.parse(planJson(whole)).decisions[0].agent, "\ufffd\u{10000}");
});

test("an error says what it is", () => {
  try {
    plan({});
    assert.fail("an empty snapshot was planned");
  } catch (error) {
    assert.ok(error instanceof EvenhandError && error instanceof Error);
    assert.equal(error.name, "EvenhandError");
    assert.equal(error.code, "missing_field");
    assert.equal(error.path, "/version");
    assert.match(error.message, /\/version/);
    assert.match(error.stack, /^EvenhandError: /);
    assert.equal(error.cause, undefined);
  }
});

test("a seed is an integer that a snapshot takes, and not twice the same", () => {
  const seeds = Array.from({ length: 1000 }, () => evenhand.newSeed());
  assert.ok(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0));
  assert.equal(new Set(seeds).size, seeds.length);
  assert.ok(seeds.some((seed) => seed > 2 ** 52), "all 53 bits are drawn");
  plan({ ...desk(), seed: seeds[0] });
});
