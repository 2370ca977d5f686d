// Why a conversation of a snapshot goes where it goes, or waits: every member of its team, with the gate
// that passed them over or their place in the line.
//
// Nothing is decided here: every answer is the engine's own, to questions made from the same snapshot. What
// is the plan up to this conversation's turn; what would each member alone get then; who would be served if
// only conversations of this team came after it.

import { plan as planOf, type Conversation, type Decision, type Gate, type Plan, type Snapshot, type Team } from 'evenhand';

/** So many conversations of the team the line is followed for. */
const FOLLOWED = 10_000;

export interface Explanation {
  decision: Decision;
  /** Its place among those of its team in the order in which they are served, from 1, and how many these are. */
  place: number;
  queue: number;
  /** Those in the line first, in its order; absent where nobody is drawn. */
  members?: MemberAnswer[];
}

export interface MemberAnswer {
  agent: string;
  /** Which gate passed them over. */
  gate?: Gate;
  /** The how-manieth conversation of this team from this one on would be theirs; `null`: none of the next 10,000. */
  serves?: number | null;
}

/** Explains what the plan for `snapshot` does with a conversation; `undefined` where it is not in the queue. Throws `EvenhandError`. */
export function explain(snapshot: Snapshot, conversation: string): Explanation | undefined {
  const served = servedIn(snapshot);
  const at = served.findIndex(({ id }) => id === conversation);
  if (at < 0) return undefined;
  const until = planOf({ ...snapshot, conversations: served.slice(0, at + 1) });
  const decision = until.decisions[at];
  const own = served.filter((one) => one.team === decision.team);
  const explanation = { decision, place: own.indexOf(served[at]) + 1, queue: own.length };
  const team = snapshot.teams.find(({ id }) => id === decision.team);
  if (!team || team.assignment === 'manual') return explanation;
  const gates = gatesOf(after(snapshot, planOf({ ...snapshot, conversations: served.slice(0, at) })), team);
  const line = lineFrom(decision, after(snapshot, until), team.members.length - gates.size);
  const rank = ({ gate, serves }: MemberAnswer) => (gate ? Infinity : (serves ?? FOLLOWED + 1));
  const members = team.members.map(({ agent }): MemberAnswer => {
    const gate = gates.get(agent);
    return gate ? { agent, gate } : { agent, serves: line.get(agent) ?? null };
  });
  return { ...explanation, members: members.sort((a, b) => (rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b)))) };
}

/** Returns the queue in the order in which it is served: the conversations of lost claims come last. */
function servedIn({ conversations, lost_claims: lost = [] }: Snapshot): Conversation[] {
  const last = new Set(lost.map(({ conversation }) => conversation));
  return [...conversations.filter(({ id }) => !last.has(id)), ...conversations.filter(({ id }) => last.has(id))];
}

/** Returns the desk once a plan of the first part of its queue is written. */
function after(snapshot: Snapshot, { loads, cursors }: Plan): Snapshot {
  const now = new Map(loads.map((load) => [load.agent, load.after]));
  const agents = snapshot.agents.map((agent) => ({ ...agent, load: now.get(agent.id) ?? agent.load }));
  return { ...snapshot, agents, conversations: [], cursors, lost_claims: [] };
}

/** Returns the gate of each member who is passed over: each is asked for as the only member of a team. */
function gatesOf(then: Snapshot, { rotation: _, ...team }: Team): Map<string, Gate> {
  const { waiting } = planOf({
    ...then,
    teams: team.members.map((member, i) => ({ ...team, id: String(i), members: [member] })),
    conversations: team.members.map((_, i) => ({ id: String(i), team: String(i) })),
    cursors: [],
  });
  return new Map(waiting.map(({ team: i, passed_over: [{ why }] }) => [team.members[Number(i)].agent, why]));
}

/** Returns at which conversation from this one on each candidate is served first. */
function lineFrom({ agent: taker, team }: Decision, then: Snapshot, candidates: number): Map<string, number> {
  for (let length = 100; ; length *= 10) {
    const conversations = Array.from({ length: length - 1 }, (_, i) => ({ id: String(i), team }));
    const takers = [taker, ...planOf({ ...then, conversations }).decisions.map(({ agent }) => agent)];
    const line = new Map<string, number>();
    takers.forEach((agent, i) => {
      if (agent !== null && !line.has(agent)) line.set(agent, i + 1);
    });
    if (line.size === candidates || length === FOLLOWED) return line;
  }
}
