// What people read: sentences made from a plan. No output happens here.

import { needed, plain, words } from './words.mjs';

const AFRESH = "evenhand_state was changed by hand; UPDATE evenhand_state SET version = version + 1, cursors = '[]', lost_claims = '[]' begins with level turns";

const DECISIONS_SHOWN = 20;
const LOST_SHOWN = 10;
const LISTED = 3;

/** Says how large the desk is. */
export function size({ plan, names }) {
  const teams = count(Object.keys(names.teams).length, 'team');
  const agents = count(Object.keys(names.agents).length, 'agent');
  const held = plan.decisions.filter(({ held_by: holder }) => holder !== undefined).length;
  return `${teams}, ${agents}, ${count(plan.decisions.length - held, 'conversation')} waiting${held > 0 ? `, ${held} to take back` : ''}`;
}

/** Says in one line what a tick did. */
export function tickLine(n, outcome) {
  const duration = `${Math.round(outcome.milliseconds)} ms`;
  if (!outcome.won) return `tick ${n}: another host wrote its plan first, nothing was written, ${duration}`;
  return `tick ${n}: assigned ${outcome.claimed}, ${waitingTotal(outcome.plan)}, ${count(outcome.lost.length, 'lost claim')}, ${duration}`;
}

/** Says for each group of the plan who waits and why, a sentence each. */
export function waitingLines(outcome) {
  const { plan, names } = outcome;
  const reasons = causes(outcome);
  return plan.waiting.map((group, i) => {
    const verb = group.conversations === 1 ? 'waits' : 'wait';
    const team = names.teams[group.team] ?? `team ${group.team}`;
    return `${[team, ...kindOf(group)].join(', ')}: ${group.conversations} ${verb}: ${reasons[i]}`;
  });
}

/** Says for each bottleneck of the plan who waits for whom, a sentence each. */
export function bottleneckLines({ plan: { bottlenecks = [] }, names }) {
  return bottlenecks.map((one) => bottleneckLine(one, names));
}

/** `7 wait for Billing (German): only Ana and Bo may take them, 2 places between them; one more like them serves one more`. */
export function bottleneckLine({ classes, agents, assigned, waiting }, names) {
  const which = new Set(classes.map((one) => {
    const kind = kindOf(one);
    return (names.teams[one.team] ?? `team ${one.team}`) + (kind.length > 0 ? ` (${kind.join(', ')})` : '');
  }));
  const [verb, them] = waiting === 1 ? ['waits', 'it'] : ['wait', 'them'];
  const wait = `${waiting} ${verb} for ${listed([...which], 'or')}`;
  if (agents.length === 0) return `${wait}: nobody may take ${them}`;
  const who = listed(agents.map(({ agent }) => names.agents[agent] ?? `agent ${agent}`), 'and');
  const places = assigned === 0 ? 'no place' : count(assigned, 'place');
  const room = agents.length === 1 ? `and has ${places}` : `${places} between them`;
  return `${wait}: only ${who} may take ${them}, ${room}; one more like them serves one more`;
}

/** `Ana, Bo and Cy`, or `Ana, Bo, Cy and 9 others`. */
function listed(list, word) {
  const shown = list.length > LISTED + 1 ? [...list.slice(0, LISTED), `${list.length - LISTED} others`] : list;
  const last = shown.at(-1);
  return shown.length === 1 ? last : `${shown.slice(0, -1).join(', ')} ${word} ${last}`;
}

/** Says that the most was too much work. */
export function tooMuchLine({ tooMuch }) {
  return `to find the most that can be served is too much work, so the plan is in order: ${tooMuch}`;
}

/** Returns what tells a group from others of its team: its channel, and the skills that it needs. */
export function kindOf({ channel, needs = [] }) {
  return [...(channel === undefined ? [] : [channel]), ...needs.map(needed)];
}

