// The program as people start it: a process of its own, its options, its output, its end.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fill, holders, range, state } from '../test-support/fill.mjs';
import { startProgram } from '../test-support/host.mjs';
import { startPostgres } from '../test-support/postgres.mjs';
import { untilRows } from '../test-support/until.mjs';

const run = (args, options) => startProgram(args, options).ended;
const ticks = (output) => output.split('\n').filter((line) => /^\d\d:\d\d:\d\d tick \d+:/.test(line)).map((line) => line.slice(9));
/** So that every tick fails. */
const BREAK = "ALTER TYPE conversation_status_category RENAME VALUE 'open' TO 'put_aside'";
const MEND = "ALTER TYPE conversation_status_category RENAME VALUE 'put_aside' TO 'open'";
const withoutTime = (line) => line.replace(/, \d+ ms$/, '');

describe('on PostgreSQL', () => {
  let server;
  let url;
  let client;
  const query = async (sql, values) => (await client.query(sql, values)).rows?.[0];

  before(async () => {
    server = await startPostgres();
    url = await server.createDesk();
    client = await server.connect(url);
  });
  after(() => server?.stop());
  beforeEach(async () => {
    await client.query('ROLLBACK');
    await fill(query, {
      agents: [{ id: 1 }, { id: 2 }, { id: 3, availability: 'away_manual' }],
      teams: [{ id: 1, members: [1, 2, 3], max: 2 }, { id: 2, manual: true }],
      conversations: [...range(1, 6), { id: 7, team: 2 }],
    });
  });

  test('--once ticks once and says who waits and why', async () => {
    const { code, output, errors } = await run(['--once'], { url });
    assert.deepEqual([code, errors], [0, '']);
    const lines = output.trimEnd().split('\n').map((line) => line.replace(/^\d\d:\d\d:\d\d /, '').replace(/, \d+ ms$/, ''));
    const { host, pathname } = new URL(url);
    assert.deepEqual(lines, [
      `Evenhand on PostgreSQL at ${host}, database ${pathname.slice(1)}`,
      '2 teams, 3 agents, 7 conversations waiting',
      'tick 1: assigned 4, waiting 3 (2 all full, 1 manual team), 0 lost claims',
      "  Team 1: 2 wait: everybody who could take them is full (1 is away, 2 are at the team's limit)",
      '  Team 2: 1 waits: people assign there',
    ]);
    assert.deepEqual(Object.values(await holders(query)).filter((agent) => agent !== null).length, 4);
  });

  test('--ticks N ticks N times, and says who waits again only when it changed', async () => {
    const host = startProgram(['--ticks', '3', '--interval', '1'], { url });
    await host.says(/tick 2:/);
    await query('UPDATE conversations SET status_id = 4 WHERE id = 7');
    const { code, output } = await host.ended;
    assert.equal(code, 0);
    assert.deepEqual(ticks(output).map(withoutTime), [
      'tick 1: assigned 4, waiting 3 (2 all full, 1 manual team), 0 lost claims',
      'tick 2: assigned 0, waiting 3 (2 all full, 1 manual team), 0 lost claims',
      'tick 3: assigned 0, waiting 2 (2 all full), 0 lost claims',
    ]);
    assert.equal(output.match(/Team 1: 2 wait/g).length, 2);
    // The plans after the first changed nothing.
    assert.equal((await state(query)).version, 1);
  });

  test('a tick that finds nothing to do is said at --log-level debug alone', async () => {
    const many = ['--ticks', '4', '--interval', '1'];
    const { output } = await run([...many, '--log-level', 'info'], { url });
    assert.deepEqual(ticks(output).map(withoutTime), ['tick 1: assigned 4, waiting 3 (2 all full, 1 manual team), 0 lost claims']);
    const events = async (level) => (await run([...many, '--json', '--log-level', level], { url })).output.split('\n').slice(0, -1).map((line) => JSON.parse(line));
    // Who waits is news to a host that has just begun.
    assert.deepEqual((await events('info')).map(({ event }) => event), ['start', 'desk', 'tick', 'waiting', 'waiting']);
    // A machine that is busy may be slow.
    assert.deepEqual((await events('warn')).filter(({ event }) => event !== 'overrun'), []);
    assert.deepEqual((await events('debug')).flatMap(({ event, level }) => (event === 'tick' ? level : [])), ['info', 'debug', 'debug', 'debug']);
    // Nobody waits, nothing is done.
    await query('UPDATE conversations SET status_id = 4');
    assert.deepEqual((await events('info')).map(({ event }) => event), ['start', 'desk']);
  });

  test('a claim that is lost in tick after tick is said once, and so is a failure; --log-level error has errors alone', async () => {
    await query('DELETE FROM conversations WHERE id <> 1');
    await query('BEGIN');
    await query('UPDATE conversations SET inbox_id = 2 WHERE id = 1');
    const args = ['--ticks', '5', '--interval', '0.05', '--log-level'];
    const lost = (await run([...args, 'info'], { url })).output;
    await query('ROLLBACK');
    assert.deepEqual([ticks(lost).length, lost.match(/left as they are: #100/g).length], [1, 1], lost);

    await query(BREAK);
    const { output } = await run([...args, 'error'], { url });
    const debug = (await run([...args, 'debug'], { url })).output;
    await query(MEND);
    assert.match(output, /^\S+ error: tick 1: failed: (invalid input .*)\n\S+ error: 5 times in \S+ s so far: \1\n$/);
    assert.equal(debug.match(/ again: tick [2-5]: failed: invalid input value for enum .*\n/g).length, 4);
  });

  test('--dry-run prints the plan and writes nothing', async () => {
    const { code, output, errors } = await run(['--dry-run'], { url });
    assert.deepEqual([code, errors], [0, '']);
    assert.deepEqual(
      output.match(/^ {2}#\d+ Team 1 .*$/gm).map((line) => line.replace(/Agent [12]/, 'Agent')),
      [
        '  #100 Team 1 -> Agent: it is their turn',
        '  #101 Team 1 -> Agent: it is their turn',
        '  #102 Team 1 -> Agent: it is their turn',
        '  #103 Team 1 -> Agent: nobody else could take it',
        '  #104 Team 1 waits: everybody who could take it is full',
        '  #105 Team 1 waits: everybody who could take it is full',
      ],
    );
    assert.match(output, /^ {2}#106 Team 2 waits: people assign there$/m);
    assert.match(output, /^would assign 4, waiting 3 \(2 all full, 1 manual team\)$/m);
    assert.match(output, /^nothing was written$/m);
    assert.deepEqual(await holders(query), { 1: null, 2: null, 3: null, 4: null, 5: null, 6: null, 7: null });
    assert.deepEqual(await state(query), { version: 0, cursors: [], lost_claims: [] });
  });

  test('--objective most says what holds them back, once, and in a dry run too', async () => {
    const sentence = '  2 wait for Team 1: only Agent 1 and Agent 2 may take them, 4 places between them; one more like them serves one more';
    const dry = (await run(['--dry-run', '--objective', 'most'], { url })).output.trimEnd().split('\n');
    assert.deepEqual(dry.slice(-4), [
      "  Team 1: 2 wait: everybody who could take them is full (1 is away, 2 are at the team's limit)",
      '  Team 2: 1 waits: people assign there',
      sentence,
      'nothing was written',
    ]);
    const { output } = await run(['--ticks', '1', '--objective', 'most'], { url });
    assert.equal(output.split(`${sentence}\n`).length, 2);
    assert.match((await run(['--once', '--objective', 'all'], { url })).errors, /^error: option '--objective <objective>' argument 'all' is invalid\. Allowed choices are in_order, most\.\n$/);
  });

  test('--dry-run on a database that Evenhand has never seen leaves no table', async () => {
    const fresh = await server.createDesk({ state: false });
    const { code, output } = await run(['--dry-run'], { url: fresh });
    assert.equal(code, 0, output);
    const other = await server.connect(fresh);
    assert.deepEqual((await other.query("SELECT to_regclass('evenhand_state') AS name")).rows, [{ name: null }]);
  });

  test('the first run on such a database makes the table itself', async () => {
    const fresh = await server.createDesk({ state: false });
    const { code, output } = await run(['--once'], { url: fresh });
    assert.equal(code, 0, output);
    assert.deepEqual(ticks(output).map(withoutTime), ['tick 1: assigned 0, waiting 0, 0 lost claims']);
  });

  const COMMANDS = [['--once'], ['--once', '--wait'], ['--dry-run'], ['--ticks', '2'], [], ['why', '1']];
  const NO_DESKS = {
    'a database that is empty': ['DROP SCHEMA public CASCADE; CREATE SCHEMA public', /error: the database is no Libredesk: there is no table business_hours, conversation_priorities, conversation_statuses, conversation_tags, conversations, inboxes, roles, tags, team_members, teams, user_roles, users; DATABASE_URL must name a database of Libredesk 2\.2\.0 or later\n$/],
    'a database of something else': ['DROP TABLE conversations CASCADE', /error: the database is no Libredesk: there is no table conversations; DATABASE_URL must/],
    'a Libredesk before 2.2.0': ['ALTER TABLE conversation_statuses DROP COLUMN category', /error: Libredesk 2\.2\.0 or later is needed: there is no conversation_statuses\.category\n$/],
  };
  for (const [what, [change, complaint]] of Object.entries(NO_DESKS)) {
    test(`${what} is exit code 2 for every command, and nothing is left there`, async () => {
      const at = await server.createDesk({ state: false });
      const other = await server.connect(at);
      await other.query(change);
      for (const args of COMMANDS) {
        const { code, output, errors } = await run(args, { url: at });
        assert.equal(code, 2, `${args}: ${output}${errors}`);
        assert.match(output + errors, complaint);
        assert.deepEqual((await other.query("SELECT to_regclass('evenhand_state') AS name")).rows, [{ name: null }], String(args));
      }
    });
  }

  test('--rule and --assignable reach the plan', async () => {
    const { output } = await run(['--dry-run', '--rule', 'least_loaded', '--assignable', 'online,away_manual'], { url });
    assert.equal(output.match(/-> Agent \d: they hold the least$/gm).length, 5);
    assert.equal(output.match(/-> Agent \d: nobody else could take it$/gm).length, 1);
  });

  test('SIGTERM in the middle of a slow tick ends after it, with everything written', async () => {
    const host = startProgram(['--interval', '60'], { url });
    await host.says(/Evenhand on/);
    await host.says(/tick 1:/);
    host.child.kill('SIGTERM');
    assert.deepEqual([(await host.ended).code, (await state(query)).version], [0, 1]);

    // So that there is something to do again.
    await query('UPDATE teams SET max_auto_assigned_conversations = 3 WHERE id = 1');
    await query('BEGIN');
    await query('SELECT version FROM evenhand_state FOR UPDATE');
    const slow = startProgram(['--interval', '60'], { url });
    await claimWaits();
    slow.child.kill('SIGTERM');
    await slow.says(/SIGTERM: ending after the running tick/);
    await sleep(300);
    assert.equal(slow.child.exitCode, null);
    await query('COMMIT');
    const { code, output } = await slow.ended;
    assert.deepEqual([code, ticks(output).length, (await state(query)).version], [0, 1, 2]);
  });

  test('a second signal ends at once and leaves nothing half written', async () => {
    await query('BEGIN');
    await query('SELECT version FROM evenhand_state FOR UPDATE');
    const host = startProgram([], { url });
    await claimWaits();
    host.child.kill('SIGINT');
    await host.says(/SIGINT: ending after the running tick/);
    host.child.kill('SIGTERM');
    assert.equal((await host.ended).code, 143);
    await query('COMMIT');
    // The server still had the statement and may have finished it: then all of it is there.
    await untilHost('true', 0);
    const map = Object.values(await holders(query));
    const { version } = await state(query);
    assert.equal(map.filter((agent) => agent !== null).length, version === 0 ? 0 : 4);
  });

  test('SIGINT between two ticks ends at once', async () => {
    const host = startProgram(['--interval', '600'], { url });
    await host.says(/tick 1:/);
    const asked = Date.now();
    host.child.kill('SIGINT');
    assert.equal((await host.ended).code, 0);
    assert.ok(Date.now() - asked < 5_000);
  });

  test('a host that nobody reads any longer ends', async () => {
    const host = startProgram(['--interval', '0.1'], { url });
    await host.says(/tick 1:/);
    host.child.stdout.destroy();
    const { code, errors } = await host.ended;
    assert.deepEqual([code, errors], [0, '']);
  });

  test('a tick that is refused says code and path, and the next tick runs', async () => {
    await query(`UPDATE evenhand_state SET cursors = '[{"rotation": "1", "rule": "lottery", "turns": []}]'`);
    const host = startProgram(['--ticks', '2', '--interval', '1'], { url });
    await host.says(/error: tick 1: the snapshot was refused, unknown_value at "\/cursors\/0\/rule", nothing was written/);
    assert.equal((await state(query)).version, 0);
    await query("UPDATE evenhand_state SET cursors = '[]'");
    const { code, output } = await host.ended;
    assert.deepEqual(ticks(output).map(withoutTime), ['tick 2: assigned 4, waiting 3 (2 all full, 1 manual team), 0 lost claims']);
    assert.equal(code, 1);
  });

  test('a database error is one line, and the next tick runs', async () => {
    await query(BREAK);
    const host = startProgram(['--ticks', '2', '--interval', '1'], { url });
    await host.says(/error: tick 1: failed: invalid input value for enum conversation_status_category: "open"\n/);
    await query(MEND);
    const { code, output } = await host.ended;
    assert.deepEqual([code, ticks(output).length], [1, 1]);
  });

  test('a connection that is cut between two ticks is replaced', async () => {
    const host = startProgram(['--ticks', '2', '--interval', '1'], { url });
    await host.says(/tick 1:/);
    await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'evenhand'");
    const { code, output } = await host.ended;
    assert.deepEqual([code, ticks(output).length], [0, 2]);
  });

  test('the password of the database is shown nowhere', async () => {
    const { output, errors } = await run(['--once'], { url: url.replace('postgres@', 'postgres:sesame@') });
    assert.match(output, /tick 1:/);
    assert.doesNotMatch(output + errors, /sesame/);
  });

  const claimWaits = () => untilHost("wait_event_type = 'Lock'", 1);

  /** Waits until the server has `n` connections of the host of which `condition` is true. */
  async function untilHost(condition, n) {
    const watcher = await server.connect(url);
    await untilRows(watcher, `SELECT FROM pg_stat_activity WHERE application_name = 'evenhand' AND ${condition}`, n);
  }
});

describe('on the embedded desk', () => {
  let folder;
  before(() => { folder = mkdtempSync(join(tmpdir(), 'evenhand-embedded-')); });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('a dry run before the first run shows the sample and leaves no folder', async () => {
    const data = join(folder, 'dry');
    const { code, output } = await run(['--dry-run', '--data', data]);
    assert.equal(code, 0, output);
    assert.match(output, /^8 teams, 60 agents, 312 conversations waiting$/m);
    assert.equal(existsSync(data), false);
  });

  test('the first run creates the sample, one process at a time, and the next goes on from there', async () => {
    const data = join(folder, 'deep', 'desk');
    const first = startProgram(['--data', data, '--interval', '60', '--speed', '0']);
    await first.says(/tick 1:.*\n(.*wait.*\n)+/);

    const second = await run(['--data', data, '--once']);
    assert.equal(second.code, 1);
    assert.match(second.output, new RegExp(`is open in process ${first.child.pid}`));

    first.child.kill('SIGTERM');
    const { code, output } = await first.ended;
    assert.equal(code, 0, output);
    assert.match(output, /creating a sample desk/);
    assert.match(output, /set DATABASE_URL=postgres/);
    assert.match(output, / 8 teams, 60 agents, 312 conversations waiting\n/);
    assert.deepEqual(ticks(output).map(withoutTime), [
      'tick 1: assigned 244, waiting 68 (13 nobody available, 46 all full, 9 manual team), 0 lost claims',
    ]);
    // No colour where nobody looks.
    assert.doesNotMatch(output, /\u001b/);

    const later = await run(['--data', data, '--once']);
    assert.equal(later.code, 0, later.output);
    assert.doesNotMatch(later.output, /creating/);
    assert.deepEqual(ticks(later.output).map(withoutTime), [
      'tick 1: assigned 0, waiting 68 (13 nobody available, 46 all full, 9 manual team), 0 lost claims',
    ]);
  });

  test('with --claim api a stand-in for Libredesk assigns the same, and says whom it notifies', async () => {
    const { code, output } = await run(['--data', join(folder, 'api'), '--claim', 'api', '--once']);
    assert.equal(code, 0, output);
    assert.deepEqual(ticks(output).map(withoutTime), [
      'tick 1: assigned 244, waiting 68 (13 nobody available, 46 all full, 9 manual team), 0 lost claims',
    ]);
    assert.match(output, /a stand-in for Libredesk's API assigns at http:\/\/127\.0\.0\.1:\d+\n/);
    assert.match(output, /  Libredesk notifies \w+ \w+ of #\d+, and the agents of 243 more\n/);
  });

  test('--data wins over DATABASE_URL, and a creation that was cut short is begun again', async () => {
    const data = join(folder, 'cut');
    mkdirSync(join(data, 'pgdata', 'base'), { recursive: true });
    writeFileSync(join(data, 'building'), '');
    // A process that is long gone.
    writeFileSync(join(data, 'lock'), '99999999');
    const { code, output } = await run(['--data', data, '--once'], { url: 'postgres://127.0.0.1:1/nowhere' });
    assert.equal(code, 0, output);
    assert.match(output, /tick 1: assigned 244,/);
    assert.deepEqual(['building', 'lock'].map((name) => existsSync(join(data, name))), [false, false]);
  });
});

describe('options', () => {
  test('--help explains the options, the environment, the signals and the exit codes', async () => {
    const { code, output, errors } = await run(['--help']);
    assert.deepEqual([code, errors], [0, '']);
    for (const word of [
      '--interval', '--once', '--ticks', '--dry-run', '--rule', '--assignable', '--data', '--version',
      'DATABASE_URL', 'SIGTERM', 'Exit codes',
    ]) assert.ok(output.includes(word), word);
  });

  test('--version prints the version', async () => {
    const { code, output } = await run(['--version']);
    assert.equal(code, 0);
    assert.match(output, /^\d+\.\d+\.\d+\n$/);
  });

  const WRONG = [
    ['--nonsense'],
    ['nonsense'],
    ['--ticks'],
    ['--ticks', '0'],
    ['--ticks', '1.5'],
    ['--ticks', '-3'],
    ['--ticks', '2', '--once'],
    ['--ticks', '2', '--dry-run'],
    ['--interval', '0'],
    ['--interval', 'soon'],
    ['--interval', '1e9'],
    ['--interval', ''],
    ['--rule', 'lottery'],
    ['--assignable', 'online,asleep'],
  ];
  for (const args of WRONG) {
    test(`${args.join(' ')} is refused in one line with exit code 2`, async () => {
      const { code, output, errors } = await run(args);
      assert.deepEqual([code, output], [2, '']);
      assert.match(errors, /^error: .+\n$/);
    });
  }

  test('a DATABASE_URL of something else is refused', async () => {
    const { code, errors } = await run(['--once'], { url: 'mysql://root:sesame@localhost/desk' });
    assert.equal(code, 2);
    assert.match(errors, /^error: DATABASE_URL must begin with postgres:\/\/ or postgresql:\/\/\n$/);
  });

  test('a database that is not there is one line with exit code 3', async () => {
    const { code, output } = await run(['--once'], { url: 'postgres://postgres:sesame@127.0.0.1:1/desk' });
    assert.equal(code, 3);
    assert.match(output, /error: the database cannot be reached; --wait waits for it: .*ECONNREFUSED/);
    assert.doesNotMatch(output, /sesame/);
  });
});
