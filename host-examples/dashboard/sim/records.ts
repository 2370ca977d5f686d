// What a lane writes down as it goes: only ever more, so that an earlier moment is a shorter record.

/** How somebody got a conversation. */
export const BY_TURN = 0;
export const BY_HAND = 1;

export interface Records {
  /** What was handed out, one entry each, in the order of time. */
  log: {
    at: number[];
    conversation: number[];
    agent: number[];
    /** How long it had waited since it last came into the queue. */
    waited: number[];
    /** `BY_TURN` or `BY_HAND`. */
    how: number[];
    /** How many in a row of its team this made for them while a colleague could have taken it; 0: nobody else could, or they picked it. */
    run: number[];
  };
  /** One entry every simulated minute, from 0 on. */
  samples: {
    /** The largest distance from the fair share at that moment. */
    distance: number[];
    /** How many more the busiest of a team who is there holds than the least busy, on average over the teams; -1: nobody to compare. */
    spread: number[];
    /** Agents who are online. */
    there: number[];
  };
  /** Per team and minute: how many wait. */
  queues: number[][];
}

export function noRecords(teams: number): Records {
  return {
    log: { at: [], conversation: [], agent: [], waited: [], how: [], run: [] },
    samples: { distance: [], spread: [], there: [] },
    queues: Array.from({ length: teams }, () => []),
  };
}

export interface Lengths {
  log: number;
  samples: number;
}

export function lengthsOf({ log, samples }: Records): Lengths {
  return { log: log.at.length, samples: samples.distance.length };
}

/** Returns the records as they were when they had these lengths. */
export function firstOf({ log, samples, queues }: Records, lengths: Lengths): Records {
  const cut = <T extends Record<keyof T, number[]>>(lists: T, length: number) =>
    Object.fromEntries(Object.entries<number[]>(lists).map(([key, list]) => [key, list.slice(0, length)])) as T;
  return { log: cut(log, lengths.log), samples: cut(samples, lengths.samples), queues: queues.map((list) => list.slice(0, lengths.samples)) };
}
