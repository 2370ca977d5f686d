// A tick: the look at the desk, the engine's answer, the claim.
//
// The engine is pure: to the same question it has the same answer. So it is asked about those teams only
// of which something changed since it last assigned nothing there and gave back the cursor as it was: the
// rest of the answer is known. Teams know nothing of each other but the loads of the agents they share; where
// the most is to be served they do, and all of them are asked about. A test compares with asking about
// everything in every tick.

import { EvenhandError, planJson, type Decision, type ErrorCode, type Plan } from 'evenhand';
import { receives } from './fairness.ts';
import { give, picker, type Ground } from './lane.ts';
import { remember } from './lost.ts';
import { BY_TURN } from './records.ts';
import type { Desk } from './scenario.ts';
import type { TeamSettings } from './settings.ts';
import { LOADS, MEMBERS, NOTHING, WAITS, type LaneState } from './state.ts';

/** What the engine refuses: the scenario has something in it that only the engine finds. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly lane: number;
  readonly at: number;
  readonly code: ErrorCode;
  /** Where in the snapshot. */
  readonly path: string;
  readonly snapshot: string;

  constructor({ lane, at, snapshot, cause }: { lane: number; at: number; snapshot: string; cause: EvenhandError }) {
    super(cause.message, { cause });
    this.lane = lane;
    this.at = at;
    this.code = cause.code;
    this.path = cause.path;
    this.snapshot = snapshot;
  }
}

export function decide(state: LaneState, ground: Ground): void {
  const asked = teamsToAsk(state, ground.whole);
  if (asked.length === 0) {
    forgetSets(state);
    rememberLost(state, NONE);
    ground.watch?.ticked(state.now, undefined, NONE);
    return;
  }
  state.counts.asked += 1;
  const queue = queueOf(state, ground, asked);
  const snapshot = snapshotOf(state, ground, asked, queue);
  const plan = ask(snapshot, state.now, ground.lane);
  for (const team of asked) {
    state.changed[team] = NOTHING;
    state.why[team] = undefined;
  }
  const lost = claim(state, ground, queue, plan);
  rememberLost(state, lost);
  forgetSets(state);
  const places = placesOf(ground);
  for (const { sets, ...cursor } of plan.cursors) {
    // A rotation has the name of its team: no two of these share one.
    const team = places.teams.get(cursor.rotation)!;
    const text = JSON.stringify(cursor);
    // Where draws are spent on nothing, the next ones come to something else.
    if (text !== state.cursors[team]) state.changed[team] = Math.max(state.changed[team], LOADS);
    state.cursors[team] = text;
    state.sets[team] = sets && JSON.stringify(sets);
  }
  state.bottlenecks = plan.bottlenecks ?? [];
  for (const group of plan.waiting) state.why[places.teams.get(group.team)!] = group;
  lookForFree(state, ground, lost);
  ground.watch?.ticked(state.now, snapshot, lost);
}

const NONE: ReadonlyMap<number, Decision> = new Map();

/** A plan without picks leaves no sets, but where people assign the cursor comes back as it was. */
function forgetSets(state: LaneState): void {
  state.settings.teams.forEach(({ rule }, team) => {
    if (rule !== 'manual') state.sets[team] = undefined;
  });
}

function rememberLost(state: LaneState, lost: ReadonlyMap<number, Decision>): void {
  state.lost = remember(state.lost, lost, (conversation) => state.status[conversation] === WAITS);
}

function teamsToAsk({ queues, changed, settings: { objective } }: LaneState, whole = false): number[] {
  const asked: number[] = [];
  changed.forEach((what, team) => {
    if (whole || what === MEMBERS || (what === LOADS && queues[team] > 0)) asked.push(team);
  });
  return objective === 'most' && asked.length > 0 ? [...changed.keys()] : asked;
}

/** Returns what waits in these teams, in the order in which it came. */
function queueOf({ waiting, queues }: LaneState, { world }: Ground, teams: readonly number[]): number[] {
  const among = new Uint8Array(queues.length);
  for (const team of teams) among[team] = 1;
  return waiting.filter((conversation) => among[world.team[conversation]] === 1);
}

/** Returns the snapshot of the desk with these teams, their members and their queue, or with all of it. */
export function snapshotOf(state: LaneState, ground: Ground, asked?: readonly number[], queue = state.waiting): string {
  const { scenario: { desk, seed }, world } = ground;
  const { settings: { teams, capacities, objective }, inbox, availability } = state;
  const quoted = quotedIn(desk);
  const among = asked ?? desk.teams.map((_, i) => i);
  const wanted = new Uint8Array(desk.agents.length).fill(asked ? 0 : 1);
  for (const team of among) for (const agent of teams[team].members) wanted[agent] = 1;
  const agents: string[] = [];
  quoted.agents.forEach((id, i) => {
    if (wanted[i] === 0) return;
    const capacity = capacities[i] < Infinity ? `,"capacity":${capacities[i]}` : '';
    agents.push(`{"id":${id},"availability":"${availability[i]}","load":${inbox[i].length}${capacity}}`);
  });
  const lists = {
    agents,
    teams: among.map((team) => teamText(teams[team], quoted.teams[team], quoted.agents)),
    conversations: queue.map((conversation) => `{"id":${JSON.stringify(world.ids[conversation])},"team":${quoted.teams[world.team[conversation]]}}`),
    cursors: among.flatMap((team) => cursorText(state, team) ?? []),
    lost_claims: state.lost.flatMap(({ conversation, plans, decision }) => {
      const team = world.team[conversation];
      if (plans === 0 || !among.includes(team)) return [];
      return JSON.stringify(decision ?? { conversation: world.ids[conversation], team: desk.teams[team].id, agent: null });
    }),
  };
  // Another draw each time, so that the same two newcomers do not always join in the same order.
  const head = `{"version":1,"seed":${(seed + state.now) % Number.MAX_SAFE_INTEGER}${objective === 'most' ? ',"objective":"most"' : ''}`;
  return `${head}${Object.entries(lists).map(([name, list]) => `,"${name}":[${list.join(',')}]`).join('')}}`;
}

