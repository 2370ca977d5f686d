// The instance behind the functions: when it is made, that it does not grow, and what happens when it breaks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { desk, fresh, instances, outcome } from "./support.mjs";

test("importing the package makes nothing", () =>
  instances(async (made) => {
    await fresh();
    assert.deepEqual(made, []);
  }));

test("100,000 calls leave no memory behind", () =>
  instances(async (made) => {
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
    const before = made[0].memory.buffer.byteLength;
    for (let i = 0; i < 10_000; i += 1) round();
    assert.equal(made[0].memory.buffer.byteLength, before);
    assert.equal(made.length, 1);
    console.log(`${before / 65536} pages before and after 100,000 calls`);
  }));

// That one which has grown large is let go by itself is held in long.test.mjs.
test("an instance is let go", () =>
  instances(async (made) => {
    const door = await fresh();
    door.reset();
    assert.equal(made.length, 0);
    const wanted = JSON.stringify(door.plan(desk()));
    door.reset();
    assert.equal(made.length, 2);
    assert.equal(JSON.stringify(door.plan(desk())), wanted);
    assert.equal(made.length, 2);
  }));

const traps = [
  ["unreachable", WebAssembly.RuntimeError],
  ["memory access out of bounds", WebAssembly.RuntimeError],
  // A full stack is none of WebAssembly's own errors.
  ["Maximum call stack size exceeded", RangeError],
];

test("a trap is reported as internal, and the next call works in a fresh instance", () => {
  let trap;
  const trapping = (exports) => ({
    ...exports,
    planObjects(...args) {
      if (!trap) return exports.planObjects(...args);
      const [message, Thrown] = trap;
      throw new Thrown(message);
    },
  });
  return instances(async (made) => {
    const door = await fresh();
    const wanted = door.planJson(JSON.stringify(desk()));
    for (const [i, [message, Thrown]] of traps.entries()) {
      trap = traps[i];
      assert.throws(() => door.plan(desk()), (error) => {
        assert.ok(error instanceof door.EvenhandError);
        assert.equal(error.code, "internal");
        assert.equal(error.path, "");
        assert.ok(error.message.includes(message));
        assert.equal(error.cause.constructor, Thrown);
        return true;
      });
      trap = undefined;
      assert.equal(made.length, i + 1);
      assert.equal(JSON.stringify(door.plan(desk())), wanted);
      assert.equal(door.planJson(JSON.stringify(desk())), wanted);
      assert.equal(made.length, i + 2);
    }
  }, trapping);
});

test("a module that cannot be made is reported as internal, and the next call tries again", async () => {
  const door = await fresh();
  const forbidden = () => {
    throw new WebAssembly.CompileError("forbidden");
  };
  for (let i = 0; i < 2; i += 1) {
    await instances(() => {
      assert.throws(() => door.plan(desk()), (error) => {
        assert.ok(error instanceof door.EvenhandError && error.cause instanceof WebAssembly.CompileError);
        assert.equal(error.code, "internal");
        return true;
      });
    }, forbidden);
  }
  assert.equal(door.plan(desk()).version, 1);
});

test("an instance that has not started is never asked", () => {
  let stuck = true;
  const starting = (exports) => ({
    ...exports,
    __wbindgen_start() {
      if (stuck) throw new RangeError("Maximum call stack size exceeded");
      exports.__wbindgen_start();
    },
  });
  return instances(async (made) => {
    const door = await fresh();
    for (let i = 0; i < 2; i += 1) {
      assert.deepEqual(outcome(() => door.plan(desk()), door), { code: "internal", path: "" });
    }
    const halves = made.length;
    stuck = false;
    assert.equal(JSON.stringify(door.plan(desk())), door.planJson(JSON.stringify(desk())));
    assert.equal(made.length, halves + 1);
  }, starting);
});

/** Makes a call where the stack is nearly full, again and again with a little more room, until it works; returns what was thrown. */
function squeezed(call) {
  const thrown = [];
  let done = false;
  const dive = () => {
    try {
      dive();
    } catch {
      // The stack is full.
    }
    if (done) return;
    try {
      call();
      done = true;
    } catch (error) {
      thrown.push(error);
    }
  };
  dive();
  assert.ok(done && thrown.length > 0);
  return thrown;
}

