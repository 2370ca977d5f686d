// What happens whatever a policy does: who writes when and how long the answers take, who is there.
// Both lanes live in one world, so that every difference between them is the policies'.
//
// Every draw has a key of its own (seed, what, whom, which day). An act therefore changes what it is
// about and nothing else, and what was before it stays as it was.

import { chance, type Chance } from './chance.ts';
import type { Availability } from './policy.ts';
import type { Act, Desk, Scenario } from './scenario.ts';
import { DAY, HOUR, MINUTE, timeOfDay } from './time.ts';

/** Somebody's availability from a moment on. */
export interface Change {
  at: number;
  agent: number;
  to: Availability;
}

/** Conversations are numbers, in the order in which they come; agents and teams by their place in the desk. */
export interface World {
  ids: string[];
  at: Float64Array;
  team: Int32Array;
  /** Where the conversation's rounds begin in `effort` and `gap`; one more at the end. */
  rounds: Int32Array;
  /** How long the answer of a round takes. */
  effort: Float64Array;
  /** How long after the answer of a round the customer writes again; nothing follows the last one. */
  gap: Float64Array;
  /** When somebody would pick it by hand if it still waits; infinite: nobody. */
  pickAt: Float64Array;
  /** Who of those that are there then, from 0 to below 1. */
  pickWho: Float64Array;
  /** In the order of time. Before the first everybody is offline. */
  changes: Change[];
}

interface Arrival {
  id: string;
  at: number;
  team: number;
  rounds: { effort: number; gap: number }[];
  pickAt: number;
  pickWho: number;
}

const MOST_ROUNDS = 20;

export function createWorld(scenario: Scenario): World {
  const { desk, acts } = scenario;
  const arrivals = desk.teams.flatMap((_, team) => [...ordinary(scenario, team), ...surges(scenario, team)]);
  arrivals.sort((a, b) => a.at - b.at || a.team - b.team || (a.id < b.id ? -1 : 1));
  const rounds = arrivals.flatMap((one) => one.rounds);
  const starts = new Int32Array(arrivals.length + 1);
  arrivals.forEach((one, i) => (starts[i + 1] = starts[i] + one.rounds.length));
  return {
    ids: arrivals.map(({ id }) => id),
    at: Float64Array.from(arrivals, ({ at }) => at),
    team: Int32Array.from(arrivals, ({ team }) => team),
    rounds: starts,
    effort: Float64Array.from(rounds, ({ effort }) => effort),
    gap: Float64Array.from(rounds, ({ gap }) => gap),
    pickAt: Float64Array.from(arrivals, ({ pickAt }) => pickAt),
    pickWho: Float64Array.from(arrivals, ({ pickWho }) => pickWho),
    changes: availabilities(scenario, acts),
  };
}

/** Returns the mean number of conversations of an hour. */
function mean(desk: Desk, team: number, hour: number): number {
  const sum = desk.rhythm.reduce((a, b) => a + b, 0);
  return sum === 0 ? 0 : desk.teams[team].per_day * desk.week[Math.floor(hour / 24) % 7] * (desk.rhythm[hour % 24] / sum);
}

function ordinary({ desk, seed, days }: Scenario, team: number): Arrival[] {
  const { id } = desk.teams[team];
  return Array.from({ length: days }, (_, day) => {
    const random = chance(seed, 'arrivals', id, day);
    const times: number[] = [];
    for (let hour = day * 24; hour < (day + 1) * 24; hour += 1) spread(random, times, hour * HOUR, (hour + 1) * HOUR, mean(desk, team, hour));
    return written(desk, team, times, random, `${id}-${day + 1}`);
  }).flat();
}

/** What comes on top of the ordinary. */
function surges({ desk, seed, days, acts }: Scenario, team: number): Arrival[] {
  const { id } = desk.teams[team];
  return acts.flatMap((act) => {
    if (act.what !== 'surge' || act.team !== id) return [];
    const random = chance(seed, 'surge', id, act.at);
    const times: number[] = [];
    const end = Math.min(act.at + Math.round(act.minutes * MINUTE), days * DAY);
    for (let from = act.at; from < end; ) {
      const hour = Math.floor(from / HOUR);
      const to = Math.min((hour + 1) * HOUR, end);
      spread(random, times, from, to, mean(desk, team, hour) * (act.factor - 1) * ((to - from) / HOUR));
      from = to;
    }
    return written(desk, team, times, random, `${id}-surge-${act.at}`);
  });
}

/** Adds so many moments on average between two. */
function spread(random: Chance, times: number[], from: number, to: number, mean: number): void {
  if (mean === 0) return;
  for (let n = random.count(mean); n > 0; n -= 1) times.push(from + Math.floor(random.fraction() * (to - from)));
}

function written(desk: Desk, team: number, times: number[], random: Chance, name: string): Arrival[] {
  const { handling, reopen, by_hand } = desk.teams[team];
  const effort = () => Math.max(1, Math.round(random.effort(handling.median_minutes * MINUTE, handling.sigma)));
  times.sort((a, b) => a - b);
  return times.map((at, n) => {
    const rounds = [{ effort: effort(), gap: 0 }];
    while (random.fraction() < reopen.rate && rounds.length < MOST_ROUNDS) {
      rounds.at(-1)!.gap = Math.max(1, Math.round(random.effort(reopen.median_minutes * MINUTE, reopen.sigma ?? 0.8)));
      rounds.push({ effort: effort(), gap: 0 });
    }
    const picked = random.fraction() < by_hand.share;
    const after = Math.round(random.wait(by_hand.mean_minutes * MINUTE));
    return { id: `${name}-${n + 1}`, at, team, rounds, pickAt: picked ? at + after : Infinity, pickWho: random.fraction() };
  });
}

