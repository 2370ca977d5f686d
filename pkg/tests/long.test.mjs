// What the module has to say may be longer than a string. This takes some gigabytes, so it has a process of its own.
import assert from "node:assert/strict";
import { test } from "node:test";
import { desk, fresh, instances } from "./support.mjs";

const MOST_TEXT = 2 ** 29 - 24;

/** Each conversation of the plan has the agent's id again, and each character of that takes two. */
function repetitive() {
  const agent = JSON.stringify('"'.repeat(128));
  const conversations = Array.from({ length: 1_700_000 }, (_, i) => `{"id":"${i}","team":"t"}`);
  return `{"version":1,"agents":[{"id":${agent},"availability":"online","load":0}],\
"teams":[{"id":"t","assignment":"round_robin","members":[{"agent":${agent}}]}],"conversations":[${conversations}]}`;
}

/** The name of a field that is not known, of which each character takes two in a pointer. */
function named() {
  const [before, after] = ['{"version":1,"', '":1}'];
  const text = Buffer.alloc(before.length + MOST_TEXT / 2 + after.length, "~");
  text.write(before);
  text.write(after, text.length - after.length);
  return text;
}

test("an answer that is longer than a string is refused, and the instance stays", () =>
  instances(async (made) => {
    const door = await fresh();
    const text = JSON.stringify(desk());
    const wanted = door.planJson(text);
    const refused = (snapshot, where, what) =>
      assert.throws(() => door.planJson(snapshot), ({ code, path, message }) => {
        assert.deepEqual([code, path], ["limit_exceeded", where]);
        assert.match(message, what);
        return true;
      });
    refused(repetitive(), "/conversations", /expected a plan of at most 500000000 bytes/);
    refused(named(), "", /expected a snapshot of at most 150000000 bytes/);
    assert.equal(door.planJson(text), wanted);
    assert.equal(made.length, 1);
  }));
