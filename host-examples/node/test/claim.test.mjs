// The claim among others who write at the same time. Real connections, real open transactions.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { planJson } from 'evenhand';
import { CLAIM, openPostgres, SNAPSHOT, STATE } from '../desk.mjs';
import { howToAssign, tick } from '../tick.mjs';
import { fill, holders, range, REPLIED, state } from '../test-support/fill.mjs';
import { startPostgres } from '../test-support/postgres.mjs';
import { untilRows } from '../test-support/until.mjs';

const SETTINGS = { rule: 'round_robin', assignable: ['online'] };

let server;
let url;
let desk;
/** Somebody else: a person in Libredesk, or another host. */
let other;

before(async () => {
  server = await startPostgres();
  url = await server.createDesk();
  desk = await openPostgres(url);
  other = await server.connect(url);
});
after(async () => {
  await desk?.close();
  await server?.stop();
});

// Agents 1 to 3 take turns; agent 4 is who assigns to themselves.
beforeEach(async () => {
  // Whatever a failed test left open would make the next one wait.
  await other.query('ROLLBACK');
  await fill(desk.query, {
    agents: range(1, 4),
    teams: [{ id: 1, members: [1, 2, 3] }, { id: 2 }],
    conversations: range(1, 9),
  });
});

async function look(query = desk.query) {
  const { version, snapshot } = await query(SNAPSHOT, [howToAssign(SETTINGS)]);
  return { version, plan: planJson(snapshot) };
}

const decisionOf = (plan, i) => JSON.parse(plan).decisions[i];

/** Waits until `n` claims wait for a lock; by then they have their picture of the desk. */
async function untilClaimsWait(n = 1) {
  const watcher = await server.connect(url);
  await untilRows(
    watcher,
    `SELECT FROM pg_stat_activity
     WHERE wait_event_type = 'Lock' AND datname = current_database() AND starts_with(query, '-- Writes a plan')`,
    n,
  );
  await watcher.end();
}

/** Runs `meanwhile` while a claim has begun, has its picture of the desk, and waits for Evenhand's row. */
async function duringTheClaim(meanwhile) {
  const { version, plan } = await look();
  await other.query('BEGIN');
  await other.query('SELECT version FROM evenhand_state FOR UPDATE');
  const claim = desk.query(CLAIM, [version, plan]);
  try {
    await untilClaimsWait();
    await meanwhile(await server.connect(url));
  } finally {
    await other.query('COMMIT');
  }
  return { plan, ...await claim };
}

