import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { repeat } from '../timer.mjs';

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

test('the interval counts from start to start', async () => {
  const started = performance.now();
  await repeat(() => sleep(90), { interval: 100, times: 6, signal: never() });
  const took = performance.now() - started;
  // Five intervals and one piece of work; with pauses of a whole interval it would be 1040.
  assert.ok(took >= 585 && took < 900, `${took} ms`);
});

test('beats that work has covered are left out', async () => {
  const starts = [];
  const begun = performance.now();
  await repeat(async (n) => {
    starts.push(performance.now() - begun);
    if (n === 1) await sleep(250);
  }, { interval: 100, times: 3, signal: never() });
  assert.ok(starts[1] >= 295, `second at ${starts[1]} ms`);
  assert.ok(starts[2] >= 395, `third at ${starts[2]} ms`);
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
