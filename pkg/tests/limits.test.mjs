// Whatever never ends, or is larger than one call takes, is refused in time, and the message says what the limit is.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SNAPSHOT, textOf } from "../src/text.js";
import { cases, desk, evenhand, fresh, instances, outcome } from "./support.mjs";

const { EvenhandError, plan, planJson } = evenhand;
const MOST_ELEMENTS = 2 ** 22;
const MOST_BYTES = 150_000_000;

/** Returns the desk with one change. */
const changed = (change) => {
  const snapshot = desk();
  change(snapshot);
  return snapshot;
};

/** Asserts that the limit is told, and where. */
function exceeds(call, path, limit, what) {
  assert.throws(call, (error) => {
    assert.ok(error instanceof EvenhandError, String(error));
    assert.deepEqual([error.code, error.path], ["limit_exceeded", path], what);
    assert.ok(error.message.includes(` at most ${limit} `), error.message);
    return true;
  });
}

/** A list that says it is so long, with the same element everywhere; it counts what is asked for. */
function list(length, element) {
  const asked = { lengths: 0, elements: 0 };
  const get = (_, name) => {
    if (name !== "length") return (asked.elements += 1), element;
    asked.lengths += 1;
    return length;
  };
  return { asked, endless: new Proxy([], { get }) };
}

/** Where a list of a snapshot stands, and an element that it takes. */
const lists = [
  ["/agents", (d, list) => (d.agents = list), { id: "ann", availability: "online", load: 0 }],
  ["/teams", (d, list) => (d.teams = list), { id: "billing", assignment: "manual", members: [] }],
  ["/teams/0/members", (d, list) => (d.teams[0].members = list), { agent: "ann" }],
  ["/teams/1/assignable", (d, list) => (d.teams[1].assignable = list), "online"],
  ["/conversations", (d, list) => (d.conversations = list), { id: "c1", team: "billing" }],
  ["/cursors", (d, list) => (d.cursors = list), { rotation: "billing", rule: "round_robin", turns: [] }],
  ["/cursors/0/turns", (d, list) => (d.cursors[0].turns = list), { agent: "ann", owed: 0 }],
  ["/cursors/0/sets", (d, list) => (d.cursors[0].sets = list), { seats: [0] }],
  ["/lost_claims", (d, list) => (d.lost_claims = list), { conversation: "c1", team: "billing", agent: "ann" }],
];

test("a list without an end is refused where it stands, and not walked through", () => {
  for (const [path, put, element] of lists) {
    for (const length of [Infinity, 2 ** 53 - 1, 2 ** 32 - 1, MOST_ELEMENTS + 1, "1e99", { valueOf: () => 1e9 }]) {
      const { asked, endless } = list(length, element);
      exceeds(() => plan(changed((d) => put(d, endless))), path, MOST_ELEMENTS, `${path}, ${String(length)}`);
      // Once by each way.
      assert.deepEqual(asked, { lengths: 2, elements: 1 });
    }
    const sparse = [element];
    sparse.length = 2 ** 32 - 1;
    exceeds(() => plan(changed((d) => put(d, sparse))), path, MOST_ELEMENTS, `${path}, sparse`);
  }
});

test("what goes before goes before that, too", () => {
  const { endless } = list(Infinity, desk().agents[0]);
  const code = (change) => outcome(() => plan(changed((d) => ((d.agents = endless), change(d)))));
  assert.deepEqual(code((d) => (d.version = 2)), { code: "unsupported_version", path: "/version" });
  assert.deepEqual(code((d) => (d.seed = NaN)), { code: "wrong_type", path: "/seed" });
  assert.deepEqual(code((d) => (d.teams = 1)), { code: "limit_exceeded", path: "/agents" });
  for (const [element, path] of [[1, "/agents/0"], [[], "/agents/0"], [{ id: 1 }, "/agents/0/id"], [undefined, "/agents/0"]]) {
    assert.deepEqual(code((d) => (d.agents = list(Infinity, element).endless)), { code: "wrong_type", path });
  }
});

test("a list that is longer than one call takes and comes to an end has the limit of its kind", () => {
  const agents = new Array(200_001).fill(desk().agents[0]);
  exceeds(() => plan(changed((d) => (d.agents = agents))), "/agents", 200_000);
});

test("a list that grows or shrinks while it is read is as long as it was", () => {
  const growing = (by) => {
    const snapshot = desk();
    const { agents } = snapshot;
    for (const agent of agents) {
      const { id } = agent;
      Object.defineProperty(agent, "id", { enumerable: true, get: () => (by(agents), id) });
    }
    return snapshot;
  };
  assert.equal(JSON.stringify(plan(growing((agents) => agents.push(agents[0])))), planJson(JSON.stringify(desk())));
  // It is no plain data, and so read a second time: then it is shorter already.
  const shrunk = { ...desk(), agents: desk().agents.slice(0, 1) };
  assert.deepEqual(outcome(() => plan(growing((agents) => agents.pop()))), { answer: plan(shrunk) });
});

test("lists in lists are not walked through", () => {
  const { asked, endless } = list(1000, 1);
  let nested = endless;
  for (let i = 0; i < 4; i += 1) nested = new Array(1000).fill(nested);
  assert.deepEqual(outcome(() => plan(changed((d) => (d.agents = nested)))), { code: "wrong_type", path: "/agents/0" });
  assert.deepEqual(asked, { lengths: 0, elements: 0 });
});

