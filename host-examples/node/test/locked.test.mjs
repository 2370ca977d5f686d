// A conversation whose row somebody holds locked, for many ticks: what is lost again and again starves nobody,
// costs nobody a turn, and is assigned once the lock is gone.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { openPostgres } from '../desk.mjs';
import { tick } from '../tick.mjs';
import { fill, holders, range, RESOLVED, state } from '../test-support/fill.mjs';
import { startHost, startProgram } from '../test-support/host.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

const SETTINGS = { rule: 'round_robin', assignable: ['online'] };

let server;
let url;
let desk;
/** Who holds the locks. */
let other;

before(async () => {
  server = await startPostgres();
  url = await server.createDesk();
  desk = await openPostgres(url);
  other = await server.connect(url);
});
beforeEach(() => other.query('ROLLBACK'));
after(async () => {
  await desk?.close();
  await server?.stop();
});

async function lock(...ids) {
  await other.query('BEGIN');
  await other.query('SELECT FROM conversations WHERE id = ANY ($1) FOR UPDATE', [ids]);
}

/** One team of agents 1 to `agents`, each of whom may hold `max`, and as many conversations. */
const deskOf = ({ agents = 1, max = 1, waiting }) => fill(desk.query, {
  agents: range(1, agents), teams: [{ id: 1, members: range(1, agents).map(({ id }) => id), max }], conversations: range(1, waiting),
});

/** Ticks `n` times; returns what came of each: `[the assigned, the lost]`, by conversation. */
async function ticks(n, at = desk) {
  const all = [];
  for (let i = 0; i < n; i += 1) {
    const { plan, lost } = await tick(at, SETTINGS);
    const missed = lost.map(({ conversation }) => Number(conversation));
    const given = plan.decisions.filter(({ agent }) => agent !== null).map(({ conversation }) => Number(conversation));
    all.push([given.filter((id) => !missed.includes(id)), missed]);
  }
  return all;
}

let newest = 1000;
/** Lets `n` conversations come, a tick after each; returns who got them, in order. */
async function arrivals(n) {
  const from = newest + 1;
  for (let i = 0; i < n; i += 1) {
    newest += 1;
    await desk.query(`INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES (${newest}, 1000000, 1, 1, 1)`);
    await tick(desk, SETTINGS);
  }
  const map = await holders(desk.query);
  return range(from, newest).map(({ id }) => map[id]);
}

const setAvailability = (agent, word) => desk.query('UPDATE users SET availability_status = $1 WHERE id = $2', [word, agent]);
const losses = async () => (await state(desk.query)).lost_claims.map(({ decision, losses: n, plans }) => [decision.conversation, n, plans]);

test('one row locked, one free place: the next conversation is assigned in the next tick', async () => {
  await deskOf({ waiting: 3 });
  await lock(1);
  assert.deepEqual(await ticks(4), [[[], [1]], [[2], []], [[], []], [[], []]]);
});

test('what the log says of it is true', async () => {
  await deskOf({ waiting: 3 });
  await lock(1);
  const { output } = await startProgram(['--ticks', '3', '--interval', '0.05'], { url }).ended;
  const lines = output.split('\n').slice(0, -1).map((line) => line.slice(9).replace(/, \d+ ms$/, ''));
  // A busy machine may add that a tick took long.
  assert.deepEqual(lines.slice(lines.findIndex((line) => line.startsWith('tick 1'))).filter((line) => !line.startsWith('warning')), [
    'tick 1: assigned 0, waiting 2 (2 all full), 1 lost claim',
    '  changed or locked by somebody else, and left as they are: #100',
    "  Team 1: 2 wait: everybody who could take them is full (1 is at the team's limit); a lost claim left room for the next tick",
    'tick 2: assigned 1, waiting 2 (2 all full), 0 lost claims',
    "  Team 1: 2 wait: everybody who could take them is full (1 is at the team's limit)",
    'tick 3: assigned 0, waiting 2 (2 all full), 0 lost claims',
  ]);
});

