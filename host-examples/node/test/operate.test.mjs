// The host at night, when nobody looks: a database that goes, hangs and comes back, signals in every phase
// of a tick, a state that somebody broke, what a monitor sees, and the rights that suffice.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv/dist/2020.js';
import { openPostgres } from '../desk.mjs';
import { tick } from '../tick.mjs';
import { fill, holders, range, state } from '../test-support/fill.mjs';
import { startPostgres } from '../test-support/postgres.mjs';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));
const ROLE = readFileSync(new URL('../../sql/libredesk/role.sql', import.meta.url), 'utf8');
const LOG_SCHEMA = JSON.parse(readFileSync(new URL('../log.schema.json', import.meta.url), 'utf8'));

let server;
let url;
let client;
const query = async (sql, values) => (await client.query(sql, values)).rows?.[0];
const hosts = new Set();

before(async () => { server = await startPostgres(); });
after(() => server?.stop());
beforeEach(async () => {
  for (const host of hosts) host.child.kill('SIGKILL');
  hosts.clear();
  // A desk of its own for every test: nothing that a host left behind is in its way.
  url = await server.createDesk();
  client = await server.connect(url);
  await fill(query, {
    agents: [{ id: 1 }, { id: 2 }, { id: 3, availability: 'away' }],
    teams: [{ id: 1, members: [1, 2, 3], max: 2 }],
    conversations: range(1, 6),
  });
});
after(() => { for (const host of hosts) host.child.kill('SIGKILL'); });

/** Starts the host; `lines` are without the time. */
function start(args, { at = url } = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, DATABASE_URL: at, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const host = { child, output: '' };
  hosts.add(host);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { host.output += chunk; });
  host.lines = () => host.output.split('\n').slice(0, -1).map((line) => line.replace(/^\d\d:\d\d:\d\d /, '').replace(/, \d+ ms$/, ''));
  host.ended = new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code: code ?? signal, output: host.output, lines: host.lines() }));
  });
  /** Waits until it has said `pattern`. */
  host.says = (pattern) => until(() => pattern.test(host.output), () => `it never said ${pattern}:\n${host.output}`, child);
  host.end = (signal = 'SIGTERM') => {
    child.kill(signal);
    return host.ended;
  };
  return host;
}

async function until(condition, complaint, child) {
  for (const deadline = Date.now() + 60_000; !await condition();) {
    assert.ok(Date.now() < deadline && (child?.exitCode ?? null) === null, complaint());
    await sleep(10);
  }
}

/** Waits until the host has a connection of which `condition` is true; returns its process. */
async function hostIs(condition) {
  const watcher = await server.connect(url);
  let pid;
  await until(async () => {
    const { rows } = await watcher.query(
      `SELECT pid FROM pg_stat_activity WHERE application_name = 'evenhand' AND datname = current_database() AND ${condition}`,
    );
    pid = rows[0]?.pid;
    return pid !== undefined;
  }, () => `no connection of the host is ${condition}`);
  return pid;
}

const waitsForALock = () => hostIs("wait_event_type = 'Lock'");

