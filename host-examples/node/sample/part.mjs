// The sample desk's life beside a running host: its options, its pace, its news.

import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { numberFrom, wholeNumberFrom } from '../config.mjs';
import { settingsOf } from '../open.mjs';
import { begin } from './life.mjs';
import { clockFace, sentence } from './tell.mjs';

const USUAL_SPEED = 60;
const USUAL_SEED = 1;
const STEP_EVERY = 100;

const CLOCK = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }),
};

/**
 * Lets `life` go on at `speed` times the clock's pace until `signal` is aborted. A machine that cannot
 * keep up has a slower desk, and no other one.
 */
export async function keepPace(life, { speed, signal, clock = CLOCK }) {
  const began = clock.now();
  const from = life.now();
  while (!signal.aborted) {
    await clock.sleep(STEP_EVERY, signal).catch((error) => {
      if (error.name !== 'AbortError') throw error;
    });
    await life.step(from + (clock.now() - began) * speed, signal);
  }
}

/**
 * The life of the sample desk, as something that runs along with the ticks. `clock()` says what the
 * desk's clock shows, `listen(hear)` has `hear` told what happens there, in sentences. Where the desk
 * stands still there is neither.
 */
export function lifePart() {
  let hear = () => {};
  let face = () => undefined;
  return {
    clock: () => face(),
    listen(listener) {
      hear = listener;
    },
    addOptions(program) {
      program
        .option('--speed <factor>', `speed of the sample desk: 60 is one hour per minute, 0 stops it (default: ${USUAL_SPEED}, or 0 with --once and --ticks)`, numberFrom(0, 10_000))
        .option('--seed <n>', `the day of the sample desk (default: ${USUAL_SEED})`, wholeNumberFrom(0))
        .hook('preAction', (_program, command) => {
          if (command !== program) return;
          const { embedded, speed, seed } = settingsOf(program);
          if (!embedded && (speed !== undefined || seed !== undefined)) {
            program.error('error: --speed and --seed are for the sample desk; with DATABASE_URL the people are real');
          }
        });
    },
    async start({ desk, settings, log }) {
      const { embedded, ticks, seed = USUAL_SEED } = settings;
      // So many ticks and no more are for a script, which wants the same desk every time.
      const speed = settings.speed ?? (ticks === Infinity ? USUAL_SPEED : 0);
      if (!embedded || speed === 0) return undefined;
      const life = await begin(desk.query, {
        seed,
        told(act) {
          const text = sentence(act, life.names);
          if (text) hear(`${clockFace(act.at).slice(-5)} ${text}`);
        },
      });
      face = () => `${clockFace(life.now())}, ${speed}x`;
      log.info(`the desk lives ${speed} times as fast as you, from ${clockFace(life.now())} on; --speed 0 stops it`);
      const stop = new AbortController();
      const going = keepPace(life, { speed, signal: stop.signal })
        .catch((error) => log.error(`the desk stands still from now on: ${error.message || error.code}`));
      return {
        async close() {
          stop.abort();
          await going;
        },
      };
    },
  };
}