test('a person takes one during the claim: kept, and a lost claim', async () => {
  const { plan, claimed, lost, won } = await duringTheClaim((person) =>
    person.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 5'));
  const decision = decisionOf(plan, 4);
  assert.deepEqual([won, claimed, lost], [true, 8, [decision]]);
  assert.equal((await holders(desk.query))[5], 4);
  assert.deepEqual((await state(desk.query)).lost_claims, [{ decision, losses: 1, plans: 2 }]);
  const { snapshot } = await desk.query(SNAPSHOT, [howToAssign(SETTINGS)]);
  assert.deepEqual(JSON.parse(snapshot).lost_claims, [decision]);
});

for (const [what, act, holder] of [
  ['takes one from its holder', 'UPDATE conversations SET assigned_user_id = 1 WHERE id = 5', 1],
  ['answers', 'UPDATE conversations SET waiting_since = NULL WHERE id = 5', 4],
]) test(`a person ${what} while a claim moves it to somebody else: kept, and a lost claim`, async () => {
  await desk.query('UPDATE conversations SET assigned_user_id = 4, waiting_since = now() WHERE id = 5');
  await other.query('BEGIN');
  await other.query('SELECT version FROM evenhand_state FOR UPDATE');
  const { version, snapshot } = await desk.query(SNAPSHOT, [howToAssign(SETTINGS)]);
  const seen = JSON.parse(snapshot);
  seen.conversations.push({ id: '5', team: '1', held_by: '4' });
  const plan = planJson(JSON.stringify(seen));
  const claim = desk.query(CLAIM, [version, plan]);
  await untilClaimsWait();
  await (await server.connect(url)).query(act);
  await other.query('COMMIT');
  const { claimed, lost } = await claim;
  assert.deepEqual([claimed, lost], [8, [decisionOf(plan, 8)]]);
  assert.deepEqual([lost[0].held_by, (await holders(desk.query))[5]], ['4', holder]);
});

test('a person moves one to another team during the claim: kept, and a lost claim', async () => {
  const { claimed, lost } = await duringTheClaim((person) =>
    person.query('UPDATE conversations SET assigned_team_id = 2 WHERE id = 5'));
  assert.deepEqual([claimed, lost.map(({ conversation }) => conversation)], [8, ['5']]);
  assert.equal((await holders(desk.query))[5], null);
});

test('a person resolves one during the claim: kept, and a lost claim', async () => {
  const { claimed, lost } = await duringTheClaim((person) =>
    person.query('UPDATE conversations SET status_id = 4 WHERE id = 5'));
  assert.deepEqual([claimed, lost.map(({ conversation }) => conversation)], [8, ['5']]);
  assert.equal((await holders(desk.query))[5], null);
});

test('one is removed during the claim: a lost claim', async () => {
  const { claimed, lost } = await duringTheClaim((person) => person.query('DELETE FROM conversations WHERE id = 5'));
  assert.deepEqual([claimed, lost.map(({ conversation }) => conversation)], [8, ['5']]);
});

test('a change during the claim that leaves it open is no obstacle, and is kept', async () => {
  const { claimed, lost } = await duringTheClaim((person) =>
    person.query(`UPDATE conversations SET status_id = ${REPLIED}, inbox_id = 77 WHERE id = 5`));
  assert.deepEqual([claimed, lost], [9, []]);
  const row = await desk.query('SELECT status_id, inbox_id, assigned_user_id IS NOT NULL AS assigned FROM conversations WHERE id = 5');
  assert.deepEqual(row, { status_id: REPLIED, inbox_id: 77, assigned: true });
});

for (const [what, change] of [
  ['is disabled', 'UPDATE users SET enabled = false WHERE id = 2'],
  ['is deleted', 'UPDATE users SET deleted_at = now() WHERE id = 2'],
  ['is no agent any more', "UPDATE users SET type = 'contact' WHERE id = 2"],
  ['leaves the team', 'DELETE FROM team_members WHERE user_id = 2'],
  ['moves to another team', 'UPDATE team_members SET team_id = 2 WHERE user_id = 2'],
]) {
  test(`an agent who ${what} after the snapshot gets nothing, and the next plan hands theirs to others`, async () => {
    const { version, plan } = await look();
    await other.query(change);
    const theirs = JSON.parse(plan).decisions.filter(({ agent }) => agent === '2');
    const { claimed, lost } = await desk.query(CLAIM, [version, plan]);
    assert.deepEqual([theirs.length, claimed, lost], [3, 6, theirs]);
    assert.deepEqual(await tick(desk, SETTINGS).then((next) => [next.claimed, next.lost]), [3, []]);
    assert.ok(!Object.values(await holders(desk.query)).includes(2));
  });
}

test('of two teams the one that serves counts: who has left it gets nothing, who has left the other one does', async () => {
  for (const [team, expected] of [[1, [9, []]], [2, [8, ['5']]]]) {
    await desk.query('DELETE FROM team_members WHERE user_id = 4; INSERT INTO team_members VALUES (1, 4), (2, 4)');
    const { version, plan } = await look();
    const decided = JSON.parse(plan);
    for (const decision of decided.decisions) decision.agent = '1';
    Object.assign(decided.decisions[4], { agent: '4', by: '2' });
    await other.query('DELETE FROM team_members WHERE user_id = 4 AND team_id = $1', [team]);
    const { claimed, lost } = await desk.query(CLAIM, [version, JSON.stringify(decided)]);
    assert.deepEqual([claimed, lost.map(({ conversation }) => conversation)], expected);
    await desk.query('UPDATE conversations SET assigned_user_id = NULL');
  }
});

test('a row that a person is changing in an open transaction is not waited for', async () => {
  const { version, plan } = await look();
  await other.query('BEGIN');
  await other.query('UPDATE conversations SET assigned_user_id = 4 WHERE id IN (2, 3)');
  const { claimed, lost } = await desk.query(CLAIM, [version, plan]);
  assert.deepEqual([claimed, lost.map(({ conversation }) => conversation)], [7, ['2', '3']]);
  await other.query('COMMIT');
  const map = await holders(desk.query);
  assert.deepEqual([map[2], map[3]], [4, 4]);
  const { snapshot } = await desk.query(SNAPSHOT, [howToAssign(SETTINGS)]);
  assert.deepEqual(JSON.parse(snapshot).lost_claims, [1, 2].map((i) => decisionOf(plan, i)));
});

test('an agent whose row somebody holds FOR UPDATE is not waited for, and the next plan hands theirs to others', async () => {
  const { version, plan } = await look();
  await other.query('BEGIN');
  await other.query('SELECT FROM users WHERE id = 2 FOR UPDATE');
  const theirs = JSON.parse(plan).decisions.filter(({ agent }) => agent === '2');
  const { claimed, lost } = await desk.query(CLAIM, [version, plan]);
  assert.deepEqual([theirs.length, claimed, lost], [3, 6, theirs]);
  assert.deepEqual(await tick(desk, SETTINGS).then((next) => [next.claimed, next.lost]), [3, []]);
  await other.query('ROLLBACK');
});

test('who holds an agent FOR UPDATE and goes on to a conversation is no deadlock', async () => {
  const { version, plan } = await look();
  await other.query('BEGIN');
  await other.query('SELECT FROM users WHERE id = 2 FOR UPDATE');
  const claim = desk.query(CLAIM, [version, plan]);
  const [{ claimed }] = await Promise.all([
    claim,
    sleep(500).then(() => other.query('UPDATE conversations SET updated_at = now()')),
  ]);
  await other.query('COMMIT');
  assert.equal(claimed, 6);
});

test('somebody who changes their availability meanwhile still gets theirs, and does not wait for the claim', async () => {
  const { version, plan } = await look();
  const person = await server.connect(url);
  await person.query("SET lock_timeout = '1s'");
  await person.query('BEGIN');
  await person.query("UPDATE users SET availability_status = 'away' WHERE id = 2");
  await other.query('BEGIN');
  assert.deepEqual((await other.query(CLAIM, [version, plan])).rows, [{ won: true, idle: false, claimed: 9, lost: [], kept_away: [] }]);
  await person.query("UPDATE users SET availability_status = 'away' WHERE id = 3");
  await person.query('COMMIT');
  await other.query('COMMIT');
});

test('a lost decision comes back with every field that it had', async () => {
  const { version, plan } = await look();
  const decided = JSON.parse(plan);
  decided.decisions[4] = { ...decided.decisions[4], held_by: '3', by: '2', set: 1 };
  await desk.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 5');
  const { lost } = await desk.query(CLAIM, [version, JSON.stringify(decided)]);
  const { snapshot } = await desk.query(SNAPSHOT, [howToAssign(SETTINGS)]);
  assert.deepEqual([lost, JSON.parse(snapshot).lost_claims], [[decided.decisions[4]], [decided.decisions[4]]]);
});

test('a person who thinks better of it: the next tick hands it out, to somebody else, and the turns come out even', async () => {
  await other.query('BEGIN');
  await other.query('UPDATE conversations SET assigned_user_id = 4 WHERE id = 5');
  const first = await tick(desk, SETTINGS);
  assert.equal(first.lost.length, 1);
  await other.query('ROLLBACK');
  const second = await tick(desk, SETTINGS);
  assert.deepEqual([second.claimed, second.lost], [1, []]);
  assert.notEqual(second.plan.decisions[0].agent, first.lost[0].agent);
  await desk.query(`INSERT INTO conversations (contact_id, inbox_id, assigned_team_id, status_id, id)
    SELECT 1000000, 1, 1, 1, n FROM generate_series(10, 12) n`);
  await tick(desk, SETTINGS);
  const turns = Object.values(await holders(desk.query)).sort();
  assert.deepEqual(turns, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
});

test('a message that comes in meanwhile does not hold a conversation back', async () => {
  const { version, plan } = await look();
  await other.query('BEGIN');
  // What a foreign key of a new message does to its conversation.
  await other.query('SELECT FROM conversations WHERE id = 5 FOR KEY SHARE');
  const { claimed } = await desk.query(CLAIM, [version, plan]);
  await other.query('COMMIT');
  assert.equal(claimed, 9);
});

test('two hosts at once: one wins, the other writes nothing', async () => {
  const second = await openPostgres(url);
  try {
    const mine = await look();
    const theirs = await look(second.query);
    // The other host would decide otherwise, so a mixture of the two would show.
    const swap = { 1: '2', 2: '3', 3: '1' };
    const plan = JSON.parse(theirs.plan);
    for (const decision of plan.decisions) decision.agent = swap[decision.agent];
    await other.query('BEGIN');
    await other.query('SELECT version FROM evenhand_state FOR UPDATE');
    const claims = [
      desk.query(CLAIM, [mine.version, mine.plan]),
      second.query(CLAIM, [theirs.version, JSON.stringify(plan)]),
    ];
    await untilClaimsWait(2);
    await other.query('COMMIT');
    const results = await Promise.all(claims);
    assert.deepEqual(results.map(({ won }) => won).sort(), [false, true]);
    const [winner, loser] = results[0].won ? [JSON.parse(mine.plan), results[1]] : [plan, results[0]];
    assert.deepEqual(loser, { won: false, idle: false, claimed: 0, lost: [], kept_away: [] });
    assert.deepEqual(
      Object.values(await holders(desk.query)).map(String),
      winner.decisions.map(({ agent }) => agent),
    );
    assert.deepEqual(await state(desk.query), { version: 1, cursors: winner.cursors, lost_claims: [] });
  } finally {
    await second.close();
  }
});

test('two hosts that tick as fast as they can hand everything out once and in turn', async () => {
  const second = await openPostgres(url);
  try {
    let written = 0;
    for (let round = 0; round < 10; round += 1) {
      const outcomes = await Promise.all([tick(desk, SETTINGS), tick(second, SETTINGS)]);
      written += outcomes.filter(({ won, way }) => won && way !== 'none').length;
      await desk.query(
        `INSERT INTO conversations (contact_id, inbox_id, assigned_team_id, status_id, id)
         SELECT 1000000, 1, 1, 1, ${100 + round * 10} + n FROM generate_series(1, 3) n`,
      );
    }
    await tick(desk, SETTINGS);
    assert.equal((await state(desk.query)).version, written + 1);
    const { shares } = await desk.query(
      `SELECT json_agg(n ORDER BY agent) AS shares
       FROM (SELECT assigned_user_id AS agent, count(*) AS n FROM conversations GROUP BY 1) x`,
    );
    assert.deepEqual(shares, [13, 13, 13]);
  } finally {
    await second.close();
  }
});

test('a host that dies in its claim leaves nothing, and the one that waited writes', async () => {
  const { version, plan } = await look();
  const dying = await server.connect(url);
  await dying.query('BEGIN');
  await dying.query(CLAIM, [version, plan]);
  const claim = desk.query(CLAIM, [version, plan]);
  await untilClaimsWait();
  await other.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1', [dying.processID]);
  assert.deepEqual(await claim, { won: true, idle: false, claimed: 9, lost: [], kept_away: [] });
  assert.equal((await state(desk.query)).version, 1);
});

test('a connection that is cut in the middle of a claim: nothing is written, and the next tick works', async () => {
  const { version, plan } = await look();
  await other.query('BEGIN');
  await other.query('SELECT version FROM evenhand_state FOR UPDATE');
  const claim = assert.rejects(desk.query(CLAIM, [version, plan]));
  await untilClaimsWait();
  await other.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'evenhand' AND datname = current_database()",
  );
  await claim;
  await other.query('COMMIT');
  assert.equal((await state(desk.query)).version, 0);
  assert.equal((await tick(desk, SETTINGS)).claimed, 9);
});

test('hosts that start at once on a new database do not trip over each other', async () => {
  for (let n = 0; n < 4; n += 1) {
    const fresh = await server.createDesk({ state: false });
    const clients = await Promise.all(Array.from({ length: 12 }, () => server.connect(fresh)));
    await Promise.all(clients.map((client) => client.query(STATE)));
    const { rows } = await clients[0].query('SELECT count(*)::int AS n FROM evenhand_state');
    assert.deepEqual(rows, [{ n: 1 }]);
  }
});
