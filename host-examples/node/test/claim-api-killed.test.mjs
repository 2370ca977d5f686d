// Hosts that assign through Libredesk's API, killed with kill -9 at every point of a claim. Another host settles what they left.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiDesk } from '../test-support/api-desk.mjs';
import { range } from '../test-support/fill.mjs';
import { startHost, untilHostsAreGone } from '../test-support/host.mjs';
import { KEY, SECRET } from '../test-support/libredesk-api.mjs';
import { until } from '../test-support/until.mjs';
import { openTap } from '../test-support/wiretap.mjs';

const desk = apiDesk();
const hosts = [];
afterEach(() => { for (const { child } of hosts.splice(0)) child.kill('SIGKILL'); });

/** Starts a host of its own. */
function start(url, args = []) {
  const host = startHost(url, ['--interval', '0.05', '--claim', 'api', '--api-url', desk.libredesk.url, '--api-timeout', '0.5', '--api-at-once', '2', ...args], {
    env: { EVENHAND_API_KEY: KEY, EVENHAND_API_SECRET: SECRET },
  });
  hosts.push(host);
  return host;
}

const isBegin = ({ sql }) => sql.startsWith('-- Begins to write a plan');
const isEnd = ({ sql, values }) => sql.startsWith('-- Ends a plan') && values[0] !== null;

/** At which statement, on its way to the database or back, and what of it still arrives. */
const statement = (what, is, rest) => ({ kill, tap }) => {
  tap.on = (moment, one) => {
    if (moment !== what || !is(one)) return 'pass';
    kill();
    return rest;
  };
};
/** At which request; `then` is what Libredesk does once the host is dead. */
const request = (moment, n, then = () => undefined) => ({ kill }) => {
  desk.libredesk.on = async (now, one) => {
    if (now !== moment || one.n !== n) return undefined;
    kill();
    return then();
  };
};

for (const [what, arrange, { sent, done = sent }] of [
  ['before it has begun', statement('ask', isBegin, 'drop'), { sent: 0 }],
  ['while it begins', statement('ask', isBegin, 'half'), { sent: 0 }],
  ['after it has begun', statement('answer', isBegin, 'drop'), { sent: 0 }],
  ['at the first request, which is done', request('asked', 1), { sent: 1 }],
  ['at the first request, which is done only later', request('asked', 1, () => sleep(300)), { sent: 1 }],
  ['at the first request, which is not done', request('asked', 1, () => 'drop'), { sent: 1, done: 0 }],
  ['between requests', request('done', 4), { sent: 4 }],
  ['in the middle, at a request that is not done', request('asked', 5, () => 'drop'), { sent: 5, done: 4 }],
  ['at the last request', request('asked', 9), { sent: 9 }],
  ['after the last request', request('done', 9), { sent: 9 }],
  ['before the end', statement('ask', isEnd, 'drop'), { sent: 9 }],
  ['in the end', statement('ask', isEnd, 'half'), { sent: 9 }],
  ['after the end', statement('answer', isEnd, 'drop'), { sent: 9 }],
]) {
  test(`killed ${what}`, async () => {
    const tap = await openTap(desk.url);
    const host = start(tap.url);
    arrange({ tap, kill: () => host.child.kill('SIGKILL') });
    assert.equal((await host.ended).signal, 'SIGKILL');
    await tap.close();
    // Two may have been under way.
    const most = desk.libredesk.heard.length;
    assert.ok(most >= sent && most <= sent + 1, `${most} were sent`);
    desk.libredesk.on = () => {};

    let settled;
    const outcomes = [];
    await until(async () => {
      const outcome = await desk.tick({ timeout: 0.5 });
      outcomes.push(outcome);
      settled ??= outcome.settled;
      return (await desk.libredesk.told()).length === 9 && await desk.pending() === null;
    }, () => 'it never went on');
    const left = !/before it has begun|while it begins|after the end/.test(what);
    assert.equal(settled !== undefined, left);
    if (left) assert.ok(settled.claimed >= done && settled.claimed <= done + 1 && settled.claimed + settled.lost.length === 9, JSON.stringify(settled));
    // Until it is settled nobody plans.
    if (left) assert.ok(outcomes.slice(0, -1).every(({ won, settled: one }) => !won || one !== undefined));
    assert.deepEqual((await desk.libredesk.told()).map(({ conversation }) => Number(conversation)).toSorted((a, b) => a - b), range(1, 9).map(({ id }) => id));
    await desk.assertExact();
    await desk.comeIn(3);
    assert.equal((await desk.tick()).claimed, 3);
    await desk.assertExact();
  });
}

test('hosts that are killed one after the other, among others at work: everybody is told once, and turns are exact', async () => {
  const other = start(desk.url);
  for (let n = 0; n < 6; n += 1) {
    const host = start(desk.url);
    await until(() => /tick/.test(host.output), () => `it never ticked:\n${host.output}`, host.child);
    await desk.comeIn(12);
    await sleep(30 + 40 * n);
    host.child.kill('SIGKILL');
    await host.ended;
  }
  await until(async () => Object.values(await desk.holders()).every((holder) => holder !== null), () => `they wait:\n${other.output.slice(-2000)}`, other.child);
  await until(async () => await desk.pending() === null, () => 'it is never settled', other.child);
  await other.stop();
  await untilHostsAreGone(desk.person);
  assert.equal((await desk.libredesk.told()).length, 81);
  await desk.assertExact();
});
