// One lane: the desk under one policy, event by event.
//
// An agent who is online answers what they hold one after the other, in the order in which they got it.
// Whoever is on a break keeps what they hold, and nobody works on it. Whoever goes home gives it back to
// the team (unless the desk says otherwise). After an answer the customer may write again: then it is
// the same agent's, or the team's if they have gone home.

import type { Decision } from 'evenhand';
import { noRecords, BY_HAND, BY_TURN } from './records.ts';
import { settingsOf } from './settings.ts';
import { createEvents, createConversations, type Event, type LaneState, ANSWERED, ENDED, HELD, LOADS, MEMBERS, WAITS } from './state.ts';
import type { Act, Scenario } from './scenario.ts';
import { decide } from './tick.ts';
import { createFairness } from './fairness.ts';
import { MINUTE, SECOND } from './time.ts';
import type { Availability } from './policy.ts';
import type { World } from './world.ts';

/** What a lane runs on. */
export interface Ground {
  scenario: Scenario;
  lane: number;
  world: World;
  /** Ask the engine about every team in every tick; only a test has a reason to. */
  whole?: boolean | undefined;
  watch?: Watch | undefined;
}

/** Is told what happens, as it happens. */
export interface Watch {
  /** A tick: the snapshot that was planned, if anything was asked; `lost` are the decisions, by conversation, for which a person is faster. */
  ticked: (at: number, snapshot: string | undefined, lost: ReadonlyMap<number, Decision>) => void;
  happened: (what: 'queued' | 'picked' | 'answered' | 'ended', at: number, conversation: number, agent: number) => void;
}

export function createLane({ scenario, lane, world }: Ground): LaneState {
  const agents = scenario.desk.agents.length;
  const teams = scenario.desk.teams.length;
  return {
    now: 0,
    ...createConversations(world.ids.length),
    waiting: [],
    queues: new Int32Array(teams),
    availability: Array<Availability>(agents).fill('offline'),
    inbox: Array.from({ length: agents }, () => []),
    workSince: new Float64Array(agents).fill(-1),
    work: new Int32Array(agents),
    events: createEvents([]),
    settings: settingsOf(scenario, lane, []),
    cursors: Array(teams).fill(undefined),
    sets: Array(teams).fill(undefined),
    lost: [],
    bottlenecks: [],
    changed: new Uint8Array(teams).fill(MEMBERS),
    why: Array(teams).fill(undefined),
    fairness: Array.from({ length: teams }, () => createFairness(agents)),
    there: new Float64Array(agents),
    idle: new Float64Array(agents),
    countedTo: new Float64Array(agents),
    counts: { asked: 0, lostClaims: 0 },
    interval: Math.round(scenario.tick_seconds * SECOND),
    nextTick: 0,
    nextSample: 0,
    next: { act: 0, change: 0, arrival: 0 },
    records: noRecords(teams),
  };
}

/** Lets everything happen that happens before `until`. Throws `Refused` where the engine refuses a snapshot. */
export function advance(state: LaneState, ground: Ground, until: number): void {
  const { scenario: { acts }, world } = ground;
  const { next } = state;
  for (;;) {
    const act = next.act < acts.length ? acts[next.act].at : Infinity;
    const change = next.change < world.changes.length ? world.changes[next.change].at : Infinity;
    const arrival = next.arrival < world.at.length ? world.at[next.arrival] : Infinity;
    const event = state.events.peek()?.at ?? Infinity;
    const at = Math.min(act, change, arrival, event, state.nextSample, state.nextTick);
    if (at >= until) break;
    state.now = at;
    // At one moment: what people change, who comes and goes, what comes in, what is done, and then the tick.
    if (act === at) perform(state, ground, acts[next.act++]);
    else if (change === at) {
      const { agent, to } = world.changes[next.change++];
      becomes(state, ground, agent, to);
    } else if (arrival === at) arrives(state, ground, next.arrival++);
    else if (event === at) happens(state, ground, state.events.pop()!);
    else if (state.nextSample === at) {
      sample(state);
      state.nextSample += MINUTE;
    } else {
      decide(state, ground);
      state.nextTick += state.interval;
    }
  }
  state.now = until;
}

function perform(state: LaneState, { scenario, lane }: Ground, act: Act): void {
  if (act.what === 'tick') {
    state.interval = Math.round(act.seconds * SECOND);
    state.nextTick = act.at + state.interval;
    return;
  }
  // The world knows of the others.
  if (act.what === 'availability' || act.what === 'lunch' || act.what === 'shift' || act.what === 'surge') return;
  state.settings = settingsOf(scenario, lane, scenario.acts.slice(0, state.next.act));
  state.changed.fill(MEMBERS);
}

function arrives(state: LaneState, ground: Ground, conversation: number): void {
  const { world } = ground;
  state.left[conversation] = world.effort[world.rounds[conversation]];
  queue(state, ground, conversation);
  if (world.pickAt[conversation] < Infinity) {
    state.events.push({ at: world.pickAt[conversation], kind: 'pick', who: conversation, work: 0 });
  }
}

function happens(state: LaneState, ground: Ground, { kind, who, work }: Event): void {
  if (kind === 'done') {
    if (state.work[who] === work) answers(state, ground, who);
  } else if (kind === 'writes') writesAgain(state, ground, who);
  else pick(state, ground, who);
}

function queue(state: LaneState, { world, watch }: Ground, conversation: number): void {
  state.status[conversation] = WAITS;
  state.holder[conversation] = -1;
  state.queuedAt[conversation] = state.now;
  const team = world.team[conversation];
  state.queues[team] += 1;
  state.changed[team] = Math.max(state.changed[team], LOADS);
  let place = state.waiting.length;
  while (place > 0 && state.waiting[place - 1] > conversation) place -= 1;
  state.waiting.splice(place, 0, conversation);
  watch?.happened('queued', state.now, conversation, -1);
}

