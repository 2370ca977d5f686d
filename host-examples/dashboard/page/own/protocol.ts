// What the page and the worker for one's own desk say to each other: a call, how far it is, an answer.

import type { AssignReason, Bottleneck, Explanation, WaitReason, Waiting } from 'evenhand';
import type { Policy } from '../../sim/policy.ts';
import type { Place } from './place.ts';

export type Call =
  /** Files that somebody dropped: a recording, a snapshot, a scenario or a policy. */
  | { what: 'files'; files: File[]; policy: Policy | undefined }
  | { what: 'snapshot'; text: string; policy: Policy | undefined }
  /** What was opened last, under another policy: as a text that somebody wrote. */
  | { what: 'policy'; text: string }
  | { what: 'tick'; line: number }
  | { what: 'why'; line: number; conversation: string }
  | { what: 'csv' };

export interface Answers {
  files: Compared | { kind: 'scenario'; scenario: unknown } | { kind: 'policy'; policy: Policy };
  snapshot: Compared;
  policy: Compared | { kind: 'policy'; policy: Policy };
  tick: TickDetail;
  why: { recorded: Explanation; other: Explanation };
  csv: Blob;
}

export type Report =
  | { id: number; ticks: number }
  | { id: number; answer: unknown }
  | { id: number; failure: OwnFailure };

export interface OwnFailure {
  code: string;
  message: string;
  /** A JSON Pointer into the document, and where that is. */
  path?: string;
  place?: Place;
  /** The file, or what kind of document, that it is about. */
  file?: string;
}

/** A recording, or one snapshot, held against a policy. */
export interface Compared {
  kind: 'recording' | 'snapshot';
  name: string;
  policy: Policy;
  lines: Line[];
  sums: Sums;
  teams: string[];
  /** Conversations, each counted where it first went: as recorded and under the policy. */
  agents: { agent: string; recorded: number; other: number }[];
  /** The engine's answer to the only snapshot, and to it under the policy. */
  plans?: { plan: unknown; other: unknown };
}

export interface Sums {
  ticks: number;
  decisions: number;
  /** Gone to somebody else, waiting instead of going to somebody, going to somebody instead of waiting. */
  otherAgent: number;
  nowWaits: number;
  nowAssigned: number;
  /** Ticks that decided nothing that can be compared, and lines that could not be read. */
  leftOut: number;
  faults: number;
}

/** One line of a recording. */
export type Line =
  | { what: 'written'; tick: number; time: string; decisions: number; differ: number }
  /** Another host wrote first; whether it was written is not known. */
  | { what: 'overtaken' | 'unknown'; tick: number; time: string }
  | { what: 'refused'; tick: number; time: string }
  | { what: 'cut' | 'damaged'; file: string; line: number };

export interface Side {
  agent: string | null;
  why: AssignReason | WaitReason;
}

export interface Pair {
  conversation: string;
  team: string;
  recorded: Side;
  other: Side;
}

/** Whether somebody else takes it, or it waits on one side only. */
export const differs = ({ recorded, other }: Pair) => recorded.agent !== other.agent;

/** A pair in a table, and the names of its columns. */
export const COLUMNS = ['conversation', 'team', 'recorded_agent', 'recorded_why', 'other_agent', 'other_why'];
export const cellsOf = ({ conversation, team, recorded, other }: Pair) => [conversation, team, recorded.agent, recorded.why, other.agent, other.why];

export interface TickDetail {
  pairs: Pair[];
  waiting: { recorded: readonly Waiting[]; other: readonly Waiting[] };
  bottlenecks: { recorded: readonly Bottleneck[]; other: readonly Bottleneck[] };
  /** Why the snapshot was refused. */
  refused?: OwnFailure;
}
