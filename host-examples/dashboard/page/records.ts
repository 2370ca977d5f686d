// The page's own copy of what a lane wrote down; it grows by what each frame brings.

import type { LogPart, SamplesPart } from './protocol.ts';

type Numbers = Float64Array | Int32Array | Uint8Array;

/** A typed array that grows at its end. */
class Column<T extends Numbers> {
  #values: T;
  length = 0;

  constructor(empty: T) {
    this.#values = empty;
  }

  /** Those that there are; to be read at once, and not to be kept. */
  get values(): T {
    return this.#values.subarray(0, this.length) as T;
  }

  put(from: number, part: T): void {
    const length = from + part.length;
    if (length > this.#values.length) {
      const longer = new (this.#values.constructor as new (length: number) => T)(Math.max(1024, 2 * length));
      longer.set(this.#values.subarray(0, from) as never);
      this.#values = longer;
    }
    this.#values.set(part as never, from);
    this.length = length;
  }
}

const floats = () => new Column<Float64Array>(new Float64Array(0));
const integers = () => new Column<Int32Array>(new Int32Array(0));

export class Log {
  readonly at = floats();
  readonly conversation = integers();
  readonly team = integers();
  readonly agent = integers();
  readonly waited = floats();
  readonly how = new Column<Uint8Array>(new Uint8Array(0));
  readonly run = integers();
  /** The entries of each agent. */
  readonly byAgent: number[][];

  constructor(agents: number) {
    this.byAgent = Array.from({ length: agents }, () => []);
  }

  get length(): number {
    return this.at.length;
  }

  put(part: LogPart): void {
    const { from } = part;
    if (from < this.length) for (const list of this.byAgent) while (list.length > 0 && list.at(-1)! >= from) list.pop();
    for (const name of ['at', 'conversation', 'team', 'agent', 'waited', 'how', 'run'] as const) this[name].put(from, part[name] as never);
    part.agent.forEach((agent, i) => this.byAgent[agent].push(from + i));
  }
}

export class Samples {
  readonly distance = floats();
  readonly there = integers();
  readonly queues: Column<Int32Array>[];

  constructor(teams: number) {
    this.queues = Array.from({ length: teams }, integers);
  }

  get length(): number {
    return this.distance.length;
  }

  put(part: SamplesPart): void {
    this.distance.put(part.from, part.distance);
    this.there.put(part.from, part.there);
    part.queues.forEach((queue, team) => this.queues[team].put(part.from, queue));
  }
}
