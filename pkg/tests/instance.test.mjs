// The instance behind the functions: when it is made, that it does not grow, and what happens when it breaks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { desk, fresh, outcome } from "./support.mjs";

/** Runs `body` while every new instance passes through `alter`. */
async function withInstances(alter, body) {
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (module, imports) {
    const { exports } = new Instance(module, imports);
    return alter(exports);
  };
  try {
    return await body();
  } finally {
    WebAssembly.Instance = Instance;
  }
}

test("importing the package makes nothing", () =>
  withInstances(() => assert.fail("an instance was made"), fresh));

test("100,000 calls leave no memory behind", async () => {
  let memory;
  const keep = (exports) => {
    assert.equal(memory, undefined, "a second instance");
    memory = exports.memory;
    return { exports };
  };
  await withInstances(keep, async () => {
    const door = await fresh();
    const good = desk();
    const bad = { ...desk(), agents: [{ id: "ann", availability: "online", load: 1.5 }] };
    const thrower = { ...desk(), get agents() { throw new Error("not now"); } };
    const texts = [good, bad].map((snapshot) => JSON.stringify(snapshot));
    const bytes = texts.map((text) => new TextEncoder().encode(text));
    const round = () => {
      for (const snapshot of [good, bad, thrower]) outcome(() => door.plan(snapshot), door);
      for (const text of [...texts, ...bytes, "{", "\ud800", 7]) outcome(() => door.planJson(text), door);
    };
    for (let i = 0; i < 100; i += 1) round();
    const before = memory.buffer.byteLength;
    for (let i = 0; i < 10_000; i += 1) round();
    assert.equal(memory.buffer.byteLength, before);
    console.log(`${before / 65536} pages before and after 100,000 calls`);
  });
});

test("a trap is reported as internal, and the next call works in a fresh instance", async () => {
  let made = 0;
  let trap = false;
  const alter = (exports) => {
    made += 1;
    const plan = (...args) => {
      if (trap) throw new WebAssembly.RuntimeError("unreachable");
      return exports.plan(...args);
    };
    return { exports: { ...exports, plan } };
  };
  await withInstances(alter, async () => {
    const door = await fresh();
    const wanted = door.planJson(JSON.stringify(desk()));
    for (let i = 1; i <= 3; i += 1) {
      trap = true;
      assert.throws(() => door.plan(desk()), (error) => {
        assert.ok(error instanceof door.EvenhandError);
        assert.equal(error.code, "internal");
        assert.equal(error.path, "");
        assert.match(error.message, /unreachable/);
        assert.ok(error.cause instanceof WebAssembly.RuntimeError);
        return true;
      });
      trap = false;
      assert.equal(made, i);
      assert.equal(JSON.stringify(door.plan(desk())), wanted);
      assert.equal(door.planJson(JSON.stringify(desk())), wanted);
      assert.equal(made, i + 1);
    }
  });
});

test("a module that cannot be made is reported as internal, and the next call tries again", async () => {
  const forbidden = () => {
    throw new WebAssembly.CompileError("forbidden");
  };
  const door = await fresh();
  for (let i = 0; i < 2; i += 1) {
    await withInstances(forbidden, () => {
      assert.throws(() => door.plan(desk()), (error) => {
        assert.ok(error instanceof door.EvenhandError && error.cause instanceof WebAssembly.CompileError);
        assert.equal(error.code, "internal");
        return true;
      });
    });
  }
  assert.equal(door.plan(desk()).version, 1);
});

test("running out of stack in the middle of a call does no lasting harm", async () => {
  const door = await fresh();
  const wanted = JSON.stringify(door.plan(desk()));
  let broken = 0;
  const dive = () => {
    try {
      dive();
    } catch {
      // On the way up there is a little more stack each time: calls break ever later.
    }
    if (broken < 200) {
      try {
        door.plan(desk());
        broken = Infinity;
      } catch {
        broken += 1;
      }
    }
  };
  dive();
  assert.ok(broken > 0);
  assert.equal(JSON.stringify(door.plan(desk())), wanted);
});

test("a getter that asks for a plan itself is refused, and nothing else is disturbed", async () => {
  const door = await fresh();
  let inner;
  const snapshot = desk();
  Object.defineProperty(snapshot.agents[0], "load", {
    enumerable: true,
    get() {
      inner = outcome(() => door.plan(desk()), door);
      return 2;
    },
  });
  assert.equal(JSON.stringify(door.plan(snapshot)), door.planJson(JSON.stringify(desk())));
  assert.deepEqual(inner, { code: "internal", path: "" });
});
