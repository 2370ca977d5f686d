// The core module as docs/abi.md has it: what it exports, what calling it wrong does, and that it gives memory back.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { broken } from "../support/broken.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const module = new WebAssembly.Module(readFileSync(at("../../dist/evenhand.core.wasm")));
const instance = () => new WebAssembly.Instance(module).exports;
const GIB = 2 ** 30;

/** Returns the bytes of an answer, and gives its buffer back. */
function taken(core, packed) {
  const address = Number(BigInt.asUintN(64, packed) >> 32n);
  const length = Number(packed & 0xffff_ffffn);
  const bytes = Buffer.from(core.memory.buffer, address, length);
  const text = bytes.toString();
  assert.ok(Buffer.from(text).equals(bytes), "an answer is UTF-8");
  core.evenhand_free(address, length);
  return text;
}

/** Returns the address of a buffer with a text, or its bytes, in it. */
function put(core, text) {
  const bytes = Buffer.from(text);
  const address = core.evenhand_alloc(bytes.length) >>> 0;
  assert.equal(address === 0, bytes.length === 0);
  bytes.copy(Buffer.from(core.memory.buffer, address, bytes.length));
  return [address, bytes.length];
}

function plan(core, text) {
  const buffer = put(core, text);
  const answer = taken(core, core.evenhand_plan(...buffer));
  core.evenhand_free(...buffer);
  return answer;
}

function explain(core, text, id) {
  const buffers = [put(core, text), put(core, id)];
  const answer = taken(core, core.evenhand_explain(...buffers[0], ...buffers[1]));
  for (const buffer of buffers) core.evenhand_free(...buffer);
  return answer;
}

function check(core, text, plan) {
  const buffers = [put(core, text), put(core, plan)];
  const answer = taken(core, core.evenhand_check(...buffers[0], ...buffers[1]));
  for (const buffer of buffers) core.evenhand_free(...buffer);
  return answer;
}

const DESK = '{"version":1,"agents":[],"teams":[],"conversations":[{"id":"c","team":"t"}]}';
const refused = (answer) => {
  const { error, ...rest } = JSON.parse(answer);
  assert.deepEqual(rest, {});
  return [error.code, error.path];
};

