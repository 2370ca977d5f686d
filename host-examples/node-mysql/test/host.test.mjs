// The host on a real MariaDB: what its snapshot says, what its claim takes and leaves alone.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { plan } from 'evenhand';
import { claim } from '../claim.mjs';
import { openDesk, tick } from '../desk.mjs';
import { readDesk } from '../snapshot.mjs';
import { add, fill, holders, losses } from '../test-support/fill.mjs';
import { missing, startMariaDB } from '../test-support/mariadb.mjs';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));
const ids = (first, last) => Array.from({ length: last - first + 1 }, (_, i) => ({ id: first + i }));

describe('the host', { skip: missing }, () => {
  let server;
  let url;
  let pool;
  /** A client of the test's own. */
  let client;
  /** Somebody else, who has a transaction open. */
  let other;

  before(async () => {
    server = await startMariaDB();
    url = await server.createDesk();
    [client, other] = [await server.connect(url), await server.connect(url)];
    pool = await openDesk(url);
  });
  beforeEach(() => other.query('ROLLBACK'));
  after(async () => {
    await pool?.end();
    await server?.stop();
  });

  const lock = (table, ...locked) => other.query(`BEGIN; SELECT 1 FROM ${table} WHERE id IN (?) FOR UPDATE`, [locked]);
  const given = async () => Object.entries(await holders(client)).filter(([, agent]) => agent !== null);

  /** One tick, in which `meanwhile` happens after the snapshot. Returns the ids: `[claimed, lost]`. */
  async function tickWhile(meanwhile) {
    const connection = await pool.getConnection();
    try {
      const { version, snapshot } = await readDesk(connection);
      await meanwhile();
      const { claimed, lost } = await claim(connection, version, plan(snapshot));
      return [claimed, lost].map((list) => list.map(({ conversation }) => conversation));
    } finally {
      connection.release();
    }
  }

  test('the snapshot has every member, counts open tickets only, and has the times of the database', async () => {
    await fill(client, {
      teams: [{ id: 1, members: [1, 2, 3], max_open: 4, overflow_team_id: 2 }, { id: 2, members: [] }],
      agents: [{ id: 1 }, { id: 2, availability: 'away' }, { id: 3, enabled: false }],
      tickets: [
        { id: 1, agent_id: 1 }, { id: 2, agent_id: 1, status: 'solved' }, { id: 3, agent_id: 2, hand_over: true, waited: 2 },
        { id: 4, waited: 1 }, { id: 5, team_id: null }, { id: 6, status: 'pending' },
      ],
    });
    // The server's time is the host's here; it must not depend on the time zone of the session.
    await client.query("SET GLOBAL time_zone = '-07:00'");
    const fresh = await server.connect(url);
    const from = Date.now();
    const { version, snapshot } = await readDesk(fresh);
    await client.query('SET GLOBAL time_zone = SYSTEM');
    const { now, conversations, ...rest } = snapshot;
    assert.ok(now >= from - 1 && now <= Date.now() + 1);
    assert.deepEqual(conversations.map(({ since, ...more }) => ({ minutes: Math.round((now - since) / 60_000), ...more })), [
      { minutes: 2, id: '3', team: '1', held_by: '2' }, { minutes: 1, id: '4', team: '1', held_by: undefined },
    ]);
    assert.equal(version, '0');
    assert.deepEqual(rest, {
      version: 1,
      seed: 1n,
      agents: [{ id: '1', availability: 'online', load: 1 }, { id: '2', availability: 'away', load: 1 }],
      teams: [
        {
          id: '1', assignment: 'round_robin', max_load: 4, overflow: [{ team: '2', after: 1_800_000 }],
          members: [{ agent: '1', weight: 1 }, { agent: '2', weight: 1 }, { agent: '3', weight: 1 }],
        },
        { id: '2', assignment: 'round_robin', max_load: undefined, overflow: [], members: [] },
      ],
      cursors: [],
      lost_claims: [],
    });
  });

  test('a ticket that is to be handed over changes hands, unless somebody changes it first', async () => {
    const desk = { teams: [{ id: 1, members: [1, 2] }], agents: ids(1, 2), tickets: [{ id: 1, agent_id: 1, hand_over: true }] };
    const row = async () => (await client.query('SELECT agent_id, hand_over FROM tickets'))[0][0];
    for (const [change, result, then] of [
      ['SELECT 1', [['1'], []], { agent_id: '2', hand_over: 0 }],
      ['UPDATE tickets SET hand_over = FALSE', [[], ['1']], { agent_id: '1', hand_over: 0 }],
      ['UPDATE tickets SET agent_id = NULL, hand_over = FALSE', [[], ['1']], { agent_id: null, hand_over: 0 }],
      ['UPDATE tickets SET status = "solved"', [[], ['1']], { agent_id: '1', hand_over: 1 }],
    ]) {
      await fill(client, desk);
      assert.deepEqual(await tickWhile(() => client.query(change)), result, change);
      assert.deepEqual(await row(), then, change);
    }
  });

  test('a ticket that is moved or solved, an agent who leaves the team that serves: lost', async () => {
    const desk = {
      teams: [{ id: 1, members: [], overflow_team_id: 2 }, { id: 2, members: [1] }], agents: ids(1, 1), tickets: [{ id: 1, waited: 31 }],
    };
    for (const [change, result] of [
      ['SELECT 1', [['1'], []]],
      ['UPDATE tickets SET team_id = 2', [[], ['1']]],
      ['UPDATE tickets SET status = "pending"', [[], ['1']]],
      ['DELETE FROM members', [[], ['1']]],
      ['DELETE FROM tickets', [[], ['1']]],
    ]) {
      await fill(client, desk);
      assert.deepEqual(await tickWhile(() => client.query(change)), result, change);
    }
  });

  test('an agent whose row somebody holds, or who is deleted, gets nothing, and nobody is waited for', async () => {
    await fill(client, { teams: [{ id: 1, members: [1, 2, 3] }], agents: ids(1, 3), tickets: ids(1, 6) });
    await lock('agents', 1);
    // A member's row is only read.
    await other.query('SELECT 1 FROM members FOR UPDATE');
    const [claimed, lost] = await tickWhile(() => client.query('SET foreign_key_checks = 0; DELETE FROM agents WHERE id = 2; SET foreign_key_checks = 1'));
    assert.deepEqual([claimed.length, lost.length], [2, 4]);
    assert.deepEqual(new Set((await given()).map(([, agent]) => agent)), new Set(['3']));
  });

  test('what a person has assigned in an open transaction locks nobody out of new work', async () => {
    await fill(client, { teams: [{ id: 1, members: [1] }], agents: ids(1, 1), tickets: ids(1, 2) });
    await other.query('BEGIN; UPDATE tickets SET agent_id = 1 WHERE id = 1');
    assert.deepEqual((await tick(pool)).claimed.map(({ conversation }) => conversation), ['2']);
  });

  test('three rows locked for good, and a place that comes free again and again: they take up fewer and fewer ticks', async () => {
    await fill(client, { teams: [{ id: 1, members: [1], max_open: 1 }], agents: ids(1, 1), tickets: ids(1, 33) });
    await lock('tickets', 1, 2, 3);
    const lostIn = [];
    for (let n = 1; n <= 40; n += 1) {
      const { claimed, lost } = await tick(pool);
      assert.equal(claimed.length + lost.length, 1);
      if (lost.length > 0) lostIn.push(n);
      else await client.query('UPDATE tickets SET status = "solved" WHERE id = ?', [BigInt(claimed[0].conversation)]);
    }
    assert.deepEqual(lostIn, [1, 2, 3, 4, 5, 6, 8, 9, 10, 14, 15, 16, 24, 25, 26]);
    assert.deepEqual(await losses(client), [['1', 5, 1], ['2', 5, 2], ['3', 5, 3]]);
    await other.query('ROLLBACK');
    for (const id of ['1', '2', '3']) {
      await client.query('UPDATE tickets SET status = "solved" WHERE agent_id IS NOT NULL');
      await client.query('DELETE FROM tickets WHERE id > 3');
      assert.deepEqual((await tick(pool)).claimed.map(({ conversation }) => conversation), [id]);
    }
    assert.deepEqual(await losses(client), []);
  });

  test('some thousand tickets, some of them locked: each of the others is assigned', async () => {
    await fill(client, { teams: [{ id: 1, members: [1, 2] }], agents: ids(1, 2) });
    await client.query('INSERT INTO tickets (subject, team_id) SELECT "", 1 FROM seq_1_to_5000');
    await client.query('INSERT INTO tickets (subject, team_id, status) SELECT "", 1, "solved" FROM seq_1_to_5000');
    await client.query('ANALYZE TABLE tickets');
    await lock('tickets', 17, 4711);
    const { claimed, lost } = await tick(pool);
    assert.deepEqual([claimed.length, lost.map(({ conversation }) => conversation)], [4998, ['17', '4711']]);
    assert.deepEqual([...new Set(claimed.map(({ agent }) => agent))].sort(), ['1', '2']);
    const [[{ n }]] = await client.query('SELECT COUNT(*) AS n FROM tickets WHERE agent_id IS NOT NULL');
    assert.equal(n, '4998');
  });

  test('the row of Evenhand is made once; one that is lost is not made anew', async () => {
    await fill(client, { teams: [{ id: 1, members: [1] }], agents: ids(1, 1), tickets: ids(1, 1) });
    await tick(pool);
    const again = await openDesk(url);
    const [rows] = await client.query('SELECT version, seed FROM evenhand_state');
    assert.deepEqual(rows, [{ version: '1', seed: '1' }]);
    await client.query('DELETE FROM evenhand_state');
    await again.end();
    await (await openDesk(url)).end();
    await assert.rejects(tick(pool), /evenhand_state has lost its row/);
    await client.query('DROP TABLE evenhand_state');
    await (await openDesk(url)).end();
    const [[row]] = await client.query('SELECT version, CAST(seed AS DOUBLE) BETWEEN 1 AND 9007199254740991 AS drawn FROM evenhand_state');
    assert.deepEqual(row, { version: '0', drawn: 1 });
  });

  test('the hour that comes twice in an autumn night is told from itself', async () => {
    await fill(client, { teams: [{ id: 1, members: [] }] });
    const connection = await openDesk(url);
    for (const now of ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z'].map(Date.parse)) {
      await connection.query('SET timestamp = ?', [now / 1000]);
      await connection.query('REPLACE INTO tickets SET id = 1, team_id = 1, subject = ""');
      const { snapshot } = await readDesk(connection);
      assert.deepEqual([snapshot.now, snapshot.conversations[0].since], [now, now]);
    }
    await connection.end();
  });

  test('the program ticks, goes on after the database was away, and ends when told', async (t) => {
    await fill(client, { teams: [{ id: 1, members: [1, 2] }], agents: [{ id: 1 }, { id: 2, availability: 'away' }], tickets: ids(1, 1) });
    const host = spawn(process.execPath, [MAIN], { env: { ...process.env, DATABASE_URL: url, INTERVAL: '0.1' }, stdio: ['ignore', 'pipe', 'pipe'] });
    t.after(() => host.kill('SIGKILL'));
    let said = '';
    for (const stream of [host.stdout, host.stderr]) stream.on('data', (chunk) => { said += chunk; });
    const says = async (pattern) => {
      for (const deadline = Date.now() + 30_000; !pattern.test(said);) {
        if (Date.now() > deadline || host.exitCode !== null) assert.fail(`it never said ${pattern}: ${said}`);
        await new Promise((resolve) => { setTimeout(resolve, 20); });
      }
    };
    await says(/^ticket 1 to agent 1 \(only_candidate\)$/m);
    await server.halt();
    await says(/^the tick failed: .+$/m);
    await server.resume();
    client = await server.connect(url);
    other = await server.connect(url);
    await add(client, [{ id: 2 }]);
    await says(/^ticket 2 to agent 1 \(only_candidate\)$/m);
    host.kill('SIGTERM');
    assert.deepEqual(await once(host, 'exit'), [0, null]);
    assert.deepEqual(await holders(client), { 1: '1', 2: '1' });
  });

  test('what it is told wrongly it says, without a password, and does nothing', () => {
    const { DATABASE_URL, ...env } = process.env;
    for (const [set, says] of [
      [{}, 'DATABASE_URL is missing: mysql://user:password@host:port/database\n'],
      [{ DATABASE_URL: 'mysql://host:top/secret@db:3306/helpdesk' }, 'DATABASE_URL is no URL: mysql://user:password@host:port/database\n'],
      [{ DATABASE_URL: url, INTERVAL: '5s' }, 'INTERVAL is a number of seconds, above 0\n'],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [MAIN], { env: { ...env, ...set }, encoding: 'utf8', timeout: 5000 });
      assert.deepEqual([status, stderr], [2, says]);
    }
  });

  test('a database that does not answer does not keep it from ending', async (t) => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    t.after(() => silent.close());
    await once(silent, 'listening');
    const host = spawn(process.execPath, [MAIN], { env: { ...process.env, DATABASE_URL: `mysql://root@127.0.0.1:${silent.address().port}/x` }, stdio: 'ignore' });
    t.after(() => host.kill('SIGKILL'));
    await once(silent, 'connection');
    host.kill('SIGTERM');
    const late = AbortSignal.timeout(3000);
    assert.deepEqual(await once(host, 'exit', { signal: late }), [null, 'SIGTERM']);
  });

  test('one tick: every line that it says', async () => {
    await fill(client, {
      teams: [{ id: 1, members: [1, 2], max_open: 1 }],
      agents: [{ id: 1 }, { id: 2, availability: 'away' }],
      tickets: [{ id: 1, agent_id: 2, hand_over: true }, ...ids(2, 3)],
    });
    const host = spawn(process.execPath, [MAIN, '--once'], { env: { ...process.env, DATABASE_URL: url }, stdio: ['ignore', 'pipe', 'inherit'] });
    let said = '';
    host.stdout.on('data', (chunk) => { said += chunk; });
    assert.deepEqual(await once(host, 'close'), [0, null]);
    assert.equal(said, 'ticket 1 to agent 1 (only_candidate), from agent 2\nteam 1: 2 wait: all_full\n');
  });
});
