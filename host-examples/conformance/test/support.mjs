// What the tests want to know of a run.

import { tryAll } from '../conformance.mjs';

/** Returns the situations that are not kept, as `[situation, result, invariant]`, and what was said of them. */
export async function notKept(adapter) {
  const outcomes = (await tryAll(adapter)).filter(({ result }) => result !== 'kept');
  return {
    outcomes: outcomes.map(({ situation, result, invariant }) => [situation, result, ...(invariant ? [invariant] : [])]),
    said: outcomes.map(({ situation, why }) => `${situation}: ${why}`).join('\n'),
  };
}