/** Returns who would pick a conversation by hand now, of the members who are there; -1: nobody is. */
export function picker(state: LaneState, { team, pickWho }: World, conversation: number): number {
  const there = state.settings.teams[team[conversation]].members.filter((agent) => state.availability[agent] === 'online');
  return there.length === 0 ? -1 : there[Math.floor(pickWho[conversation] * there.length)];
}

function pick(state: LaneState, { world, watch }: Ground, conversation: number): void {
  if (state.status[conversation] !== WAITS) return;
  const agent = picker(state, world, conversation);
  if (agent < 0) return;
  state.waiting.splice(state.waiting.indexOf(conversation), 1);
  give(state, world, conversation, agent, BY_HAND, 0);
  watch?.happened('picked', state.now, conversation, agent);
}

/** Gives an agent a conversation that is out of the queue already. */
export function give(state: LaneState, world: World, conversation: number, agent: number, how: typeof BY_TURN | typeof BY_HAND, run: number): void {
  const { log } = state.records;
  log.at.push(state.now);
  log.conversation.push(conversation);
  log.agent.push(agent);
  log.waited.push(state.now - state.queuedAt[conversation]);
  log.how.push(how);
  log.run.push(run);
  state.queues[world.team[conversation]] -= 1;
  hold(state, world, conversation, agent);
}

function hold(state: LaneState, world: World, conversation: number, agent: number): void {
  state.status[conversation] = HELD;
  state.holder[conversation] = agent;
  loadChanges(state, agent);
  state.inbox[agent].push(conversation);
  begin(state, world, agent);
}

/** Lets an agent go on with the first of what they hold, if they can and do not yet. */
function begin(state: LaneState, world: World, agent: number): void {
  if (state.availability[agent] !== 'online' || state.workSince[agent] >= 0 || state.inbox[agent].length === 0) return;
  const [conversation] = state.inbox[agent];
  state.workSince[agent] = state.now;
  state.work[agent] += 1;
  if (state.answeredAfter[conversation] < 0) state.answeredAfter[conversation] = state.now - world.at[conversation];
  state.events.push({ at: state.now + state.left[conversation], kind: 'done', who: agent, work: state.work[agent] });
}

function pause(state: LaneState, agent: number): void {
  if (state.workSince[agent] < 0) return;
  state.left[state.inbox[agent][0]] -= state.now - state.workSince[agent];
  state.workSince[agent] = -1;
  state.work[agent] += 1;
}

function answers(state: LaneState, { world, watch }: Ground, agent: number): void {
  loadChanges(state, agent);
  const conversation = state.inbox[agent].shift()!;
  state.workSince[agent] = -1;
  watch?.happened('answered', state.now, conversation, agent);
  const round = world.rounds[conversation] + state.round[conversation];
  if (round + 1 < world.rounds[conversation + 1]) {
    state.status[conversation] = ANSWERED;
    state.events.push({ at: state.now + world.gap[round], kind: 'writes', who: conversation, work: 0 });
  } else {
    state.status[conversation] = ENDED;
    watch?.happened('ended', state.now, conversation, agent);
  }
  begin(state, world, agent);
}

function writesAgain(state: LaneState, ground: Ground, conversation: number): void {
  const { world, scenario } = ground;
  state.round[conversation] += 1;
  state.left[conversation] = world.effort[world.rounds[conversation] + state.round[conversation]];
  const agent = state.holder[conversation];
  if (scenario.desk.hand_back && state.availability[agent] === 'offline') queue(state, ground, conversation);
  else hold(state, world, conversation, agent);
}

function becomes(state: LaneState, ground: Ground, agent: number, to: Availability): void {
  const { world, scenario } = ground;
  if (state.availability[agent] === to) return;
  count(state, agent);
  if (to !== 'online') pause(state, agent);
  state.availability[agent] = to;
  for (const team of state.settings.teamsOf[agent]) state.changed[team] = MEMBERS;
  if (to === 'online') begin(state, world, agent);
  if (to === 'offline' && scenario.desk.hand_back) {
    for (const conversation of state.inbox[agent].splice(0)) queue(state, ground, conversation);
  }
}

function loadChanges(state: LaneState, agent: number): void {
  count(state, agent);
  for (const team of state.settings.teamsOf[agent]) state.changed[team] = Math.max(state.changed[team], LOADS);
}

/** Counts an agent's time up to now; called before anything about them changes. */
function count(state: LaneState, agent: number): void {
  if (state.availability[agent] === 'online') {
    const time = state.now - state.countedTo[agent];
    state.there[agent] += time;
    if (state.inbox[agent].length === 0) state.idle[agent] += time;
  }
  state.countedTo[agent] = state.now;
}

function sample(state: LaneState): void {
  const { samples, queues } = state.records;
  let distance = 0;
  let gaps = 0;
  let compared = 0;
  state.settings.teams.forEach(({ members }, i) => {
    const { owed, received } = state.fairness[i];
    let most = -1;
    let least = Infinity;
    let there = 0;
    for (const agent of members) {
      distance = Math.max(distance, Math.abs(received[agent] - owed[agent]));
      if (state.availability[agent] !== 'online') continue;
      there += 1;
      most = Math.max(most, state.inbox[agent].length);
      least = Math.min(least, state.inbox[agent].length);
    }
    if (there >= 2) {
      gaps += most - least;
      compared += 1;
    }
    queues[i].push(state.queues[i]);
  });
  samples.distance.push(distance);
  samples.spread.push(compared === 0 ? -1 : gaps / compared);
  samples.there.push(state.availability.filter((one) => one === 'online').length);
}