/** Says which claims were lost to somebody else, or nothing. */
export function lostLines({ lost, raised, kept_away: keptAway, requests, names }) {
  const refused = new Set([...keptAway, ...raised.map(({ conversation }) => conversation), ...(requests?.unheard ?? [])]);
  const others = lost.filter(({ conversation }) => !refused.has(conversation));
  if (others.length === 0) return [];
  const shown = others.slice(0, LOST_SHOWN).map(({ conversation }) => numbered(conversation, names)).join(', ');
  const rest = others.length > LOST_SHOWN ? ` and ${others.length - LOST_SHOWN} more` : '';
  return [`changed or locked by somebody else, and left as they are: ${shown}${rest}`];
}

/** Says which conversation the database, or Libredesk, refuses to assign, and why. */
export function raisedLine({ conversation, error }, { names, way }) {
  return `${way === 'api' ? 'Libredesk' : 'the database'} refuses to assign ${numbered(conversation, names)}, and it waits: ${error}`;
}

/** Says what stopped the requests to Libredesk's API. */
export function stoppedLine({ is, error }) {
  if (is === 'denied') return `Libredesk's API refuses the key: ${error}; nothing is assigned until EVENHAND_API_KEY and EVENHAND_API_SECRET are those of an agent who may read and assign all conversations`;
  if (is === 'unreachable') return `Libredesk's API is lost: ${error}; nothing is assigned until it is back`;
  return `requests to Libredesk's API were stopped: ${error}; the rest of the plan was not sent`;
}

/** Says who had a conversation right after Libredesk had assigned it to somebody else. */
export function overtakenLine({ conversation, agent, holder }, names) {
  const who = (id) => (id === null ? 'nobody' : names.agents[id] ?? `agent ${id}`);
  return `Libredesk assigned ${numbered(conversation, names)} to ${who(agent)}, and right after that ${who(holder)} had it: a person or a rule of Libredesk was at it at the same moment`;
}

/** Says which conversation is assigned although Libredesk then failed. */
export function incompleteLine({ conversation, error }, names) {
  return `Libredesk assigned ${numbered(conversation, names)} and failed then, so that people may not have been told: ${error}`;
}

/** Says what came of a claim that was left in the middle. */
export function settledLine({ claimed, lost }) {
  return `a plan that a host had left in the middle is settled: ${count(claimed, 'conversation')} assigned, ${count(lost.length, 'lost claim')}`;
}

/** Says what a plan would do: its first decisions, then the sum. */
export function dryRunLines({ plan, names }) {
  const shown = plan.decisions.slice(0, DECISIONS_SHOWN).map((decision) => `  ${decisionLine(decision, names)}`);
  const rest = plan.decisions.length - shown.length;
  const assigned = plan.decisions.filter(({ agent }) => agent !== null).length;
  return [
    ...shown,
    ...(rest > 0 ? [`  and ${count(rest, 'more decision')}`] : []),
    `would assign ${assigned}, ${waitingTotal(plan)}`,
    ...[...waitingLines({ plan, names, lost: [] }), ...bottleneckLines({ plan, names })].map((line) => `  ${line}`),
    'nothing was written',
  ];
}

/** Returns what people call a conversation: its number in Libredesk, `#160`; where that is not known `id:61`, which `why` takes, too. */
export function numbered(id, { conversations }) {
  return id in conversations ? `#${conversations[id]}` : `id:${id}`;
}

/** Says what was decided about one conversation, and why. */
export function decisionLine({ conversation, team, agent, why, held_by: holder, by }, names) {
  const called = (id) => names.agents[id] ?? `agent ${id}`;
  const which = `${numbered(conversation, names)} ${names.teams[team] ?? `team ${team}`}`;
  if (agent === null) return `${which} ${holder === undefined ? 'waits' : `stays with ${called(holder)}`}: ${words('wait', why)}`;
  const from = holder === undefined ? '' : `, ${called(holder)}`;
  const helper = by === undefined ? '' : ` of ${names.teams[by] ?? `team ${by}`}`;
  return `${which}${from} -> ${called(agent)}${helper}: ${words('assign', why)}`;
}