/** Fails where something else than the stack is blamed: the one error is `internal` then, or, where there is no room for it, the engine's own. */
function blamesTheStack(thrown, { EvenhandError }) {
  for (const error of thrown) {
    if (error instanceof EvenhandError) {
      assert.deepEqual([error.code, error.path], ["internal", ""], error.message);
    } else {
      assert.ok(error instanceof RangeError, String(error));
    }
  }
}

/** A getter for a load, or a trap of a proxy, that takes some room on the stack. */
const climb = (steps) => (steps === 0 ? 2 : climb(steps - 1));
const climbing = {
  "a getter": (snapshot) => Object.defineProperty(snapshot.agents[0], "load", { enumerable: true, get: () => climb(800) }),
  "a getter in a list": (snapshot) => {
    const [agent] = snapshot.agents;
    Object.defineProperty(snapshot.agents, 0, { enumerable: true, get: () => climb(800) && agent });
  },
  "a proxy": (snapshot) => (snapshot.agents[0] = new Proxy(snapshot.agents[0], { ownKeys: (agent) => climb(800) && Reflect.ownKeys(agent) })),
  "a list that is a proxy": (snapshot) => (snapshot.agents = new Proxy(snapshot.agents, { get: (agents, name) => climb(800) && agents[name] })),
};

for (const [name, change] of Object.entries(climbing)) {
  test(`a full stack while a snapshot is read is not the snapshot's fault, nor the instance's: ${name}`, () =>
    instances(async (made) => {
      const door = await fresh();
      const snapshot = desk();
      change(snapshot);
      const wanted = JSON.stringify(door.plan(snapshot));
      const thrown = squeezed(() => door.plan(snapshot));
      blamesTheStack(thrown, door);
      assert.ok(thrown.some(({ code, cause }) => code === "internal" && cause instanceof RangeError));
      assert.equal(JSON.stringify(door.plan(snapshot)), wanted);
      assert.equal(made.length, 1);
    }));
}

test("running out of stack in the middle of a call does no lasting harm", async () => {
  const door = await fresh();
  const text = JSON.stringify(desk());
  const bytes = new TextEncoder().encode(text);
  const wanted = JSON.stringify(door.plan(desk()));
  const calls = [() => door.plan(desk()), () => door.planJson(text), () => door.planJson(bytes), () => door.newSeed()];
  for (const call of calls) {
    for (let round = 0; round < 10; round += 1) blamesTheStack(squeezed(call), door);
    assert.equal(JSON.stringify(door.plan(desk())), wanted);
    assert.equal(door.planJson(text), wanted);
  }
});

test("what throws where there is room on the stack is the snapshot's fault, also a full stack", async () => {
  const door = await fresh();
  const endless = () => endless();
  const snapshot = Object.defineProperty(desk(), "seed", { enumerable: true, get: endless });
  assert.deepEqual(outcome(() => door.plan(snapshot), door), { code: "wrong_type", path: "/seed" });
});

test("nothing of the caller's runs while the module does", () => {
  let running = 0;
  let ran = 0;
  const guarded = (exports) =>
    Object.fromEntries(Object.entries(exports).map(([name, value]) => {
      if (typeof value !== "function") return [name, value];
      return [name, (...args) => {
        running += 1;
        try {
          return value(...args);
        } finally {
          running -= 1;
        }
      }];
    }));
  const watch = () => {
    assert.equal(running, 0);
    ran += 1;
  };
  const watched = (value) => {
    if (typeof value !== "object" || value === null) return value;
    for (const key of Object.keys(value)) {
      const inner = watched(value[key]);
      Object.defineProperty(value, key, { enumerable: true, get: () => (watch(), inner) });
    }
    return new Proxy(value, Object.fromEntries(["get", "ownKeys", "getOwnPropertyDescriptor"].map((trap) => [trap, (...args) => (watch(), Reflect[trap](...args))])));
  };
  return instances(async (made) => {
    const door = await fresh();
    const wanted = door.planJson(JSON.stringify(desk()));
    assert.equal(JSON.stringify(door.plan(watched(desk()))), wanted);
    assert.ok(ran > 50 && made.length === 1);
  }, guarded);
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
