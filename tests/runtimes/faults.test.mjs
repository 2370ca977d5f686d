// After every way in which a call can end too early, a fresh instance answers as if nothing had happened.
// EVENHAND_FAULTS names a core module that fails on demand (src/doors/faults.rs).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Worker } from "node:worker_threads";

const bytes = readFileSync(process.env.EVENHAND_FAULTS);
const module = new WebAssembly.Module(bytes);
const instance = () => new WebAssembly.Instance(module).exports;
const PANIC = 0, ENDLESS = 1, MEMORY = 2, STACK = 3;

const DESK = '{"version":1,"agents":[],"teams":[],"conversations":[{"id":"c","team":"t"}]}';
const PLAN =
  '{"ok":{"version":1,"decisions":[{"conversation":"c","team":"t","agent":null,"why":"unknown_team"}],' +
  '"waiting":[{"team":"t","why":"unknown_team","conversations":1,"members":0,"passed_over":[]}],"cursors":[],"loads":[]}}';

const text = (core, packed) =>
  Buffer.from(core.memory.buffer, Number(BigInt.asUintN(64, packed) >> 32n), Number(packed & 0xffff_ffffn)).toString();

function plan(core) {
  const address = core.evenhand_alloc(DESK.length) >>> 0;
  Buffer.from(core.memory.buffer, address, DESK.length).write(DESK);
  return text(core, core.evenhand_plan(address, DESK.length));
}

const trapped = (core, fault, message) =>
  assert.throws(() => core.evenhand_fault(fault), { constructor: WebAssembly.RuntimeError, message });

test("a panic leaves its text, with the place in the source", () => {
  const core = instance();
  assert.equal(plan(core), PLAN);
  assert.equal(core.evenhand_last_panic(), 0n);
  trapped(core, PANIC, /unreachable/);
  assert.match(text(core, core.evenhand_last_panic()), /^panicked at src\/doors\/faults\.rs:\d+:\d+:\nasked to panic$/);
  assert.equal(instance().evenhand_last_panic(), 0n);
  assert.equal(plan(instance()), PLAN);
});

test("memory that is all used ends in a trap without a text", () => {
  const core = instance();
  assert.equal(plan(core), PLAN);
  trapped(core, MEMORY, /unreachable/);
  assert.equal(core.evenhand_last_panic(), 0n);
  assert.equal(plan(instance()), PLAN);
});

test("a stack that is full ends in a trap, and with the instance", () => {
  const core = instance();
  assert.equal(plan(core), PLAN);
  trapped(core, STACK, /memory access out of bounds/);
  // Its stack pointer stays where it was: what docs/abi.md says of instances after a trap.
  assert.throws(() => plan(core), WebAssembly.RuntimeError);
  assert.equal(plan(instance()), PLAN);
});

test("a call that does not end is ended from outside, with its thread", async () => {
  const code = `
    const { parentPort, workerData } = require("node:worker_threads");
    const core = new WebAssembly.Instance(workerData.module).exports;
    parentPort.postMessage("called");
    core.evenhand_fault(workerData.fault);
    parentPort.postMessage("returned");
  `;
  const worker = new Worker(code, { eval: true, workerData: { module, fault: ENDLESS } });
  const heard = [];
  await new Promise((resolve) => worker.on("message", (word) => resolve(heard.push(word))));
  await worker.terminate();
  assert.deepEqual(heard, ["called"]);
  assert.equal(plan(instance()), PLAN);
});

test("other than that it is the core module", () => {
  assert.equal(instance().evenhand_fault(4), 0);
  assert.deepEqual(WebAssembly.Module.imports(module), []);
});
