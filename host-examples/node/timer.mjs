// The beat: one tick after the other, at a steady pace, until told to stop.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const CLOCK = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

/**
 * Runs `work(1)`, `work(2)`, ... every `interval` milliseconds, counted from start to start. Work that
 * takes longer is waited for; the beats it covered are left out. Ends after `times` runs, or, when
 * `signal` is aborted, after the run that is under way.
 */
export async function repeat(work, { interval, times, signal, clock = CLOCK }) {
  let due = clock.now();
  for (let n = 1; !signal.aborted; n += 1) {
    await work(n);
    if (n === times) return;
    due += interval * Math.max(1, Math.ceil((clock.now() - due) / interval));
    await clock.sleep(due - clock.now(), signal).catch((error) => {
      if (error.name !== 'AbortError') throw error;
    });
  }
}
