// What a host remembers of the claims that it lost.
//
// The next plan gets a lost decision as it was: its turn is given back, and its conversation is served after all
// others. A conversation that is lost again and again must not keep the others waiting, so more plans serve it last,
// without a turn to give back: one more after the first loss, then 2, 4 and so on up to 64. It is forgotten once it
// waits no longer.

import type { Decision } from 'evenhand';

const MOST_PLANS = 64;

/** A conversation whose claim was lost, until it waits no longer. */
export interface Lost {
  conversation: number;
  /** How often in a row. */
  times: number;
  /** How many plans are still to serve it last. */
  plans: number;
  /** What the last plan lost. */
  decision: Decision | undefined;
}

/** Returns what is remembered, in the order of the queue, after a plan of which `lost` was lost. */
export function remember(before: readonly Lost[], lost: ReadonlyMap<number, Decision>, waits: (conversation: number) => boolean): Lost[] {
  const again = new Map(before.map(({ conversation, times }) => [conversation, times]));
  const anew = [...lost].map(([conversation, decision]): Lost => {
    const times = (again.get(conversation) ?? 0) + 1;
    return { conversation, times, plans: 1 + Math.min(2 ** (times - 1), MOST_PLANS), decision };
  });
  const still = before.filter(({ conversation }) => !lost.has(conversation) && waits(conversation));
  return [...anew, ...still.map((one) => ({ ...one, plans: Math.max(0, one.plans - 1), decision: undefined }))].sort((a, b) => a.conversation - b.conversation);
}
