// Why a conversation went where it went, or waits: every member of its team, with the gate that
// passed them over or their place in the line.
//
// Nothing is decided here. Every answer is Evenhand's own, to smaller questions cut from the same
// snapshot: what the plan was up to this conversation's turn, what each member alone would have
// got, and who would have been served after it.

import { plan as planOf } from 'evenhand';
import { words } from '../words.mjs';
import { table } from './diff.mjs';

/** So many conversations of the team the line is followed for. */
const FOLLOWED = 10_000;

/**
 * @typedef {object} Explanation
 * @property {{conversation: string, team: string, agent: string | null, why: string}} decision
 * @property {number} place in the order in which the queue was served, from 1
 * @property {number} queue how many conversations waited
 * @property {object} [lost] the lost claim, where an earlier claim of it was lost
 * @property {object} [team] as the snapshot has it; absent where it has none
 * @property {MemberAnswer[] | undefined} members those in the line first, in its order; absent where
 *   nobody is drawn, because people assign or there is no such team
 *
 * @typedef {object} MemberAnswer
 * @property {string} id
 * @property {number} weight
 * @property {object} [agent] as the snapshot has them, with the load at this conversation's turn
 * @property {number} [taken] how many conversations they had got before it in the same tick
 * @property {number} [owed] in conversations; under the legacy rules in points; absent where the rule owes nothing
 * @property {string} [gate] that passed them over
 * @property {number | null} [serves] for a candidate: the how-manieth conversation from this one on would
 *   be theirs, if only ones of this team came; null: none of the next 10,000
 */

/**
 * Explains what the plan for `snapshot`, a text, does with a conversation; undefined where it is not in the queue.
 * @returns {Explanation | undefined}
 */
export function explain(snapshot, conversation) {
  const desk = JSON.parse(snapshot);
  const at = desk.conversations.findIndex(({ id }) => id === conversation);
  if (at < 0) return undefined;
  const decision = planOf(desk).decisions[at];
  const team = desk.teams.find(({ id }) => id === decision.team);
  const lost = (desk.lost_claims ?? []).find((claim) => claim.conversation === conversation);
  const queue = inServingOrder(desk);
  const before = queue.findIndex(({ id }) => id === conversation);
  const explanation = { decision, place: before + 1, queue: queue.length, lost, team };
  if (!team || team.assignment === 'manual') return explanation;

  const then = cut(desk, team, planOf({ ...desk, conversations: queue.slice(0, before) }));
  const upTo = planOf({ ...desk, conversations: queue.slice(0, before + 1) });
  // Evenhand promises that a conversation does not depend on those that are served after it.
  const { agent: taker, why } = upTo.decisions.at(-1);
  if (taker !== decision.agent || why !== decision.why) {
    throw new Error(`up to this conversation Evenhand decides otherwise: ${decision.agent} (${decision.why}), then ${taker} (${why})`);
  }
  const gates = gatesOf(then, team);
  const line = lineFrom(taker, cut(desk, team, upTo), team, team.members.length - gates.size);
  const agents = new Map(then.agents.map((agent) => [agent.id, agent]));
  const loads = new Map(desk.agents.map(({ id, load }) => [id, load]));
  const owed = owedIn(then);
  explanation.members = team.members.map(({ agent: id, weight = 1 }) => ({
    id,
    weight,
    agent: agents.get(id),
    taken: (agents.get(id)?.load ?? 0) - (loads.get(id) ?? 0),
    owed: owed.get(id),
    ...(gates.has(id) ? { gate: gates.get(id) } : { serves: line.get(id) ?? null }),
  }));
  // Whoever is passed over, and whoever is never reached, stays in the order of the team.
  explanation.members.sort((a, b) => rank(a) - rank(b));
  return explanation;
}

const rank = ({ gate, serves }) => (gate ? Infinity : serves ?? FOLLOWED + 1);

/** Returns the queue as it is served: the conversations of lost claims after all others. */
function inServingOrder({ conversations, lost_claims: lostClaims = [] }) {
  const lost = new Set(lostClaims.map(({ conversation }) => conversation));
  return [...conversations.filter(({ id }) => !lost.has(id)), ...conversations.filter(({ id }) => lost.has(id))];
}

/** Returns the part of the desk that the rotation of `team` is about, as it was after a plan of the queue's first part. */
function cut(desk, team, { loads, cursors }) {
  const after = new Map(loads.map((load) => [load.agent, load.after]));
  const teams = desk.teams.filter((other) => rotationOf(other) === rotationOf(team));
  const members = new Set(teams.flatMap((other) => other.members.map(({ agent }) => agent)));
  return {
    version: desk.version,
    agents: desk.agents.filter(({ id }) => members.has(id))
      .map((agent) => (after.has(agent.id) ? { ...agent, load: after.get(agent.id) } : agent)),
    teams,
    conversations: [],
    cursors: cursors.filter(({ rotation }) => rotation === rotationOf(team)),
  };
}

const rotationOf = ({ id, rotation = id }) => rotation;

/** Returns the gate of each member who is passed over: each is asked for as the only member of a team. */
function gatesOf(then, { rotation: _, ...team }) {
  const { waiting } = planOf({
    ...then,
    teams: team.members.map((member, i) => ({ ...team, id: String(i), members: [member] })),
    conversations: team.members.map((_member, i) => ({ id: String(i), team: String(i) })),
    cursors: [],
  });
  return new Map(waiting.map(({ team: i, passed_over: [{ why }] }) => [team.members[i].agent, why]));
}