test("it needs nothing, and exports what its contract names", () => {
  assert.deepEqual(WebAssembly.Module.imports(module), []);
  const exported = WebAssembly.Module.exports(module).map(({ name }) => name);
  const named = [...readFileSync(at("../../docs/abi.md"), "utf8").matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(exported.filter((name) => !name.startsWith("__")).sort(), named.sort());
  assert.equal(instance().evenhand_abi(), 1);
  assert.equal(instance().evenhand_last_panic(), 0n);
});

test("its memory has a declared end", () => {
  const { memory } = instance();
  assert.throws(() => memory.grow(2 * GIB / 65536), RangeError);
});

test("calling it wrong is answered, and the next call works", () => {
  const core = instance();
  const address = core.evenhand_alloc(10) >>> 0;
  const wrong = [
    [0, 10],
    [address, 11],
    [address + 1, 1],
    [address, -1],
    [-1, -1],
  ];
  for (const [where, length] of wrong) {
    assert.deepEqual(refused(taken(core, core.evenhand_plan(where, length))), ["wrong_type", ""], `${where}, ${length}`);
  }
  for (const where of [0, address, 12_345, -1]) {
    assert.deepEqual(refused(taken(core, core.evenhand_plan(where, 0))), ["malformed_json", ""], `${where}, 0`);
  }
  assert.equal(core.evenhand_alloc(0), 0);
  assert.equal(core.evenhand_alloc(3 * GIB), 0);
  assert.equal(core.evenhand_alloc(-1), 0);
  core.evenhand_free(address, 10);
  core.evenhand_free(address, 10);
  core.evenhand_free(12_345, 1);
  const other = core.evenhand_alloc(10) >>> 0;
  core.evenhand_free(other, 3);
  assert.deepEqual(refused(taken(core, core.evenhand_plan(other, 10))), ["wrong_type", ""]);
  assert.deepEqual(refused(taken(core, core.evenhand_plan(address, 10))), ["wrong_type", ""]);
  assert.match(plan(core, DESK), /^\{"ok":\{"version":1,"decisions":\[\{"conversation":"c"/);
});

test("it explains every case as it is written, and an id that is none as null", () => {
  const core = instance();
  const folder = at("../explain/");
  const cases = readdirSync(folder).map((name) => JSON.parse(readFileSync(`${folder}${name}`, "utf8")));
  for (const { rule, snapshot, conversation, explanation } of cases) {
    assert.equal(explain(core, JSON.stringify(snapshot), conversation), JSON.stringify({ ok: explanation }), rule);
  }
  assert.ok(cases.length > 0, "no cases");
  for (const id of ["", "d", Buffer.from([0x63, 0xff])]) assert.equal(explain(core, DESK, id), '{"ok":null}');
  const [address, length] = put(core, DESK);
  for (const [where, bytes] of [[0, 1], [address, length + 1], [-1, -1]]) {
    assert.deepEqual(refused(taken(core, core.evenhand_explain(address, length, where, bytes))), ["wrong_type", ""]);
    assert.deepEqual(refused(taken(core, core.evenhand_explain(where, bytes, address, 1))), ["wrong_type", ""]);
  }
  assert.deepEqual(refused(explain(core, "", "c")), ["malformed_json", ""]);
  assert.match(explain(core, DESK, "c"), /^\{"ok":\{"decision":\{"conversation":"c"/);
});

test("it finds what is wrong with every broken plan, and nothing with the others", () => {
  const core = instance();
  for (const { name, snapshot, plan, violations } of broken) {
    const answer = check(core, JSON.stringify(snapshot), JSON.stringify(plan));
    if (violations.length === 0) assert.equal(answer, '{"ok":[]}', name);
    assert.deepEqual(JSON.parse(answer).ok.map(({ code, path }) => `${code} ${path}`), violations, name);
  }
  const kinds = broken.filter(({ violations }) => violations.length > 0).length;
  assert.ok(kinds >= 60, `only ${kinds} kinds`);
  assert.deepEqual(refused(check(core, "", "")), ["malformed_json", ""]);
  assert.deepEqual(refused(check(core, DESK, "")), ["malformed_json", "/plan"]);
  assert.deepEqual(refused(check(core, DESK, "{}")), ["missing_field", "/plan/version"]);
  const [address, length] = put(core, DESK);
  for (const [where, bytes] of [[0, 1], [address, length + 1], [-1, -1]]) {
    assert.deepEqual(refused(taken(core, core.evenhand_check(address, length, where, bytes))), ["wrong_type", ""]);
    assert.deepEqual(refused(taken(core, core.evenhand_check(where, bytes, address, 1))), ["wrong_type", ""]);
  }
});

test("a snapshot stays as it is while it is planned", () => {
  const core = instance();
  const address = core.evenhand_alloc(DESK.length) >>> 0;
  const text = () => Buffer.from(core.memory.buffer, address, DESK.length);
  text().write(DESK);
  const first = taken(core, core.evenhand_plan(address, DESK.length));
  assert.equal(text().toString(), DESK);
  assert.equal(taken(core, core.evenhand_plan(address, DESK.length)), first);
});

test("each of many buffers is found by its address until it is given back", () => {
  const core = instance();
  const held = Array.from({ length: 1000 }, (_, i) => core.evenhand_alloc(i + 2) >>> 0);
  assert.equal(new Set(held).size, held.length);
  const back = (i) => i % 3 === 0;
  held.filter((_, i) => back(i)).forEach((address) => core.evenhand_free(address, 0));
  for (const [i, address] of held.entries()) {
    // Bytes that are all 0 are no JSON.
    const wanted = back(i) ? "wrong_type" : "malformed_json";
    assert.deepEqual(refused(taken(core, core.evenhand_plan(address, i + 2))), [wanted, ""], `buffer ${i}`);
  }
});

test("20,000 calls leave no memory behind", () => {
  const core = instance();
  const round = () => [DESK, "{", '{"version":2}'].forEach((text) => plan(core, text));
  for (let i = 0; i < 100; i += 1) round();
  const before = core.memory.buffer.byteLength;
  for (let i = 0; i < 20_000 / 3; i += 1) round();
  assert.equal(core.memory.buffer.byteLength, before);
});
