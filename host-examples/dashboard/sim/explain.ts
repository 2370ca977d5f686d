// Why a conversation of a snapshot goes where it goes, or waits: every member of its team, with the gate
// that passed them over or their place in the line.
//
// Nothing is decided here: every answer is the engine's own, to smaller questions cut from the same
// snapshot. What was the plan before this conversation's turn; what would each member alone get; who
// would be served after it.

import { plan as planOf, type Decision, type Gate, type Snapshot, type Team } from 'evenhand';

/** So many conversations of the team the line is followed for. */
const FOLLOWED = 10_000;

export interface Explanation {
  decision: Decision;
  /** Its place among those of its team, from 1, and how many these are. */
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
  const at = snapshot.conversations.findIndex(({ id }) => id === conversation);
  if (at < 0) return undefined;
  const decision = planOf(snapshot).decisions[at];
  const own = snapshot.conversations.filter((one) => one.team === decision.team);
  const explanation = { decision, place: own.findIndex(({ id }) => id === conversation) + 1, queue: own.length };
  const team = snapshot.teams.find(({ id }) => id === decision.team);
  if (!team || team.assignment === 'manual') return explanation;
  const then = atTurn(snapshot, at, team);
  const gates = gatesOf(then, team);
  const line = lineFrom(then, team, team.members.length - gates.size);
  const rank = ({ gate, serves }: MemberAnswer) => (gate ? Infinity : (serves ?? FOLLOWED + 1));
  const members = team.members.map(({ agent }): MemberAnswer => {
    const gate = gates.get(agent);
    return gate ? { agent, gate } : { agent, serves: line.get(agent) ?? null };
  });
  return { ...explanation, members: members.sort((a, b) => (rank(a) < rank(b) ? -1 : Number(rank(a) > rank(b)))) };
}

/** Returns the team's part of the desk once the conversations before `at` are decided. */
function atTurn(snapshot: Snapshot, at: number, team: Team): Snapshot {
  const { loads, cursors } = planOf({ ...snapshot, conversations: snapshot.conversations.slice(0, at) });
  const after = new Map(loads.map((load) => [load.agent, load.after]));
  const members = new Set(team.members.map(({ agent }) => agent));
  return {
    version: 1,
    agents: snapshot.agents.filter(({ id }) => members.has(id)).map((agent) => ({ ...agent, load: after.get(agent.id) ?? agent.load })),
    teams: [team],
    conversations: [],
    cursors: cursors.filter((cursor) => cursor.team === team.id),
  };
}

/** Returns the gate of each member who is passed over: each is asked for as the only member of a team. */
function gatesOf(then: Snapshot, team: Team): Map<string, Gate> {
  const { waiting } = planOf({
    ...then,
    teams: team.members.map((member, i) => ({ ...team, id: String(i), members: [member] })),
    conversations: team.members.map((_, i) => ({ id: String(i), team: String(i) })),
    cursors: [],
  });
  return new Map(waiting.map(({ team: i, passed_over: [{ why }] }) => [team.members[Number(i)].agent, why]));
}

/** Returns at which conversation from this one on each candidate is served first. */
function lineFrom(then: Snapshot, team: Team, candidates: number): Map<string, number> {
  for (let length = 100; ; length *= 10) {
    const line = new Map<string, number>();
    const conversations = Array.from({ length }, (_, i) => ({ id: String(i), team: team.id }));
    planOf({ ...then, conversations }).decisions.forEach(({ agent }, i) => {
      if (agent !== null && !line.has(agent)) line.set(agent, i + 1);
    });
    if (line.size === candidates || length === FOLLOWED) return line;
  }
}
