import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLost, isShutOut, untilItAnswers } from '../recovery.mjs';

const PACE = { minTimeout: 1, maxTimeout: 4, factor: 2, randomize: false };
const never = () => new AbortController().signal;
const error = (code, message = 'an error') => Object.assign(new Error(message), { code });

/** Runs through `answers`, errors thrown and values returned; returns what was told on the way. */
async function told(answers, { signal = never(), pace = PACE, onFailed = () => {} } = {}) {
  const list = [];
  const rest = [...answers];
  const work = async () => {
    const answer = rest.shift();
    list.push('try');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const result = await untilItAnswers(work, {
    signal,
    pace,
    failed(reason) {
      list.push(reason.code);
      onFailed();
    },
    back: (seconds, tries) => list.push(`back after ${tries}`),
  }).then((value) => value, (reason) => reason);
  return [...list, result];
}

test('what answers at once says nothing else', async () => {
  assert.deepEqual(await told(['a']), ['try', 'a']);
});

test('a lost database is tried again until it answers', async () => {
  assert.deepEqual(await told([error('ECONNREFUSED'), error('57P03'), error('57P03'), 'a']), [
    'try', 'ECONNREFUSED', 'try', '57P03', 'try', '57P03', 'try', 'back after 3', 'a',
  ]);
});

test('any other error is not tried again, and is thrown after the database is said to be back', async () => {
  const refused = error('42P01');
  assert.deepEqual(await told([refused, 'a']), ['try', refused]);
  assert.deepEqual(await told([error('08006'), refused, 'a']), ['try', '08006', 'try', 'back after 1', refused]);
  const mistake = new TypeError('our own');
  assert.deepEqual(await told([mistake, 'a']), ['try', mistake]);
});

test('a pause ends with the signal', async () => {
  const stop = new AbortController();
  const list = await told([error('ECONNREFUSED'), 'a'], {
    signal: stop.signal,
    pace: { ...PACE, minTimeout: 3_600_000, maxTimeout: 3_600_000 },
    onFailed: () => setTimeout(() => stop.abort(), 10),
  });
  assert.deepEqual(list, ['try', 'ECONNREFUSED', stop.signal.reason]);
});

test('a try that is under way when the signal comes is waited for, and what it did is told', async () => {
  const stop = new AbortController();
  const result = await untilItAnswers(async () => {
    stop.abort();
    return 'written';
  }, { signal: stop.signal, failed() {}, back() {}, pace: PACE });
  assert.equal(result, 'written');
});

test('the pauses grow, and no longer than they may', async () => {
  const at = [];
  const answers = Array.from({ length: 6 }, () => error('ECONNREFUSED'));
  await told([...answers, 'a'], { pace: { minTimeout: 10, maxTimeout: 40, factor: 2, randomize: false }, onFailed: () => at.push(performance.now()) });
  const pauses = at.slice(1).map((time, i) => time - at[i]);
  // A busy machine makes them longer, never shorter.
  for (const [i, least] of [10, 20, 40, 40, 40].entries()) assert.ok(pauses[i] >= least - 1, `${pauses}`);
});

test('which errors mean that the database is lost', () => {
  for (const code of ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', '57P01', '57P03', '57014', '53300', '08006']) assert.ok(isLost(error(code)), code);
  for (const message of ['Connection terminated unexpectedly', 'Connection terminated due to connection timeout', 'Query read timeout', 'timeout expired']) {
    assert.ok(isLost(new Error(message)), message);
  }
  for (const code of ['42P01', '42501', '23505', '53100', '40P01', 'ERR_INVALID_URL', undefined]) assert.ok(!isLost(error(code)), code);
  // Who is not let in waits as well.
  for (const code of ['28P01', '28000', '3D000']) assert.ok(isShutOut(error(code)) && isLost(error(code)), code);
  assert.ok(!isShutOut(error('ECONNREFUSED')));
});