describe('a database that goes', () => {
  test('it is said once when it goes and once when it is back, nothing is written twice, and ticks go on', async () => {
    const host = start(['--interval', '0.2']);
    await host.says(/tick 2:/);
    await server.halt();
    await host.says(/the database is lost/);
    // It tries more than once.
    await sleep(1500);
    await server.resume();
    client = await server.connect(url);
    await host.says(/the database is back/);
    await query('UPDATE teams SET max_auto_assigned_conversations = 3');
    await host.says(/assigned 2,/);
    const { code, lines } = await host.end();
    assert.equal(code, 0);
    assert.equal(lines.filter((line) => /the database is lost: .+; nothing is assigned until it is back$/.test(line)).length, 1, lines.join('\n'));
    assert.equal(lines.filter((line) => /^the database is back after \d+(\.\d)? s$/.test(line)).length, 1);
    assert.equal(lines.filter((line) => line.startsWith('error')).length, 1);
    const numbers = lines.flatMap((line) => /^tick (\d+):/.exec(line)?.[1] ?? []).map(Number);
    assert.deepEqual(numbers, numbers.map((_, i) => i + 1));
    assert.deepEqual(
      [Object.values(await holders(query)).sort(), (await state(query)).version],
      [[1, 1, 1, 2, 2, 2], numbers.length],
    );
  });

  test('a server that hangs in a claim is a lost one, and what it then did is not done again', async () => {
    await query('BEGIN');
    await query('SELECT version FROM evenhand_state FOR UPDATE');
    const host = start(['--interval', '0.2', '--timeout', '1']);
    const pid = await waitsForALock();
    process.kill(pid, 'SIGSTOP');
    try {
      await host.says(/error: the database is lost: Query read timeout;/);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await query('COMMIT');
    await host.says(/the database is back after/);
    await host.says(/tick 2:/);
    await host.end();
    const { version } = await state(query);
    const map = Object.values(await holders(query)).filter((agent) => agent !== null);
    assert.deepEqual([map.sort(), version >= 2], [[1, 1, 2, 2], true]);
  });

  test('a statement that takes too long is ended by the server itself', async () => {
    await query('BEGIN');
    await query('LOCK TABLE team_members');
    const host = start(['--interval', '0.2', '--timeout', '0.5']);
    await host.says(/error: the database is lost: canceling statement due to statement timeout;/);
    await query('COMMIT');
    await host.says(/the database is back after/);
    await host.says(/tick 1: assigned 4/);
    assert.equal((await host.end()).code, 0);
  });

  test('--once does not wait for it', async () => {
    await query('BEGIN');
    await query('LOCK TABLE team_members');
    const { code, lines } = await start(['--once', '--timeout', '0.5']).ended;
    await query('COMMIT');
    assert.deepEqual([code, lines.at(-1)], [1, 'error: tick 1: failed: canceling statement due to statement timeout']);
  });

  test('a tick that takes longer than the interval is said to', async () => {
    await query('BEGIN');
    await query('LOCK TABLE team_members');
    const host = start(['--interval', '0.3', '--ticks', '2']);
    await waitsForALock();
    await sleep(700);
    await query('COMMIT');
    const { lines } = await host.ended;
    const at = lines.findIndex((line) => /^warning: tick 1 took \d+\.\d s, longer than the interval of 0\.3 s$/.test(line));
    assert.ok(lines[at - 2]?.startsWith('tick 1:'), lines.join('\n'));
  });
});

describe('the start', () => {
  const NOWHERE = 'postgres://postgres:sesame@127.0.0.1:1/desk';

  test('a database that cannot be reached is exit code 3', async () => {
    for (const args of [[], ['--dry-run'], ['--once']]) {
      const { code, output, lines } = await start(args, { at: NOWHERE }).ended;
      assert.deepEqual([code, lines.slice(1)], [3, [
        'error: the database cannot be reached; --wait waits for it: connect ECONNREFUSED 127.0.0.1:1',
      ]]);
      assert.doesNotMatch(output, /sesame/);
    }
  });

  test('with --wait it is waited for', async () => {
    await server.halt();
    const host = start(['--wait', '--interval', '0.2']);
    await host.says(/error: the database cannot be reached: .*; waiting for it\n/);
    await server.resume();
    await host.says(/the database is back after/);
    await host.says(/tick 1: assigned 4/);
    const { code, lines } = await host.end();
    assert.deepEqual([code, lines.filter((line) => /database/.test(line)).length], [0, 3], lines.join('\n'));
  });

  test('a database that does not let the host in is a wrong configuration, also with --wait', async () => {
    const wrong = { 'database "nowhere" does not exist': url.replace(/\/desk_\d+$/, '/nowhere'), 'role "nobody" does not exist': url.replace('postgres@', 'nobody@') };
    for (const [reason, at] of Object.entries(wrong)) {
      const { code, lines } = await start(['--wait'], { at }).ended;
      assert.deepEqual([code, lines.at(-1)], [2, `error: the database does not let the host in; change DATABASE_URL or what it names: ${reason}`]);
    }
  });
});

describe('a state that somebody broke', () => {
  test('a row that is gone is reported with what to do, is not made anew by a start, and is gone on from', async () => {
    await query('DELETE FROM evenhand_state');
    const host = start(['--interval', '0.2']);
    await host.says(/error: tick 1: failed: evenhand_state has lost its row, and with it whose turn it is; put the row back from a backup, or begin with level turns: INSERT INTO evenhand_state DEFAULT VALUES\n/);
    assert.equal((await query('SELECT count(*)::int AS n FROM evenhand_state')).n, 0);
    await query('INSERT INTO evenhand_state DEFAULT VALUES');
    await host.says(/: assigned 4/);
    assert.equal((await host.end()).code, 0);
  });

  const BROKEN = {
    'cursors that are no cursors': ["UPDATE evenhand_state SET cursors = '{}'", /wrong_type at "\/cursors".*; evenhand_state was changed by hand; (UPDATE evenhand_state SET .*) begins with level turns/],
    'lost claims that are none': ["UPDATE evenhand_state SET lost_claims = '[1]'", /wrong_type at "\/lost_claims\/0".*; evenhand_state was changed by hand; (UPDATE evenhand_state SET .*) begins with level turns/],
  };
  for (const [what, [damage, complaint]] of Object.entries(BROKEN)) {
    test(`${what}: reported with the statement that helps, and nothing is written`, async () => {
      await query(damage);
      const before = await state(query);
      const host = start(['--interval', '0.2']);
      await host.says(complaint);
      assert.deepEqual([await state(query), Object.values(await holders(query))], [before, [null, null, null, null, null, null]]);
      await query(complaint.exec(host.output)[1]);
      await host.says(/: assigned 4/);
      await host.end();
    });
  }

  test('a table that is gone is reported with what to do', async () => {
    const host = start(['--interval', '0.2']);
    await host.says(/tick 1:/);
    await query('DROP TABLE evenhand_state');
    await host.says(/error: tick \d+: failed: relation "evenhand_state" does not exist; .*state\.sql make it anew, with level turns/);
    await host.end();
  });
});

describe('signals', () => {
  /** Accepts connections and never says a word. */
  async function silence() {
    const sockets = new Set();
    const listener = createServer((socket) => { sockets.add(socket.on('error', () => {})); }).listen(0, '127.0.0.1');
    await new Promise((resolve) => { listener.once('listening', resolve); });
    return {
      url: `postgres://postgres@127.0.0.1:${listener.address().port}/desk`,
      reached: () => until(() => sockets.size > 0, () => 'nobody came'),
      close: () => {
        for (const socket of sockets) socket.destroy();
        listener.close();
      },
    };
  }

  /** A plan that takes its time: members that are all full, drawn over and over by the rule that does so. */
  const longPlan = async () => {
    const ids = range(1, 1500).map(({ id }) => id);
    await fill(query, { agents: range(1, 1500), teams: [{ id: 1, members: ids, max: 1 }] });
    await query(`INSERT INTO conversations (id, contact_id, inbox_id, assigned_user_id, assigned_team_id, status_id)
      SELECT n, 1000000, 1, CASE WHEN n <= 1500 THEN n END, 1, 1 FROM generate_series(1, 21500) n`);
  };

  const PHASES = {
    'while it waits for a database at start': {
      args: ['--wait'],
      at: () => 'postgres://127.0.0.1:1/desk',
      reached: (host) => host.says(/waiting for it/),
    },
    'while it connects for the first time': {
      async before() { this.server = await silence(); },
      at() { return this.server.url; },
      reached() { return this.server.reached(); },
      after() { this.server.close(); },
    },
    'during the snapshot': {
      before: () => query('BEGIN').then(() => query('LOCK TABLE team_members')),
      reached: waitsForALock,
      release: () => query('COMMIT'),
      ticks: 1,
    },
    'during the plan': {
      args: ['--rule', 'libredesk_2026'],
      before: longPlan,
      reached: () => hostIs("state = 'idle' AND starts_with(query, '-- The desk at one moment')"),
      ticks: 1,
    },
    'during the claim': {
      before: () => query('BEGIN').then(() => query('SELECT version FROM evenhand_state FOR UPDATE')),
      reached: waitsForALock,
      release: () => query('COMMIT'),
      ticks: 1,
    },
    'while it sleeps': { args: ['--interval', '600'], reached: (host) => host.says(/tick 1:/), ticks: 1 },
    'while it backs off': {
      args: ['--interval', '0.2'],
      reached: async (host) => {
        await host.says(/tick 1:/);
        await server.halt();
        await host.says(/the database is lost/);
      },
      async after() {
        await server.resume();
        client = await server.connect(url);
      },
    },
  };

  for (const [when, phase] of Object.entries(PHASES)) {
    const reach = async (args) => {
      await phase.before?.();
      const host = start([...args, ...(phase.args ?? [])], { at: phase.at?.() ?? url });
      await phase.reached(host);
      return host;
    };

    test(`${when}: one signal ends it, after the running tick`, async () => {
      const host = await reach(['--grace', '60']);
      host.child.kill('SIGTERM');
      if (phase.release) {
        await host.says(/SIGTERM: ending after the running tick/);
        await sleep(200);
        assert.equal(host.child.exitCode, null, host.output);
        await phase.release();
      }
      const { code, lines, output } = await host.ended;
      assert.equal(code, 0, output);
      if (phase.ticks) assert.deepEqual(lines.filter((line) => /^tick/.test(line)).length, phase.ticks, output);
      await phase.after?.();
      if (phase.ticks) assert.equal((await state(query)).version, phase.ticks);
    });

    test(`${when}: a second signal ends it at once`, async () => {
      const host = await reach(['--grace', '60']);
      host.child.kill('SIGINT');
      host.child.kill('SIGTERM');
      const { code, output } = await host.ended;
      // Two that come together may be seen in either order, and whatever ends by itself needs only one.
      assert.ok([0, 130, 143].includes(code) && (!phase.release || code !== 0), `${code}\n${output}`);
      await phase.release?.();
      await phase.after?.();
    });

    if (!phase.release) continue;
    test(`${when}: a tick that does not end is left after the grace, with exit code 4`, async () => {
      const host = await reach(['--grace', '0.5']);
      const { code, lines } = await host.end();
      assert.deepEqual([code, lines.at(-1)], [4, 'error: the running tick did not end within 0.5 s and is left; its claim is written whole or not at all']);
      await phase.release();
      // The server still had the statement and may have finished it: then all of it is there.
      await until(async () => !(await query("SELECT FROM pg_stat_activity WHERE application_name = 'evenhand' AND datname = current_database()")), () => 'the host is still there');
      const { version } = await state(query);
      assert.equal(Object.values(await holders(query)).filter((agent) => agent !== null).length, version === 0 ? 0 : 4);
    });
  }
});

describe('what a monitor sees', () => {
  const get = async (address, path) => {
    const response = await fetch(`${address}${path}`);
    return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
  };
  const addressOf = async (host) => {
    await host.says(/metrics at http:\S+\n/);
    return /metrics at (http:\S+)\/metrics/.exec(host.output)[1];
  };

  test('/metrics counts what the ticks did, /healthz is well', async () => {
    const host = start(['--interval', '600', '--listen', '127.0.0.1:0']);
    const address = await addressOf(host);
    await host.says(/wait for Team 1/);
    const { status, type, text } = await get(address, '/metrics');
    assert.deepEqual([status, /^text\/plain; version=0\.0\.4/.test(type)], [200, true]);
    const lines = text.split('\n');
    for (const line of [
      'evenhand_ticks_total{result="won"} 1',
      'evenhand_ticks_total{result="beaten"} 0',
      'evenhand_ticks_total{result="failed"} 0',
      'evenhand_assigned_total 4',
      'evenhand_lost_claims_total 0',
      'evenhand_waiting{team="1",name="Team 1",why="all_full"} 2',
      'evenhand_unused_settings 0',
      'evenhand_tick_seconds_count{phase="snapshot"} 1',
      'evenhand_tick_seconds_count{phase="plan"} 1',
      'evenhand_tick_seconds_count{phase="claim"} 1',
    ]) assert.ok(lines.includes(line), `${line}\n${text}`);
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    for (const [, name] of text.matchAll(/^# TYPE (\S+)/gm)) assert.ok(readme.includes(`\`${name}`), name);
    const age = Number(/^evenhand_last_good_tick_age_seconds (.*)$/m.exec(text)[1]);
    assert.ok(age > 0 && age < 60, `${age}`);
    const health = await get(address, '/healthz');
    assert.deepEqual([health.status, /^the last good tick was \d+ s ago\n$/.test(health.text)], [200, true]);
    assert.deepEqual([(await get(address, '/')).status, (await fetch(`${address}/metrics`, { method: 'POST' })).status], [404, 405]);
    assert.equal((await host.end()).code, 0);
  });

  test('/healthz fails when ticks stop, and is well again when they go on', async () => {
    const host = start(['--interval', '0.1', '--stale', '1', '--listen', '127.0.0.1:0']);
    const address = await addressOf(host);
    await host.says(/tick 1:/);
    await query('ALTER TABLE team_members RENAME TO put_aside');
    await until(async () => (await get(address, '/healthz')).status === 503, () => 'it never failed');
    assert.match((await get(address, '/metrics')).text, /^evenhand_ticks_total\{result="failed"\} [1-9]/m);
    await query('ALTER TABLE put_aside RENAME TO team_members');
    await until(async () => (await get(address, '/healthz')).status === 200, () => 'it stayed ill');
    await host.end();
  });

  test('a place that cannot be had is a wrong configuration', async () => {
    const { code, lines } = await start(['--listen', `127.0.0.1:${new URL(url).port}`]).ended;
    assert.equal(code, 2);
    assert.match(lines.at(-1), /^error: --listen: listen EADDRINUSE/);
  });
});

describe('--json', () => {
  let folder;
  before(() => { folder = mkdtempSync(join(tmpdir(), 'evenhand-json-')); });
  after(() => rmSync(folder, { recursive: true, force: true }));
  const validate = new Ajv({ allErrors: true, discriminator: true, strictRequired: false }).compile(LOG_SCHEMA);
  const seen = new Set();
  const events = (output) => output.split('\n').slice(0, -1).map((line) => {
    const event = JSON.parse(line);
    assert.ok(validate(event), `${line}\n${JSON.stringify(validate.errors)}`);
    seen.add(event.event);
    return event;
  });

  test('every line is an event of the schema, with the same words', async () => {
    await query(`UPDATE evenhand_state SET cursors = '{}'`);
    const config = join(folder, 'evenhand.config.json');
    writeFileSync(config, '{"rules": [{"team": "Taem 1", "rule": "least_loaded"}]}');
    const host = start(['--json', '--interval', '0.2', '--listen', '127.0.0.1:0', '--config', config]);
    await host.says(/"event":"refused"/);
    await query(`UPDATE evenhand_state SET cursors = '[]'`);
    await host.says(/"event":"waiting"/);
    await query('ALTER TABLE team_members RENAME TO put_aside');
    await host.says(/"event":"failed"/);
    await query('ALTER TABLE put_aside RENAME TO team_members');
    await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'evenhand' AND datname = current_database()");
    const { code, output } = await host.end();
    assert.equal(code, 0);
    const list = events(output);
    const plain = ({ time, milliseconds, phases, port, ...rest }) => rest;
    const { host: where, pathname } = new URL(url);
    assert.deepEqual(plain(list[0]), {
      level: 'info', event: 'start', desk: `PostgreSQL at ${where}, database ${pathname.slice(1)}`,
      msg: `Evenhand on PostgreSQL at ${where}, database ${pathname.slice(1)}`,
    });
    const { msg, ...ticked } = plain(list.find(({ event, assigned }) => event === 'tick' && assigned > 0));
    assert.deepEqual(ticked, { level: 'info', event: 'tick', tick: ticked.tick, won: true, assigned: 4, waiting: 2, lost_claims: 0 });
    assert.match(msg, /^tick \d+: assigned 4, waiting 2 \(2 all full\), 0 lost claims, \d+ ms$/);
    assert.deepEqual(plain(list.find(({ event }) => event === 'waiting')), {
      level: 'info', event: 'waiting', tick: ticked.tick, team: '1', why: 'all_full', conversations: 2, members: 3,
      passed_over: [{ why: 'unavailable', members: 1 }, { why: 'team_full', members: 2 }], msg: '  2 wait for Team 1: 1 away, 2 full',
    });
  });

  test('also when the database goes, a tick takes long, is left, or never begins', async () => {
    await query('BEGIN');
    await query('LOCK TABLE team_members');
    const host = start(['--json', '--interval', '0.1', '--timeout', '0.5', '--grace', '0.2']);
    await host.says(/"event":"database_lost"/);
    await query('COMMIT');
    await host.says(/"event":"tick"/);
    await query('BEGIN');
    await query('LOCK TABLE team_members');
    await waitsForALock();
    const left = await host.end();
    await query('COMMIT');
    assert.equal(left.code, 4);
    events(left.output);

    await query('BEGIN');
    await query('LOCK TABLE team_members');
    const slow = start(['--json', '--interval', '0.1', '--ticks', '1']);
    await waitsForALock();
    await sleep(200);
    await query('COMMIT');
    events((await slow.ended).output);

    // Somebody is changing one of them.
    await query("INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES (50, 1000000, 1, 1, 1)");
    await query('UPDATE teams SET max_auto_assigned_conversations = 9');
    await query('BEGIN');
    await query('UPDATE conversations SET inbox_id = 2 WHERE id = 50');
    events((await start(['--json', '--once']).ended).output);
    await query('COMMIT');

    events((await start(['--json', '--dry-run']).ended).output);
    events((await start(['--json', '--dry-run', '--data', join(folder, 'none')]).ended).output);
    events((await start(['--json'], { at: 'postgres://127.0.0.1:1/desk' }).ended).output);
    const waiting = start(['--json', '--wait'], { at: 'postgres://127.0.0.1:1/desk' });
    await waiting.says(/waiting_for_database/);
    events((await waiting.end()).output);
  });

  test('every event of the schema was seen', () => {
    assert.deepEqual(LOG_SCHEMA.oneOf.map(({ title }) => title).sort(), [...seen].sort());
  });
});

describe('rights', () => {
  test('the host runs under the role, and the role can do no more', async () => {
    await query("ALTER TABLE users ADD email text DEFAULT 'a@b.c', ADD password text DEFAULT 'sesame'");
    await query('CREATE TABLE conversation_messages (content text)');
    await client.query(ROLE);
    // As often as you like.
    await client.query(ROLE);
    const at = url.replace('postgres@', 'evenhand@');
    const { code, output, lines } = await start(['--once', '--record-size', '1'], { at }).ended;
    assert.deepEqual([code, lines[2]], [0, 'tick 1: assigned 4, waiting 2 (2 all full), 0 lost claims'], output);
    assert.equal((await start(['--dry-run'], { at }).ended).code, 0);
    assert.match((await start(['why', '6'], { at }).ended).output, /full/);

    const role = await openPostgres(at);
    try {
      await query('INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES (50, 1000000, 1, 1, 1)');
      assert.equal((await tick(role, { rule: 'round_robin', assignable: ['online', 'away'] })).claimed, 2);
      for (const forbidden of [
        'SELECT email FROM users',
        'SELECT password FROM users',
        'SELECT * FROM users',
        'SELECT contact_id FROM conversations',
        'SELECT content FROM conversation_messages',
        'UPDATE conversations SET status_id = 4',
        'UPDATE conversations SET assigned_team_id = 1',
        "UPDATE users SET availability_status = 'online'",
        "UPDATE teams SET conversation_assignment_type = 'Manual'",
        'UPDATE evenhand_state SET seed = 2',
        'INSERT INTO team_members VALUES (1, 1)',
        'INSERT INTO conversations (contact_id, inbox_id) VALUES (1, 1)',
        'INSERT INTO evenhand_state DEFAULT VALUES',
        'DELETE FROM conversations',
        'DELETE FROM evenhand_state',
        'TRUNCATE evenhand_state',
        'DROP TABLE evenhand_state',
        'CREATE TABLE mine (id int)',
      ]) await assert.rejects(role.query(forbidden), { code: '42501' }, forbidden);
    } finally {
      await role.close();
    }
  });
});