function cursorText({ cursors, sets }: LaneState, team: number): string | undefined {
  const text = cursors[team];
  return text && sets[team] ? `${text.slice(0, -1)},"sets":${sets[team]}}` : text;
}

const teamTexts = new WeakMap<TeamSettings, string>();

function teamText(team: TeamSettings, id: string, agents: string[]): string {
  let text = teamTexts.get(team);
  if (text === undefined) {
    const limit = team.limit < Infinity ? `,"max_load":${team.limit}` : '';
    const members = team.members.map((agent, i) => `{"agent":${agents[agent]},"weight":${team.weights[i]}}`);
    text = `{"id":${id},"assignment":"${team.rule}"${limit},"assignable":${JSON.stringify(team.assignable)},"members":[${members.join(',')}]}`;
    teamTexts.set(team, text);
  }
  return text;
}

interface Quoted {
  agents: string[];
  teams: string[];
}

const quotes = new WeakMap<Desk, Quoted>();

/** Returns every id as JSON has it. */
function quotedIn(desk: Desk): Quoted {
  let quoted = quotes.get(desk);
  if (!quoted) {
    const of = (list: readonly { id: string }[]) => list.map(({ id }) => JSON.stringify(id));
    quoted = { agents: of(desk.agents), teams: of(desk.teams) };
    quotes.set(desk, quoted);
  }
  return quoted;
}

function ask(snapshot: string, at: number, lane: number): Plan {
  try {
    return JSON.parse(planJson(snapshot)) as Plan;
  } catch (cause) {
    if (cause instanceof EvenhandError) throw new Refused({ lane, at, snapshot, cause });
    throw cause;
  }
}

/** Writes the decisions on `queue`, in the order in which they were made; returns those for which a person is faster. */
function claim(state: LaneState, ground: Ground, queue: readonly number[], { decisions }: Plan): Map<number, Decision> {
  const { world, scenario: { desk } } = ground;
  const places = placesOf(ground);
  const lost = new Map<number, Decision>();
  // What an agent was to get and did not: the plan counted it, and had others take what came after.
  const missed = new Int32Array(desk.agents.length);
  for (const i of servingOrder(state, queue)) {
    const decision = decisions[i];
    if (decision.agent === null) continue;
    const conversation = queue[i];
    const agent = places.agents.get(decision.agent)!;
    const team = world.team[conversation];
    if (world.pickAt[conversation] < state.now + desk.claim_ms && world.pickAt[conversation] > state.now && picker(state, world, conversation) >= 0) {
      // Whoever is about to pick it does so, before the claim is written.
      state.changed[team] = MEMBERS;
      state.counts.lostClaims += 1;
      missed[agent] += 1;
      lost.set(conversation, decision);
      continue;
    }
    const run = receives(state.fairness[team], state.settings.teams[team], agent, (one) => hasRoom(state, team, one, missed[one]), state.now);
    give(state, world, conversation, agent, BY_TURN, run);
  }
  state.waiting = state.waiting.filter((conversation) => state.status[conversation] === WAITS);
  return lost;
}

/** Returns the places in `queue` in the order in which the plan served them: what was lost comes last. */
function servingOrder({ lost }: LaneState, queue: readonly number[]): number[] {
  const last = new Set(lost.filter(({ plans }) => plans > 0).map(({ conversation }) => conversation));
  const places = queue.map((_, place) => place);
  return last.size === 0 ? places : places.sort((a, b) => Number(last.has(queue[a])) - Number(last.has(queue[b])));
}

/** Returns whether somebody is there and below the limits, with so many more than they hold. */
function hasRoom({ availability, inbox, settings }: LaneState, team: number, agent: number, more = 0): boolean {
  const load = inbox[agent].length + more;
  return availability[agent] === 'online' && load < settings.capacities[agent] && load < settings.teams[team].limit;
}

/** Takes down which conversations wait although somebody is free, after this tick. */
function lookForFree(state: LaneState, { world }: Ground, lost: ReadonlyMap<number, unknown>): void {
  if (state.waiting.length === 0) return;
  const free = state.settings.teams.map(({ rule, members, weights }, team) =>
    state.queues[team] > 0 && rule !== 'manual' && members.some((agent, i) => weights[i] > 0 && hasRoom(state, team, agent)));
  for (const conversation of state.waiting) {
    if (free[world.team[conversation]] && !lost.has(conversation)) state.leftWhileFree[conversation] = 1;
  }
}

interface Places {
  agents: Map<string, number>;
  teams: Map<string, number>;
}

const known = new WeakMap<Desk, Places>();

function placesOf({ scenario: { desk } }: Ground): Places {
  let places = known.get(desk);
  if (!places) {
    const of = (list: readonly { id: string }[]) => new Map(list.map(({ id }, i) => [id, i]));
    places = { agents: of(desk.agents), teams: of(desk.teams) };
    known.set(desk, places);
  }
  return places;
}
