// What fails again and again: said the first time and once an hour, and counted in between.

import { performance } from 'node:perf_hooks';

const HOUR = 3600;

/**
 * Counts failures, each by a key of its own.
 * @param {() => number} [now] in seconds
 */
export function createTally(now = () => performance.now() / 1000) {
  /** By key: how often it came, how often it had when it was last said, when it came first and when it was last said. */
  const going = new Map();
  const sum = ({ times, since }) => ({ times, seconds: now() - since });
  return {
    /** Counts one. Returns how often it came, and in how many seconds, if it is to be said now. */
    count(key) {
      const one = going.get(key) ?? { times: 0, told: 0, since: now(), at: -Infinity };
      going.set(key, one);
      one.times += 1;
      if (now() - one.at < HOUR) return undefined;
      Object.assign(one, { told: one.times, at: now() });
      return sum(one);
    },
    /** Returns the same of one that came more often than was said, which is said herewith. */
    untold(key) {
      const one = going.get(key);
      if (!one || one.told === one.times) return undefined;
      Object.assign(one, { told: one.times, at: now() });
      return sum(one);
    },
    /** Ends them all, or one. Returns how often each came. */
    end(key) {
      const ended = [...going].filter(([one]) => key === undefined || one === key);
      for (const [one] of ended) going.delete(one);
      return ended.map(([one, counts]) => ({ key: one, ...sum(counts) }));
    },
    keys: () => [...going.keys()],
  };
}
