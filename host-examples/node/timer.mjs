// The beat: one tick after the other, at a steady pace, until told to stop.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Runs `work(1)`, `work(2)`, ... every `interval` milliseconds, counted from start to start. Work that
 * takes longer is waited for; the beats it covered are left out. Ends after `times` runs, or, when
 * `signal` is aborted, after the run that is under way.
 */
export async function repeat(work, { interval, times, signal }) {
  let due = performance.now();
  for (let n = 1; !signal.aborted; n += 1) {
    await work(n);
    if (n === times) return;
    due += interval * Math.max(1, Math.ceil((performance.now() - due) / interval));
    await sleep(due - performance.now(), undefined, { signal }).catch((error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }
}
