// What the page and the worker say to each other. Only the worker knows the engine and the simulation; the
// page gets small frames, and typed arrays of what is new since the last one.

import type { Policy } from '../sim/policy.ts';
import type { History } from '../sim/history.ts';
import type { Measures } from '../sim/measures.ts';
import type { Act, Scenario } from '../sim/scenario.ts';
import type { TeamSettings } from '../sim/settings.ts';
import type { Bottleneck, WaitReason, Gate } from 'evenhand';

export type Order =
  /** Begins a scenario, and goes to a moment of it. */
  | { what: 'open'; scenario: unknown; at: number }
  | { what: 'play'; on: boolean }
  /** So many times as fast as the clock on the wall. */
  | { what: 'speed'; factor: number }
  | { what: 'tick' }
  | { what: 'jump'; at: number }
  /** Somebody does something now. */
  | { what: 'act'; act: Doing }
  | { what: 'undo' }
  /** Of which team shares are to be shown; -1: of all together. */
  | { what: 'look'; team: number }
  /** The page has painted the last frame and can take another. */
  | { what: 'painted' }
  | { what: 'ask'; id: number; question: Question };

/** An act that gets its moment from the worker: the page's clock is always a little behind. */
export type Doing = Act extends infer One ? One extends Act ? Omit<One, 'at'> : never : never;

/** What the page asks for once; the answer is `Answers[kind]`. */
export type Question =
  | { kind: 'history'; lane: number; conversation: number }
  /** Those that wait for a team, the oldest first, at most 200. */
  | { kind: 'waiting'; lane: number; team: number }
  | { kind: 'policy'; lane: number }
  | { kind: 'digest' };

export interface Answers {
  history: History;
  waiting: { conversation: number; id: string; since: number }[];
  policy: Policy;
  digest: string;
}

export type Report =
  | Opened
  | Frame
  | { what: 'answer'; id: number; value: unknown }
  | { what: 'failed'; id?: number; failure: Failure };

/** Something that did not work; `path` is where in the document of the kind `of`. */
export interface Failure {
  code: string;
  message: string;
  path?: string;
  of?: 'scenario' | 'snapshot';
  document?: string;
}

/** The scenario as it is from now on: after it was opened, and after every act and undo. */
export interface Opened {
  what: 'opened';
  scenario: Scenario;
  end: number;
  /** What undo takes away. */
  last?: Act;
  /** Who is there when, whatever a policy does; in the order of time, availabilities by their place in `AVAILABILITIES`. */
  changes: { at: Float64Array; agent: Int32Array; to: Uint8Array };
}

export interface Frame {
  what: 'frame';
  now: number;
  playing: boolean;
  /** Where a jump goes that is still on its way. */
  goal: number | undefined;
  lanes: LaneFrame[];
}

export interface LaneFrame {
  /** By agent. */
  load: Int32Array;
  /** By its place in `AVAILABILITIES`. */
  availability: Uint8Array;
  /** The most that they may hold; infinite where there is no limit. */
  limit: Float64Array;
  /** In the team that is looked at, or in all together. */
  received: Float64Array;
  owed: Float64Array;
  teams: TeamFrame[];
  bottlenecks: readonly Bottleneck[];
  /** Taken now and then, since they look at everything there was; absent where they are as before. */
  measures?: Measures;
  log: LogPart;
  samples: SamplesPart;
}

export interface TeamFrame {
  queue: number;
  /** Why conversations waited at the last tick. */
  why?: { why: WaitReason; passedOver: { why: Gate; members: number }[] };
  rule: TeamSettings['rule'];
  limit: number;
}

/** What was handed out, from the entry `from` on; what the page had from there on is no longer so. */
export interface LogPart {
  from: number;
  at: Float64Array;
  conversation: Int32Array;
  team: Int32Array;
  agent: Int32Array;
  waited: Float64Array;
  /** `BY_TURN` or `BY_HAND`. */
  how: Uint8Array;
  /** How many in a row of its team it made for them. */
  run: Int32Array;
}

/** One value a minute, from the minute `from` on. */
export interface SamplesPart {
  from: number;
  distance: Float64Array;
  there: Int32Array;
  /** By team. */
  queues: Int32Array[];
}
