// What the types allow and what they forbid; compiled, never run.
import { check, checkJson, EvenhandError, explain, explainJson, newSeed, plan, planJson, reset, version } from "evenhand";
import type { Decision, ErrorCode, Explanation, Gate, Plan, Snapshot, Violation, ViolationCode, WaitReason } from "evenhand";
import { init } from "evenhand/web";

const snapshot: Snapshot = {
  version: 1,
  seed: newSeed(),
  agents: [{ id: "ann", availability: "online", load: 2n, capacity: 5 }, { id: "bob", availability: "away", load: null }],
  teams: [{ id: "billing", assignment: "round_robin", members: [{ agent: "ann" }] }],
  conversations: [{ id: "c1", team: "billing" }],
};
const answer: Plan = plan(snapshot);
const next: Snapshot = { ...snapshot, cursors: answer.cursors, lost_claims: answer.decisions };
plan(Object.freeze(next));

const explanation: Explanation | null = explain(snapshot, "c1");
const first: Gate | number | undefined = explanation?.members[0]?.gate ?? explanation?.members[0]?.position;
const textOfIt: string | null = explainJson("{}", "c1");
// @ts-expect-error: a conversation has to be named
explain(snapshot);

reset();
const found: Violation[] = check(snapshot, answer);
const code: ViolationCode | undefined = found[0]?.code;
const textOfThem: string = checkJson(new Uint8Array(), "{}");
// @ts-expect-error: a plan is no snapshot
check(answer, snapshot);

const everything: Snapshot = {
  version: 1,
  now: Date.now(),
  ageing: 60_000n,
  agents: [{
    id: "ann",
    availability: "away",
    load: 2,
    max_new: 3,
    skills: [{ skill: "german" }, { skill: "tax", level: 2 }],
    channels: [{ channel: "chat", load: null, capacity: 2 }, { channel: "mail", load: 1n }],
  }],
  teams: [{
    id: "billing",
    assignment: "least_recent",
    fallback: ["away"],
    overflow: [{ team: "sales", after: 60_000 }],
    members: [{ agent: "ann", tier: 1 }],
  }],
  conversations: [{
    id: "c1",
    team: "billing",
    channel: "chat",
    priority: -1,
    since: 0,
    due: 1n,
    needs: [{ skill: "german", level: 1, relax_after: 60_000 }],
    preferred: ["ann"],
    hold_for: 60_000,
    excluded: ["bob"],
    held_by: "bob",
  }],
  lost_claims: [{ conversation: "c1", team: "billing", agent: "ann", held_by: "bob", by: "sales" }],
};
const levels: number[] = plan(everything).waiting.flatMap(({ needs }) => needs ?? []).map(({ level }) => level);
const servedBy: (string | undefined)[] = answer.decisions.map((one) => one.held_by ?? (one.agent === null ? one.team : one.by));

function told(decision: Decision): string {
  // One look at the agent tells which reasons there can be.
  return decision.agent === null ? waits(decision.why) : `${decision.agent.length} ${assigned(decision.why)}`;
}
function waits(why: WaitReason): string {
  return why;
}
function assigned(why: "turn" | "least_loaded" | "least_recent" | "only_candidate" | "preferred" | "matched"): string {
  return why;
}
answer.decisions.map(told);
const gates: Gate[] = answer.waiting.flatMap((row) => row.passed_over.map((group) => group.why));
const owed: number[] = answer.cursors.flatMap((cursor) => cursor.turns.map((turn) => turn.owed ?? 0));

try {
  const text: string = planJson(new Uint8Array());
  planJson(text);
} catch (error) {
  if (error instanceof EvenhandError) {
    const code: ErrorCode = error.code;
    const path: string = error.path;
    console.log(code, path, gates, owed, levels, servedBy, version().length);
  }
}
await init(new URL("https://example.org/evenhand.wasm"));
await init(fetch("/evenhand.wasm"));

// @ts-expect-error: a typing error in a field
plan({ ...snapshot, conversation: [] });
// @ts-expect-error: no such rule
plan({ ...snapshot, teams: [{ id: "x", assignment: "random", members: [] }] });
// @ts-expect-error: load has to be said, if only as null
plan({ ...snapshot, agents: [{ id: "x", availability: "online" }] });
// @ts-expect-error: null is no limit
plan({ ...snapshot, agents: [{ id: "x", availability: "online", load: 1, capacity: null }] });
// @ts-expect-error: text goes to planJson
plan("{}");
// @ts-expect-error: an object goes to plan
planJson(snapshot);
// @ts-expect-error: no such code
const none: ErrorCode = "not_found";
// @ts-expect-error: errors are made here only
new EvenhandError();
