// A run: the lanes of a scenario side by side, forwards and backwards in time.

import { historyOf, type History } from './history.ts';
import { advance, createLane, type Ground } from './lane.ts';
import { measure, sharesOf, type Measures, type Share } from './measures.ts';
import type { Policy } from './policy.ts';
import { firstOf, lengthsOf, noRecords, type Lengths } from './records.ts';
import { readScenario, type Act, type Scenario } from './scenario.ts';
import { policyOf } from './settings.ts';
import { copyState, moveTo, type LaneState } from './state.ts';
import { snapshotOf } from './tick.ts';
import { DAY, HOUR } from './time.ts';
import { createWorld, type World } from './world.ts';

interface Checkpoint {
  at: number;
  lanes: { state: LaneState; lengths: Lengths }[];
}

const MOST_CHECKPOINTS = 24;

/** Begins a run of a checked scenario, at 0. Nothing has happened yet. */
export function createRun(scenario: Scenario, options: { whole?: boolean } = {}): Run {
  return new Run(scenario, options.whole ?? false);
}

export class Run {
  #scenario: Scenario;
  #world: World;
  #lanes: LaneState[];
  #now = 0;
  /** In the order of time; the first is the beginning. */
  #checkpoints: Checkpoint[] = [];
  /** Acts in the order in which they were added, for undo. */
  #added: Act[];
  readonly #whole: boolean;

  constructor(scenario: Scenario, whole: boolean) {
    this.#scenario = scenario;
    this.#whole = whole;
    this.#world = createWorld(scenario);
    this.#lanes = scenario.lanes.map((_, lane) => createLane(this.#ground(lane)));
    this.#added = [...scenario.acts];
    this.#keep();
  }

  /** The scenario as it is by now, acts included: from it this very run follows again. */
  get scenario(): Scenario {
    return this.#scenario;
  }

  get world(): World {
    return this.#world;
  }

  /** Everything before this moment has happened. */
  get now(): number {
    return this.#now;
  }

  get end(): number {
    return this.#scenario.days * DAY;
  }

  /** When the next tick is. */
  get nextTick(): number {
    return this.#lanes[0].nextTick;
  }

  /** A lane as it is: to be read, and not to be kept, since it moves on. */
  lane(lane: number): LaneState {
    return this.#lanes[lane];
  }

  /** Lets everything happen that happens before `at`, but not beyond the end. Throws `Refused`. */
  advanceTo(at: number): void {
    const to = Math.min(at, this.end);
    const every = Math.max(HOUR, this.end / MOST_CHECKPOINTS);
    while (this.#now < to) {
      const last = this.#checkpoints.at(-1)!.at;
      const until = Math.min(to, last + every);
      this.#lanes.forEach((state, lane) => advance(state, this.#ground(lane), until));
      this.#now = until;
      if (until === last + every) this.#keep();
    }
  }

  /** Goes on until the next tick is done. */
  tick(): void {
    this.advanceTo(this.nextTick + 1);
  }

  /** Goes to a moment, be it past or to come. */
  jumpTo(at: number): void {
    this.rewind(at);
    this.advanceTo(at);
  }

  /** Adds what somebody does, now or at any other moment; what was after it is run again. Throws `Invalid`. */
  act(act: Act): void {
    const place = this.#scenario.acts.findLastIndex(({ at }) => at <= act.at) + 1;
    this.#setActs(this.#scenario.acts.toSpliced(place, 0, act), act.at);
    this.#added.push(this.#scenario.acts[place]);
  }

  /** The act that undo takes away. */
  get lastAct(): Act | undefined {
    return this.#added.at(-1);
  }

  /** Takes away the act that was added last, and returns it; `undefined` where there is none. */
  undo(): Act | undefined {
    const act = this.lastAct;
    if (!act) return undefined;
    this.#setActs(this.#scenario.acts.filter((one) => one !== act), act.at);
    this.#added.pop();
    return act;
  }

  measures(lane: number): Measures {
    return measure(this.#lanes[lane], this.#ground(lane));
  }

  shares(lane: number): Share[] {
    return sharesOf(this.#lanes[lane]);
  }

  /** Returns what a lane's policy is by now, for the configuration of a host. */
  policy(lane: number): Policy {
    return policyOf(this.#scenario, lane, this.#scenario.acts.slice(0, this.#lanes[lane].next.act));
  }

  /** Returns the text of the snapshot that a host would take now. */
  snapshot(lane: number): string {
    return snapshotOf(this.#lanes[lane], this.#ground(lane));
  }

  /**
   * Returns what has happened to a conversation until now: each tick at which it waited and why, who was
   * passed over, who took it. The time from before it came is run again to find out.
   */
  history(lane: number, conversation: number): History {
    const from = this.#checkpoints.findLast(({ at }) => at <= this.#world.at[conversation])!;
    const state = copyState(from.lanes[lane].state, noRecords(this.#scenario.desk.teams.length));
    moveTo(state, this.#world);
    return historyOf(state, this.#ground(lane), conversation, this.#now);
  }

  /** Returns a SHA-256, in hexadecimal, over everything that was handed out, measured and remembered. */
  async digest(): Promise<string> {
    const text = JSON.stringify(this.#lanes.map(({ records, cursors, sets, lost }, lane) => {
      const { counts, ...measures } = this.measures(lane);
      return [records, cursors, sets, lost, { ...measures, shares: this.shares(lane), counts }];
    }));
    const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
  }

  #ground(lane: number): Ground {
    return { scenario: this.#scenario, lane, world: this.#world, whole: this.#whole };
  }

  #keep(): void {
    const lanes = this.#lanes.map((state) => ({ state: copyState(state, noRecords(0)), lengths: lengthsOf(state.records) }));
    this.#checkpoints.push({ at: this.#now, lanes });
  }

  /** Goes back to the last checkpoint until `at`; nowhere, where `at` is to come. */
  rewind(at: number): void {
    if (at >= this.#now) return;
    this.#checkpoints.length = this.#checkpoints.findLastIndex((one) => one.at <= at) + 1;
    const checkpoint = this.#checkpoints.at(-1)!;
    this.#lanes = checkpoint.lanes.map(({ state, lengths }, lane) => copyState(state, firstOf(this.#lanes[lane].records, lengths)));
    for (const state of this.#lanes) moveTo(state, this.#world);
    this.#now = checkpoint.at;
  }

  /** Everything before `from` stays as it was. */
  #setActs(acts: Act[], from: number): void {
    const scenario = readScenario({ ...this.#scenario, acts });
    // The acts are those that undo knows.
    this.#scenario = { ...scenario, acts };
    this.#world = createWorld(this.#scenario);
    const { now } = this;
    if (from < now) this.rewind(from);
    else for (const state of this.#lanes) moveTo(state, this.#world);
    this.advanceTo(now);
  }
}