/** A stretch of time in which somebody's availability is another one than their shift's. */
interface Exception {
  from: number;
  to: number;
  of: (ordinarily: Availability) => Availability;
}

function availabilities(scenario: Scenario, acts: Act[]): Change[] {
  const { desk } = scenario;
  const changes = desk.agents.flatMap(({ id, shift }, agent) => {
    // What is worked from when on: the shift, and then those that somebody changed it to.
    const shifts = [{ from: 0, shift }];
    const exceptions: Exception[] = [];
    for (const act of acts) {
      if (act.what === 'shift' && act.agents.includes(id)) shifts.push({ from: act.at, shift: act.shift });
      if (act.what === 'availability' && act.agent === id) {
        const to = act.minutes === undefined ? (Math.floor(act.at / DAY) + 1) * DAY : act.at + Math.round(act.minutes * MINUTE);
        exceptions.push({ from: act.at, to, of: () => act.availability });
      }
      if (act.what === 'lunch' && (act.team === undefined || isMember(desk, acts, act.team, id, act.at))) {
        const to = act.at + Math.round(act.minutes * MINUTE);
        exceptions.push({ from: act.at, to, of: (ordinarily) => (ordinarily === 'offline' ? ordinarily : 'away_manual') });
      }
    }
    const plain = shifts.flatMap(({ from, shift: name }, i) => {
      const all = worked(scenario, id, name);
      const before = all.findLast(({ at }) => at <= from);
      const own = all.filter(({ at }) => at > from && at < (shifts[i + 1]?.from ?? Infinity));
      return [{ at: from, to: before?.to ?? 'offline' }, ...own];
    });
    return withExceptions(plain, exceptions).map((change) => ({ ...change, agent }));
  });
  return changes.sort((a, b) => a.at - b.at || a.agent - b.agent);
}

/** Returns whether somebody is in a team once the acts until `at` are done. */
function isMember(desk: Desk, acts: Act[], team: string, agent: string, at: number): boolean {
  const last = acts.findLast((act) => act.what === 'member' && act.at <= at && act.team === team && act.agent === agent);
  if (last?.what === 'member') return last.in;
  return desk.teams.find(({ id }) => id === team)!.members.includes(agent);
}

type Status = { at: number; to: Availability };

/** Returns what an agent does on a shift, every day of the scenario. */
function worked({ desk, seed, days }: Scenario, agent: string, name: string): Status[] {
  const shift = desk.shifts.find(({ id }) => id === name)!;
  const changes: Status[] = [];
  for (let day = 0; day < days; day += 1) {
    const random = chance(seed, 'shift', agent, day);
    const comes = random.fraction() >= desk.absent;
    const jitter = () => Math.round((2 * random.fraction() - 1) * desk.jitter_minutes * MINUTE);
    const begin = day * DAY + timeOfDay(shift.from) + jitter();
    const length = (timeOfDay(shift.to) - timeOfDay(shift.from) + DAY) % DAY;
    const end = begin + length + jitter();
    const aside: { from: number; to: number; availability: Availability }[] = [];
    if (shift.lunch !== undefined) {
      const from = begin + ((timeOfDay(shift.lunch) - timeOfDay(shift.from) + DAY) % DAY) + jitter();
      aside.push({ from, to: from + Math.round(shift.lunch_minutes * MINUTE), availability: 'away_manual' });
    }
    for (let i = 0; i < desk.breaks.per_shift; i += 1) {
      // One in each stretch of the shift.
      const from = begin + Math.round(((i + random.fraction()) / desk.breaks.per_shift) * length);
      aside.push({ from, to: from + Math.round(desk.breaks.minutes * MINUTE), availability: 'away' });
    }
    if (!comes || !shift.days.includes((day % 7) + 1)) continue;
    const there = aside.filter(({ from }) => from > begin && from < end);
    changes.push(...withExceptions(
      [{ at: Math.max(0, begin), to: 'online' }, { at: end, to: 'offline' }],
      there.map(({ from, to, availability }) => ({ from, to: Math.min(to, end), of: () => availability })),
    ));
  }
  return changes.sort((a, b) => a.at - b.at);
}

/** Returns `plain`, in the order of time, with what the exceptions make of it; a later one comes on top. */
function withExceptions(plain: Status[], exceptions: Exception[]): Status[] {
  const times = [...plain.map(({ at }) => at), ...exceptions.flatMap(({ from, to }) => [from, to])];
  const result: Status[] = [];
  let next = 0;
  let ordinarily: Availability = 'offline';
  let now: Availability | undefined;
  for (const at of new Set(times.sort((a, b) => a - b))) {
    while (next < plain.length && plain[next].at <= at) ordinarily = plain[next++].to;
    let to = ordinarily;
    for (const exception of exceptions) if (exception.from <= at && at < exception.to) to = exception.of(to);
    if (to !== now) result.push({ at, to });
    now = to;
  }
  return result;
}
