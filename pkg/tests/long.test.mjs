// The longest that the module has to say. This takes some gigabytes, so it has a process of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { desk, fresh, instances } from "./support.mjs";

const MOST_BYTES = 150_000_000;

/** Each conversation of the plan has the agent's id again, and each character of that takes two. */
function repetitive() {
  const agent = JSON.stringify('"'.repeat(128));
  const conversations = Array.from({ length: 1_700_000 }, (_, i) => `{"id":"${i}","team":"t"}`);
  return `{"version":1,"agents":[{"id":${agent},"availability":"online","load":0}],\
"teams":[{"id":"t","assignment":"round_robin","members":[{"agent":${agent}}]}],"conversations":[${conversations}]}`;
}

/** The longest snapshot: the name of a field that is not known, of which each character takes two in a pointer. */
function named() {
  const [before, after] = ['{"version":1,"', '":1}'];
  const text = Buffer.alloc(MOST_BYTES, "~");
  text.write(before);
  text.write(after, text.length - after.length);
  return { text, length: text.length - before.length - after.length };
}

test("the longest answers and faults come out", () =>
  instances(async (made) => {
    const door = await fresh();
    const small = JSON.stringify(desk());
    const wanted = door.planJson(small);
    assert.throws(() => door.planJson(repetitive()), ({ code, path, message }) => {
      assert.deepEqual([code, path], ["limit_exceeded", "/conversations"]);
      assert.match(message, /expected an answer of at most 500000000 bytes/);
      return true;
    });
    const { text, length } = named();
    assert.throws(() => door.planJson(text), ({ code, path, message }) => {
      assert.deepEqual([code, path.length], ["unknown_field", 1 + 2 * length]);
      assert.ok(message.length > path.length);
      return true;
    });
    assert.equal(door.planJson(small), wanted);
    // Each of the two had so much memory that its instance was let go.
    assert.equal(made.length, 3);
  }));
