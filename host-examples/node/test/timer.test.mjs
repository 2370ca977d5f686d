import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBell, repeat } from '../timer.mjs';

const never = () => new AbortController().signal;

test('work that takes longer than its interval is never begun twice at once', async () => {
  let running = 0;
  let most = 0;
  await repeat(async () => {
    running += 1;
    most = Math.max(most, running);
    await sleep(30);
    running -= 1;
  }, { interval: 1, times: 5, signal: never() });
  assert.equal(most, 1);
});

test('work is numbered from 1 and runs as often as asked', async () => {
  const numbers = [];
  await repeat(async (n) => { numbers.push(n); }, { interval: 1, times: 3, signal: never() });
  assert.deepEqual(numbers, [1, 2, 3]);
});

/** When each run begins, on a clock of its own, if the runs take so long. */
async function starts(interval, durations) {
  let time = 1000;
  const clock = { now: () => time, sleep: async (milliseconds) => { time += milliseconds; } };
  const list = [];
  await repeat(async (n) => {
    list.push(time - 1000);
    time += durations[n - 1];
  }, { interval, times: durations.length, signal: never(), clock });
  return list;
}

test('the interval counts from start to start', async () => {
  assert.deepEqual(await starts(100, [0, 90, 30, 1]), [0, 100, 200, 300]);
});

test('beats that work has covered are left out, and the next keeps the pace', async () => {
  assert.deepEqual(await starts(100, [250, 10, 120, 0]), [0, 300, 400, 600]);
});

test('work that takes a whole interval is followed at once', async () => {
  assert.deepEqual(await starts(100, [100, 200, 0]), [0, 100, 300]);
});

test('a stop while work runs waits for it and begins no other', async () => {
  const stop = new AbortController();
  let finished = 0;
  await repeat(async () => {
    stop.abort();
    await sleep(20);
    finished += 1;
  }, { interval: 1, times: Infinity, signal: stop.signal });
  assert.equal(finished, 1);
});

test('a stop between two runs ends the pause', async () => {
  const stop = new AbortController();
  const started = performance.now();
  setTimeout(() => stop.abort(), 20);
  await repeat(async () => {}, { interval: 60_000, times: Infinity, signal: stop.signal });
  assert.ok(performance.now() - started < 5_000);
});

test('work that throws ends it', async () => {
  await assert.rejects(repeat(async () => { throw new Error('broken'); }, { interval: 1, times: 2, signal: never() }), /broken/);
});

/** When each run begins, and whether it was woken, on a clock of its own where the bell rings at the times of `rings`. */
async function wokenStarts({ interval, debounce, rings, durations, until = 1000 }) {
  let time = 0;
  const bell = createBell();
  const pending = [...rings];
  const pass = (to) => {
    time = to;
    while (pending.length > 0 && pending[0] <= time) {
      pending.shift();
      bell.ring();
    }
  };
  const clock = {
    now: () => time,
    async sleep(milliseconds, signal) {
      // Of a time before now, newer versions of Node warn.
      assert.ok(milliseconds >= 0, `slept for ${milliseconds} ms`);
      const end = time + milliseconds;
      while (time < end && !signal.aborted) pass(Math.min(end, pending[0] ?? end));
    },
  };
  const stop = new AbortController();
  const list = [];
  await repeat(async (n, woken) => {
    list.push(woken ? `${time} woken` : time);
    pass(time + (durations?.[n - 1] ?? 0));
    if (time + interval > until) stop.abort();
  }, { interval, debounce, bell, times: Infinity, signal: stop.signal, clock });
  return list;
}

test('a bell begins a run before its beat, and the beat stays', async () => {
  assert.deepEqual(await wokenStarts({ interval: 300, debounce: 50, rings: [120, 700] }), [0, '120 woken', 300, 600, '700 woken', 900]);
});

test('a bell that rings often begins one run in each debounce, and none is missed', async () => {
  assert.deepEqual(await wokenStarts({ interval: 900, debounce: 50, rings: [10, 20, 49, 60, 61, 99, 120], until: 1700 }), [0, '50 woken', '100 woken', '150 woken', 900]);
});

test('what rings while work runs begins another run, and no beat is lost or doubled', async () => {
  assert.deepEqual(await wokenStarts({ interval: 300, debounce: 50, rings: [20, 350], durations: [100, 250, 0], until: 900 }), [0, '100 woken', '350 woken', 600, 900]);
});
