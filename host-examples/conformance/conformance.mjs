// Tries the situations on a host, one after the other.

import { Broken, SITUATIONS, Unusable } from './situations.mjs';

export { INVARIANTS } from './situations.mjs';

/** See `adapter.d.ts`. */
export async function tryAll(adapter, tell = () => {}) {
  const outcomes = [];
  for (const situation of SITUATIONS) {
    const outcome = { situation: situation.name, ...await attempt(adapter, situation) };
    outcomes.push(outcome);
    tell(outcome);
  }
  return outcomes;
}

async function attempt(adapter, { run, needs }) {
  const without = adapter.without?.[needs];
  if (without) return { result: 'not run', why: without };
  try {
    await run(adapter);
    return { result: 'kept' };
  } catch (error) {
    if (error instanceof Broken) return { result: 'broken', invariant: error.invariant, why: error.message };
    if (error instanceof Unusable) return { result: 'unusable', why: error.message };
    return { result: 'unusable', why: `the adapter threw: ${error.stack ?? error}` };
  }
}

/** See `adapter.d.ts`. */
export async function withClock(milliseconds, work) {
  const RealDate = globalThis.Date;
  globalThis.Date = class extends RealDate {
    constructor(...values) {
      super(...(values.length === 0 ? [RealDate.now() + milliseconds] : values));
    }

    static now() {
      return RealDate.now() + milliseconds;
    }
  };
  try {
    return await work();
  } finally {
    globalThis.Date = RealDate;
  }
}