/** Returns at which conversation, from the one on that `taker` gets, each candidate is served first, in this order. */
function lineFrom(taker, then, { id: team }, candidates) {
  for (let length = 100; ; length *= 10) {
    const conversations = Array.from({ length: length - 1 }, (_, i) => ({ id: String(i), team }));
    const served = [taker, ...planOf({ ...then, conversations }).decisions.map(({ agent }) => agent)];
    const line = new Map();
    served.forEach((agent, i) => {
      if (agent !== null && !line.has(agent)) line.set(agent, i + 1);
    });
    if (line.size === candidates || length === FOLLOWED) return line;
  }
}

/** Returns what each member in the rotation is owed, where the rule owes anything. */
function owedIn(then) {
  const [{ rule, turns }] = planOf(then).cursors;
  const unit = rule === 'round_robin' ? conversationIn(rule) : 1;
  return new Map(turns.filter(({ owed }) => owed !== undefined).map(({ agent, owed }) => [agent, owed / unit]));
}

/** Returns how much of a rule's unit is one conversation. */
function conversationIn(rule) {
  // Of two equal members one takes a conversation, and the other is owed half of it.
  const { cursors: [{ turns }] } = planOf({
    version: 1,
    agents: ['a', 'b'].map((id) => ({ id, availability: 'online', load: 0 })),
    teams: [{ id: 't', assignment: rule, members: [{ agent: 'a' }, { agent: 'b' }] }],
    conversations: [{ id: 'c', team: 't' }],
  });
  return 2 * Math.max(...turns.map(({ owed }) => owed));
}

/**
 * Says it for people.
 * @param {Explanation} explanation
 * @param {object} how
 * @param {{teams: object, agents: object}} [how.names]
 * @param {string} how.when the tick, or that it is now
 * @param {'went to' | 'would go to'} how.goes
 * @param {string} [how.but] what became of the decision
 */
export function whyLines({ decision, place, queue, lost, team, members }, { names = { teams: {}, agents: {} }, when, goes, but }) {
  const agentName = (id) => names.agents[id] ?? `agent ${id}`;
  const teamName = names.teams[decision.team] ?? `team ${decision.team}`;
  const code = decision.why.replaceAll('_', ' ');
  const what = decision.agent === null ? `waits (${code})` : `${goes} ${agentName(decision.agent)} (${code})`;
  const head = [
    `conversation ${decision.conversation} ${what}${but ? `; ${but}` : ''}`,
    `${teamName}${team ? `, ${team.assignment}` : ''}, place ${place} of ${queue} in the queue${lost ? ' since a claim of it was lost' : ''}, ${when}`,
  ];
  if (!team) return [...head, words('wait', 'unknown_team')];
  if (!members) return [...head, words('wait', 'manual_team')];
  if (members.length === 0) return [...head, words('wait', 'no_members')];
  const legacy = team.assignment.startsWith('libredesk_');
  const account = legacy ? 'points' : team.assignment === 'round_robin' ? 'owed' : undefined;
  const weights = members.some(({ weight }) => weight !== 1);
  const rows = table(['agent', ...(weights ? ['weight'] : []), 'load', ...(account ? [account] : []), 'answer']);
  // Under the legacy rules a lost claim keeps nobody away.
  const not = legacy ? undefined : lost?.agent;
  for (const member of members) {
    rows.push([
      agentName(member.id),
      ...(weights ? [member.weight] : []),
      member.agent ? member.agent.load ?? '?' : '-',
      ...(account ? [member.owed === undefined ? '-' : signed(member.owed, legacy ? 0 : 2)] : []),
      member.gate ? `passed over, ${member.gate}: ${numbersOf(member, team)}` : inLine(member, decision, not),
    ]);
  }
  return [...head, ...rows.toString().split('\n').map((line) => line.trimEnd())];
}

function numbersOf({ gate, agent, taken }, { assignable = ['online'], fallback = [], max_load: most }) {
  const holds = () => `holds ${agent.load}${taken > 0 ? `, ${taken} of them from this tick` : ''}`;
  switch (gate) {
    case 'unavailable': return `is ${agent.availability}, the team serves ${[...assignable, ...fallback].join(', ') || 'nobody'}`;
    case 'agent_full': return `${holds()}, and may hold ${agent.capacity}`;
    case 'team_full': return `${holds()}, and the team gives nothing from ${most} on`;
    case 'new_limit': return `gets ${agent.max_new} in one plan, and has got them`;
    default: return words('gate', gate);
  }
}

function inLine({ id, serves }, decision, not) {
  if (id === decision.agent) return id === not ? 'takes it again, as nobody else can' : 'takes it';
  const place = serves === null ? `in line, but not among the next ${FOLLOWED}` : `${ordinal(serves)} in line`;
  return id === not ? `${place}; asked last for this one, since the claim for them was lost` : place;
}

function ordinal(n) {
  const suffix = { one: 'st', two: 'nd', few: 'rd', other: 'th' }[new Intl.PluralRules('en', { type: 'ordinal' }).select(n)];
  return `${n}${suffix}`;
}

function signed(value, digits) {
  const text = value.toFixed(digits);
  if (Number(text) === 0) return (0).toFixed(digits);
  return value > 0 ? `+${text}` : text;
}