/** Says why a tick failed. */
export function failureLine(n, error) {
  const message = error.message || error.code;
  if (error.name === 'EvenhandError') {
    const remedy = /^\/(cursors|lost_claims|seed)\b/.test(error.path) ? `; ${AFRESH}` : '';
    return `tick ${n}: the snapshot was refused, ${error.code} at "${error.path}", nothing was written: ${message}${remedy}`;
  }
  // Its table is gone, or a column of it.
  if (/^42(P01|703)$/.test(error.code) && message.includes('evenhand_state')) {
    return `tick ${n}: failed: ${message}; DROP TABLE IF EXISTS evenhand_state and state.sql make it anew, with level turns`;
  }
  if (error.code === '42P01' && message.includes('evenhand_given')) return `tick ${n}: failed: ${message}; state.sql makes it anew, and a restart runs it`;
  // Where the connection broke, the database may have finished the claim all the same: all of it or none.
  return `tick ${n}: failed: ${message}`;
}

function waitingTotal({ waiting, decisions }) {
  const reasons = new Map();
  for (const { why, conversations } of waiting) reasons.set(why, (reasons.get(why) ?? 0) + conversations);
  const total = [...reasons.values()].reduce((sum, n) => sum + n, 0);
  const parts = [...reasons].map(([why, n]) => `${n} ${plain(why)}`).join(', ');
  const kept = decisions.filter(({ agent, held_by: holder }) => agent === null && holder !== undefined).length;
  const stay = kept === 0 ? '' : `; ${kept} of them ${kept === 1 ? 'stays with its agent' : 'stay with their agents'}`;
  return total === 0 ? 'waiting 0' : `waiting ${total} (${parts}${stay})`;
}

/** Says for each group of the plan why it waits; where space is `short`, only what becomes of the members if that tells it all. */
export function causes(outcome, { short = false } = {}) {
  const free = teamsWithRoom(outcome);
  return outcome.plan.waiting.map((group) => cause(group, short) + (free.has(group.team) ? '; a lost claim left room for the next tick' : ''));
}

/** Returns each agent's load once the plan was written, but for what was lost. */
export function loadsAfter({ agents }, { plan, won, lost }) {
  const loads = new Map(agents.map(({ id, load }) => [id, load]));
  if (won) for (const { agent, after } of plan.loads) loads.set(agent, after);
  for (const { agent } of lost) loads.set(agent, loads.get(agent) - 1);
  return loads;
}

/** Returns the teams in which somebody is full by the plan and is not, since a claim for them was lost. */
function teamsWithRoom(outcome) {
  if (outcome.lost.length === 0) return new Set();
  const snapshot = JSON.parse(outcome.texts.snapshot);
  const loads = loadsAfter(snapshot, outcome);
  const agents = new Map(snapshot.agents.map((agent) => [agent.id, agent]));
  const hadOne = new Set(outcome.lost.map(({ agent }) => agent));
  const has = ({ assignable, max_load: most = Infinity }) => ({ agent, weight = 1 }) => {
    const { availability, capacity = Infinity } = agents.get(agent) ?? {};
    return hadOne.has(agent) && weight > 0 && assignable.includes(availability) && loads.get(agent) < Math.min(capacity, most);
  };
  return new Set(snapshot.teams.filter((team) => team.assignment !== 'manual' && team.members.some(has(team))).map(({ id }) => id));
}

/** `everybody who could take them is full (3 are away, 5 are full)`. */
function cause({ why, conversations, members, passed_over: passedOver }, short) {
  const reason = words('wait', why, conversations);
  if (passedOver.length === 0) return reason;
  const passed = passedOver.map((gate) => `${gate.members} ${words('gate', gate.why, gate.members)}`).join(', ');
  const all = passedOver.reduce((sum, gate) => sum + gate.members, 0) === members;
  return short && all ? passed : `${reason} (${passed})`;
}

/** Says how many. */
export function count(n, noun) {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