test("a record whose fields come to no end is refused", () => {
  for (const length of [2 ** 32, 2 ** 53 - 1]) {
    const endless = new Proxy({}, { ownKeys: () => ({ length }) });
    assert.deepEqual(outcome(() => plan(changed((d) => (d.teams[1] = endless)))), { code: "wrong_type", path: "/teams/1" });
  }
});

test("a snapshot whose text is too long is refused as a whole", () => {
  const long = (id) => changed((d) => (d.agents[0].id = id));
  const room = MOST_BYTES - JSON.stringify(long("")).length;
  assert.deepEqual(outcome(() => plan(long("x".repeat(room)))), { code: "invalid_id", path: "/agents/0/id" });
  for (const id of ["x".repeat(room + 1), "x".repeat(2 ** 29 - 24), "\0".repeat(MOST_BYTES / 5), "\u{e9}".repeat(room)]) {
    exceeds(() => plan(long(id)), "", MOST_BYTES);
    // Nothing of it is read.
    exceeds(() => plan({ ...long(id), version: 2 }), "", MOST_BYTES);
  }
});

test("a text that is too long is refused before the call, as the module refuses it", () =>
  instances(async (made) => {
    const door = await fresh();
    const refused = (call) => {
      const answer = outcome(call, door);
      assert.deepEqual(answer, { code: "limit_exceeded", path: "" });
    };
    refused(() => door.planJson(" ".repeat(MOST_BYTES + 1)));
    refused(() => door.planJson(new Uint8Array(MOST_BYTES + 1)));
    refused(() => door.plan(changed((d) => (d.seed = "x".repeat(MOST_BYTES)))));
    assert.ok(made[0].memory.buffer.byteLength < 10_000_000);
    const said = (text) => {
      try {
        return door.planJson(text);
      } catch ({ message }) {
        return message;
      }
    };
    // The one is as long as the other, and only the module knows that of a string.
    assert.equal(said("\u{e9}".repeat(MOST_BYTES / 2 + 1)), said(new Uint8Array(MOST_BYTES + 2)));
    assert.ok(made[0].memory.buffer.byteLength > MOST_BYTES);
    assert.equal(outcome(() => door.planJson(" ".repeat(MOST_BYTES)), door).code, "malformed_json");
  }));

/** Returns how much a snapshot must be allowed to cost so that it is written. */
function needed(snapshot) {
  let [few, enough] = [0, 2 ** 20];
  while (few + 1 < enough) {
    const most = Math.floor((few + enough) / 2);
    if (textOf(snapshot, { ...SNAPSHOT, room: most }).refusal) few = most;
    else enough = most;
  }
  return enough;
}

test("whatever is written counts", () => {
  const snapshots = cases.filter(({ snapshot, plan }) => snapshot && plan).map(({ snapshot }) => snapshot);
  for (const snapshot of snapshots) {
    const { text } = textOf(snapshot);
    const most = needed(snapshot);
    assert.equal(text, JSON.stringify(snapshot));
    assert.ok(text.length <= most && most < 3 * text.length);
    for (let few = most - 1; few > 0; few >>= 1) {
      assert.equal(textOf(snapshot, { ...SNAPSHOT, room: few }).refusal[0], "limit_exceeded");
    }
  }
  assert.ok(snapshots.length > 100);
});

test("what is left out and the smallest values count, too", () => {
  const by = (change) => needed(changed(change)) - needed(desk());
  const name = "x".repeat(100);
  assert.equal(by((d) => (d.agents[0][name] = undefined)), 103);
  assert.equal(by((d) => (d.agents[0][name] = d.agents[1][name] = undefined)), 206);
  assert.equal(by((d) => (d.agents[0].load = new Array(1000).fill(0))), 1000 * 8);
});

const MEBI = "x".repeat(2 ** 20);

test("a string that is only long is read as it is", () => {
  // A pair of surrogates and a half of one, where the string is taken apart.
  for (const end of ["\u{10000}y", "\ud800\u{10000}", "\0\u{10ffff}", '"\\\u{10000}']) {
    const word = MEBI.slice(0, -1) + end;
    const snapshot = changed((d) => {
      d.agents[0].availability = word;
      d.teams[0].assignable = [word];
    });
    const text = JSON.stringify(snapshot);
    assert.deepEqual(outcome(() => JSON.stringify(plan(snapshot))), outcome(() => planJson(text)));
  }
  assert.deepEqual(outcome(() => plan(changed((d) => (d.agents[0].id = "x".repeat(2e6))))), { code: "invalid_id", path: "/agents/0/id" });
  const name = "x".repeat(2e6);
  assert.deepEqual(outcome(() => plan(changed((d) => (d[name] = 1)))), { code: "unknown_field", path: `/${name}` });
});

test("the place of a fault is a string, however long the names are", () => {
  const { odd } = textOf({ version: 1, ["~".repeat(2 ** 22)]: [NaN] });
  assert.ok(odd.at.length <= 2 ** 22);
});

test("a number that takes long to write is not written", () => {
  // As a text it would have 300,000,000 digits.
  const huge = 1n << 1_000_000_000n;
  assert.deepEqual(outcome(() => plan(changed((d) => (d.seed = huge)))), { code: "out_of_range", path: "/seed" });
  assert.deepEqual(outcome(() => plan(changed((d) => (d.seed = -huge)))), { code: "out_of_range", path: "/seed" });
});

test("what is said of a value is short", () => {
  const tagged = { [Symbol.toStringTag]: MEBI };
  assert.throws(() => plan(changed((d) => (d.agents = tagged))), ({ code, path, message }) => {
    assert.deepEqual([code, path], ["wrong_type", "/agents"]);
    assert.ok(message.length < 200);
    return true;
  });
});
