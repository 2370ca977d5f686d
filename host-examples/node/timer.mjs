// The beat: one tick after the other, at a steady pace or when a bell rings, until told to stop.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

const CLOCK = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

/**
 * Runs `work(1, false)`, `work(2, ...)`, ... every `interval` milliseconds, counted from start to start. Work that
 * takes longer is waited for; the beats it covered are left out. Where `bell` rings, the next run comes before its
 * beat, `debounce` milliseconds after the start of the last one at the earliest, and is told so by `true`.
 * Ends after `times` runs, or, when `signal` is aborted, after the run that is under way.
 */
export async function repeat(work, { interval, times, signal, bell = createBell(), debounce = 0, clock = CLOCK }) {
  /** Sleeps until `moment`, which may be over: newer versions of Node warn of a negative time. */
  const sleepUntil = (moment, stop) => clock.sleep(Math.max(0, moment - clock.now()), stop);
  let due = clock.now();
  for (let n = 1, woken = false; !signal.aborted; n += 1) {
    const started = clock.now();
    // What rang before is seen by this run; what rings from now on may not be.
    bell.silence();
    await work(n, woken);
    if (n === times) return;
    if (!woken || clock.now() > due) due += interval * Math.max(1, Math.ceil((clock.now() - due) / interval));
    woken = await bell.during((stop) => sleepUntil(due, stop), signal);
    if (woken) await sleepUntil(started + debounce, signal).catch(ignoreAbort);
  }
}

/** A bell that ends a pause. It is heard in the next one, too, if it rang when there was none. */
export function createBell() {
  let rang = false;
  let pause = new AbortController();
  return {
    ring() {
      rang = true;
      pause.abort();
    },
    silence() {
      rang = false;
    },
    /** Waits for `sleep`, which gets a signal, until the bell rings or `signal` is aborted. Returns whether the bell rang. */
    async during(sleep, signal) {
      pause = new AbortController();
      const end = () => pause.abort();
      if (rang || signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
      await sleep(pause.signal).catch(ignoreAbort);
      signal.removeEventListener('abort', end);
      return rang;
    },
  };
}

function ignoreAbort(error) {
  if (error.name !== 'AbortError') throw error;
}
