// What a lane is measured by, each in a sentence that the page and the terminal show beside the number.

import { mean, quantileSorted } from 'd3-array';
import type { Ground } from './lane.ts';
import { BY_HAND } from './records.ts';
import { ENDED, type LaneState } from './state.ts';

/** Milliseconds, over everything there was until now; `undefined` where there was nothing yet. */
export interface Waits {
  median: number | undefined;
  p90: number | undefined;
  p99: number | undefined;
  /** How many waits these are of, and how many of them go on. */
  count: number;
  still: number;
}

/** What somebody got and was owed in one team, in conversations. */
export interface Share {
  agent: number;
  team: number;
  received: number;
  owed: number;
}

/** Who and where: agents and teams by their place in the desk, -1 where there was nothing yet. */
export interface Extreme {
  value: number;
  agent: number;
  team: number;
  at: number;
}

export interface Measures {
  distance: Extreme;
  run: Extreme;
  wait: Waits;
  answer: Waits;
  leftWhileFree: number;
  /** `undefined` while there was nobody to compare. */
  spread: number | undefined;
  /** From 0 to 1; `undefined` while nobody was there. */
  idle: number | undefined;
  /** Conversations that came, were assigned by the engine, picked by hand, wait, are with somebody, or are over. */
  counts: { arrived: number; assigned: number; byHand: number; waiting: number; held: number; ended: number; lostClaims: number };
}

export function measure(state: LaneState, { world }: Ground): Measures {
  const { log, samples } = state.records;
  const arrived = state.next.arrival;
  const extreme = (list: { value: number; agent: number; at: number }[]): Extreme =>
    list.map((one, team) => ({ ...one, team: one.agent < 0 ? -1 : team })).reduce((a, b) => (b.value > a.value ? b : a));
  const unanswered: number[] = [];
  for (let i = 0; i < arrived; i += 1) if (state.answeredAfter[i] < 0) unanswered.push(state.now - world.at[i]);
  const byHand = log.how.filter((how) => how === BY_HAND).length;
  const spreads = samples.spread.filter((spread) => spread >= 0);
  const [there, idle] = times(state);
  const none = { value: 0, agent: -1, team: -1, at: 0 };
  const { fairness } = state;
  return {
    distance: fairness.length === 0 ? none : extreme(fairness.map(({ worst: { distance, agent, at } }) => ({ value: distance, agent, at }))),
    run: fairness.length === 0 ? none : extreme(fairness.map(({ longest: { length, agent, at } }) => ({ value: length, agent, at }))),
    wait: waits(log.waited, state.waiting.map((conversation) => state.now - state.queuedAt[conversation])),
    answer: waits([...state.answeredAfter.subarray(0, arrived)].filter((time) => time >= 0), unanswered),
    leftWhileFree: state.leftWhileFree.reduce((sum, one) => sum + one, 0),
    spread: mean(spreads),
    idle: there === 0 ? undefined : idle / there,
    counts: {
      arrived,
      assigned: log.at.length - byHand,
      byHand,
      waiting: state.waiting.length,
      held: state.inbox.reduce((sum, list) => sum + list.length, 0),
      ended: state.status.reduce((sum, status) => sum + Number(status === ENDED), 0),
      lostClaims: state.counts.lostClaims,
    },
  };
}

/** Returns what everybody got and was owed, team by team. By itself: of a large desk it is long, and most ask for the rest. */
export function sharesOf({ fairness }: LaneState): Share[] {
  const shares: Share[] = [];
  fairness.forEach(({ received, owed }, team) => owed.forEach((part, agent) => {
    if (received[agent] > 0 || part > 0) shares.push({ agent, team, received: received[agent], owed: part });
  }));
  return shares;
}

/** Returns how long all agents together were there, and had nothing to do, until now. */
function times(state: LaneState): [there: number, idle: number] {
  let there = 0;
  let idle = 0;
  state.availability.forEach((availability, agent) => {
    const since = availability === 'online' ? state.now - state.countedTo[agent] : 0;
    there += state.there[agent] + since;
    idle += state.idle[agent] + (state.inbox[agent].length === 0 ? since : 0);
  });
  return [there, idle];
}

/** Waits that go on count with what they have come to: else a lane would look better by never ending them. */
function waits(over: number[], still: number[]): Waits {
  const sorted = Array.from(Float64Array.from(over.concat(still)).sort());
  const at = (p: number) => quantileSorted(sorted, p);
  return { median: at(0.5), p90: at(0.9), p99: at(0.99), count: sorted.length, still: still.length };
}

/** How a number is written. */
type Unit = 'conversations' | 'time' | 'share';

/** A measure as people read it; of all of them less is better. */
export interface Definition {
  id: string;
  name: string;
  /** What several numbers are of; they share a sentence. */
  of?: string;
  /** What it means, for somebody who runs a support team. */
  sentence: string;
  unit: Unit;
  value: (measures: Measures) => number | undefined;
}

function quantiles(id: 'wait' | 'answer', name: string, sentence: string): Definition[] {
  const parts = { median: 'median', p90: '90 %', p99: '99 %' } as const;
  return (['median', 'p90', 'p99'] as const).map((part) => ({
    id: `${id}_${part}`,
    name: `${name}, ${parts[part]}`,
    of: name,
    sentence: `${sentence}: for half of them no longer than the median, for 90 and 99 of 100 no longer than the other two. One that still waits counts with its wait so far.`,
    unit: 'time',
    value: (measures) => measures[id][part],
  }));
}

export const DEFINITIONS: readonly Definition[] = [
  {
    id: 'distance',
    name: 'Worst distance from the fair share',
    sentence: 'The most conversations that anybody ever was above or below their fair share of a team: of each one that is handed out, everybody who could have taken it is owed an equal part, or a part by weight.',
    unit: 'conversations',
    value: ({ distance }) => distance.value,
  },
  {
    id: 'run',
    name: 'Longest run to one person',
    sentence: 'The most conversations of a team in a row that one person got while a colleague could have taken them.',
    unit: 'conversations',
    value: ({ run }) => run.value,
  },
  ...quantiles('wait', 'Wait until assigned', 'How long a conversation is in the queue until somebody has it, each time that it is there'),
  ...quantiles('answer', 'Wait until answered', 'How long it takes from when a conversation comes in until somebody begins to answer'),
  {
    id: 'left_while_free',
    name: 'Waited while somebody was free',
    sentence: 'Conversations that were left waiting although somebody in the team was there and below their limit.',
    unit: 'conversations',
    value: ({ leftWhileFree }) => leftWhileFree,
  },
  {
    id: 'spread',
    name: 'Load spread',
    sentence: 'How many more open conversations the busiest of a team has than the least busy of those who are there, on average over teams and minutes.',
    unit: 'conversations',
    value: ({ spread }) => spread,
  },
  {
    id: 'idle',
    name: 'Idle time',
    sentence: 'The part of the time at work in which people had nothing to do.',
    unit: 'share',
    value: ({ idle }) => idle,
  },
];

/** The sentence for the table of shares. */
export const SHARES = 'What each person got, what they were owed (their part of every conversation that they could have taken), and how far the two are from each other in the team where that is most.';

/** Returns the sum over the teams of what somebody got and was owed, by agent. */
export function byAgent(shares: readonly Share[], agents: number): { received: number; owed: number; farthest: number }[] {
  const result = Array.from({ length: agents }, () => ({ received: 0, owed: 0, farthest: 0 }));
  for (const { agent, received, owed } of shares) {
    result[agent].received += received;
    result[agent].owed += owed;
    result[agent].farthest = Math.max(result[agent].farthest, Math.abs(received - owed));
  }
  return result;
}