test('two of four rows locked: the third is assigned in the third tick, whichever host ticks', async () => {
  for (const hosts of [1, 2]) {
    await deskOf({ waiting: 4 });
    await lock(1, 2);
    const second = await openPostgres(url);
    try {
      const seen = [];
      for (let n = 0; n < 4; n += 1) seen.push(...await ticks(1, n % hosts === 0 ? desk : second));
      assert.deepEqual(seen, [[[], [1]], [[], [2]], [[3], []], [[], []]]);
    } finally {
      await second.close();
      await other.query('ROLLBACK');
    }
  }
});

test('three rows locked for good, and a place that comes free again and again: they take up fewer and fewer ticks', async () => {
  await deskOf({ waiting: 33 });
  await lock(1, 2, 3);
  const assignedIn = [];
  const lostIn = [];
  for (let n = 1; n <= 40; n += 1) {
    const [[given, lost]] = await ticks(1);
    assert.deepEqual([given.length + lost.length, given[0] ?? 4 + assignedIn.length], [1, 4 + assignedIn.length]);
    (given.length > 0 ? assignedIn : lostIn).push(n);
    if (given.length > 0) await desk.query(`UPDATE conversations SET status_id = ${RESOLVED} WHERE id = ${given[0]}`);
  }
  assert.deepEqual(lostIn, [1, 2, 3, 4, 5, 6, 8, 9, 10, 14, 15, 16, 24, 25, 26]);
});

test('a lock that is gone: assigned in the next plan that has room', async () => {
  await deskOf({ agents: 2, max: 0, waiting: 1 });
  await lock(1);
  assert.deepEqual(await ticks(12), Array.from({ length: 12 }, () => [[], [1]]));
  assert.deepEqual(await losses(), [['1', 12, 65]]);
  await other.query('COMMIT');
  assert.deepEqual(await ticks(1), [[[1], []]]);
  assert.deepEqual(await losses(), []);

  await deskOf({ waiting: 2 });
  await lock(1);
  assert.deepEqual(await ticks(2), [[[], [1]], [[2], []]]);
  await other.query('COMMIT');
  assert.deepEqual(await ticks(2), [[[], []], [[], []]]);
  await desk.query(`UPDATE conversations SET status_id = ${RESOLVED} WHERE id = 2`);
  assert.deepEqual(await ticks(1), [[[1], []]]);
});

test('100 claims of one agent lost while the other is away: back again they alternate', async () => {
  await deskOf({ agents: 2, max: 0, waiting: 1 });
  await setAvailability(2, 'away');
  await lock(1);
  assert.deepEqual(await ticks(100), Array.from({ length: 100 }, () => [[], [1]]));
  await setAvailability(2, 'online');
  await other.query('ROLLBACK');
  await desk.query(`UPDATE conversations SET status_id = ${RESOLVED} WHERE id = 1`);
  const got = await arrivals(10);
  assert.deepEqual(got, got.map((_, i) => (i % 2 === 0 ? got[0] : 3 - got[0])));
});

test('a row locked for 300 ticks, one of eight away: back again they have their turn within eight conversations', async () => {
  await deskOf({ agents: 8, max: 0, waiting: 1 });
  await setAvailability(8, 'away');
  await lock(1);
  await ticks(300);
  assert.deepEqual(await losses(), [['1', 300, 65]]);
  await setAvailability(8, 'online');
  // It is still locked, and lost to one after the other.
  const got = await arrivals(16);
  assert.ok(got.slice(0, 8).includes(8), got.join(' '));
  assert.deepEqual(got.toSorted(), range(1, 8).flatMap(({ id }) => [id, id]), got.join(' '));
});

test('kill -9 between ticks forgets nothing', async () => {
  await deskOf({ agents: 2, max: 0, waiting: 1 });
  await lock(1);
  const seen = [];
  for (let n = 1; n <= 3; n += 1) {
    const host = startHost(url, ['--interval', '0.2']);
    await host.says(/tick 2: .*1 lost claim/);
    host.child.kill('SIGKILL');
    await host.ended;
    const [[conversation, times, plans]] = await losses();
    assert.equal(conversation, '1');
    seen.push(times);
    assert.equal(plans, 1 + Math.min(2 ** (times - 1), 64));
  }
  // Every tick is there, and a third one where the kill came late.
  const { version } = await state(desk.query);
  assert.equal(seen.at(-1), version);
  assert.ok(seen[0] >= 2 && seen[1] >= seen[0] + 2 && seen[2] >= seen[1] + 2, seen.join(' '));
});
