// A lane at one moment: plain data, so that a copy is another run from here.

import type { Bottleneck, Waiting } from 'evenhand';
import TinyQueue from 'tinyqueue';
import { copyFairness, type TeamFairness } from './fairness.ts';
import type { Lost } from './lost.ts';
import type { Availability } from './policy.ts';
import type { Records } from './records.ts';
import type { Settings } from './settings.ts';
import type { World } from './world.ts';

/** Where a conversation is. */
export const AWAITED = 0;
export const WAITS = 1;
export const HELD = 2;
/** The customer's turn: it counts in nobody's load. */
export const ANSWERED = 3;
export const ENDED = 4;

/** What may have changed of a team since the engine last looked. */
export const NOTHING = 0;
export const LOADS = 1;
export const MEMBERS = 2;

export interface Event {
  at: number;
  kind: 'done' | 'writes' | 'pick';
  /** The agent who is done, or the conversation. */
  who: number;
  /** Which piece of work is done; after a break it is another one. */
  work: number;
}

export interface LaneState {
  /** Everything before this is done. */
  now: number;

  // By conversation.
  status: Uint8Array;
  /** Who has or had it; -1: nobody, it waits. */
  holder: Int32Array;
  round: Uint8Array;
  queuedAt: Float64Array;
  /** Milliseconds of work on the answer of this round. */
  left: Float64Array;
  /** How long it took until somebody first began with it; -1: nobody yet. */
  answeredAfter: Float64Array;
  /** 1: a tick left it waiting while somebody was free. */
  leftWhileFree: Uint8Array;
  /** Those that wait, in the order in which they came. */
  waiting: number[];

  // By agent.
  availability: Availability[];
  /** What they hold, in the order in which they got it; its length is their load. */
  inbox: number[][];
  /** Since when they work on the first of it; -1: they do not. */
  workSince: Float64Array;
  work: Int32Array;
  /** Milliseconds at work, and of these with nothing to do, up to `countedTo`. */
  there: Float64Array;
  idle: Float64Array;
  countedTo: Float64Array;

  // By team.
  /** How many wait. */
  queues: Int32Array;
  /** The text of the cursor, without its sets. */
  cursors: (string | undefined)[];
  /** The text of the cursor's sets, which are of the last plan only. */
  sets: (string | undefined)[];
  /** What changed since the engine last looked: nothing, the queue or the members' loads, or who may take anything at all. */
  changed: Uint8Array;
  /** Why conversations waited at the last tick. */
  why: (Waiting | undefined)[];
  fairness: TeamFairness[];

  lost: Lost[];
  /** What held back those who waited at the last tick, where the most is served. */
  bottlenecks: readonly Bottleneck[];
  settings: Settings;
  events: TinyQueue<Event>;
  /** Ticks in which there was something to ask the engine, and claims for which a person was faster. */
  counts: { asked: number; lostClaims: number };
  interval: number;
  nextTick: number;
  nextSample: number;
  /** What comes next of the scenario's acts and the world's changes and arrivals. */
  next: { act: number; change: number; arrival: number };
  records: Records;
}

const order = (a: Event, b: Event) => a.at - b.at || (a.kind < b.kind ? -1 : Number(a.kind > b.kind)) || a.who - b.who || a.work - b.work;

export const createEvents = (events: Event[]) => new TinyQueue(events, order);

export function createConversations(count: number) {
  return {
    status: new Uint8Array(count),
    holder: new Int32Array(count).fill(-1),
    round: new Uint8Array(count),
    queuedAt: new Float64Array(count),
    left: new Float64Array(count),
    answeredAfter: new Float64Array(count).fill(-1),
    leftWhileFree: new Uint8Array(count),
  };
}

/** Returns a copy that goes its own way, with these records. */
export function copyState(state: LaneState, records: Records): LaneState {
  return {
    now: state.now,
    status: state.status.slice(),
    holder: state.holder.slice(),
    round: state.round.slice(),
    queuedAt: state.queuedAt.slice(),
    left: state.left.slice(),
    answeredAfter: state.answeredAfter.slice(),
    leftWhileFree: state.leftWhileFree.slice(),
    waiting: [...state.waiting],
    availability: [...state.availability],
    inbox: state.inbox.map((list) => [...list]),
    workSince: state.workSince.slice(),
    work: state.work.slice(),
    there: state.there.slice(),
    idle: state.idle.slice(),
    countedTo: state.countedTo.slice(),
    queues: state.queues.slice(),
    cursors: [...state.cursors],
    sets: [...state.sets],
    changed: state.changed.slice(),
    why: [...state.why],
    fairness: state.fairness.map(copyFairness),
    lost: [...state.lost],
    bottlenecks: state.bottlenecks,
    settings: state.settings,
    events: createEvents([...state.events.data]),
    counts: { ...state.counts },
    interval: state.interval,
    nextTick: state.nextTick,
    nextSample: state.nextSample,
    next: { ...state.next },
    records,
  };
}

/** Moves `state` into a world that is the same until now and another one from now on. */
export function moveTo(state: LaneState, world: World): void {
  const fresh = createConversations(world.ids.length);
  for (const key of Object.keys(fresh) as (keyof typeof fresh)[]) fresh[key].set(state[key].subarray(0, state.next.arrival));
  Object.assign(state, fresh);
  const change = world.changes.findIndex(({ at }) => at >= state.now);
  state.next.change = change < 0 ? world.changes.length : change;
}
