// A database that goes, hangs and comes back, or that a start does not reach; and a state that somebody broke.

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { STATE } from '../desk.mjs';
import { holders, state } from '../test-support/fill.mjs';
import { freshDesk } from '../test-support/fresh-desk.mjs';

const desk = freshDesk();
const { query, reconnect, start, waitsForALock } = desk;

describe('a database that goes', () => {
  test('it is said once when it goes and once when it is back, nothing is written twice, and ticks go on', async () => {
    const host = start(['--interval', '0.2']);
    await host.says(/tick 2:/);
    await desk.server.halt();
    await host.says(/the database is lost/);
    // It tries more than once.
    await sleep(1500);
    await desk.server.resume();
    await reconnect();
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
    assert.deepEqual(Object.values(await holders(query)).sort(), [1, 1, 1, 2, 2, 2]);
    // One version for each plan that changed something.
    assert.ok((await state(query)).version <= numbers.length);
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
    assert.deepEqual([map.sort(), version], [[1, 1, 2, 2], 1]);
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
    await desk.server.halt();
    const host = start(['--wait', '--interval', '0.2']);
    await host.says(/error: the database cannot be reached: .*; waiting for it\n/);
    await desk.server.resume();
    await host.says(/the database is back after/);
    await host.says(/tick 1: assigned 4/);
    const { code, lines } = await host.end();
    assert.deepEqual([code, lines.filter((line) => /database/.test(line)).length], [0, 3], lines.join('\n'));
  });

  const nowhere = () => desk.url.replace(/\/desk_\d+$/, '/later');
  const nobody = () => desk.url.replace('postgres@', 'nobody@');

  test('a database that does not let the host in is exit code 3, too: it may yet', async () => {
    for (const [reason, at] of [['database "later" does not exist', nowhere()], ['role "nobody" does not exist', nobody()]]) {
      const { code, lines } = await start([], { at }).ended;
      assert.deepEqual([code, lines.at(-1)], [3, `error: the database does not let the host in; --wait waits for it: ${reason}`]);
    }
  });

  test('with --wait a database that is made later is waited for', async () => {
    const host = start(['--wait', '--interval', '0.2'], { at: nowhere() });
    await host.says(/error: the database does not let the host in: database "later" does not exist; waiting for it\n/);
    const made = new URL(await desk.server.createDesk()).pathname.slice(1);
    await query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [made]);
    await query(`ALTER DATABASE ${made} RENAME TO later`);
    await host.says(/the database is back after/);
    await host.says(/tick 1:/);
    const { code, lines } = await host.end();
    assert.deepEqual([code, lines.filter((line) => line.startsWith('error')).length], [0, 1], lines.join('\n'));
  });

  test('with --wait so is a login that was refused, and a right that is missing', async () => {
    const host = start(['--wait', '--interval', '0.2'], { at: nobody() });
    await host.says(/error: the database does not let the host in: role "nobody" does not exist; waiting for it\n/);
    await query('CREATE ROLE nobody LOGIN');
    await query('REVOKE CREATE ON SCHEMA public FROM public');
    await query('DROP TABLE evenhand_state');
    await host.says(/error: the desk cannot be opened: permission denied for schema public; waiting for it\n/);
    await query('GRANT ALL ON SCHEMA public TO nobody');
    await query('GRANT ALL ON ALL TABLES IN SCHEMA public TO nobody');
    await host.says(/the database is back after/);
    await host.says(/tick 1: assigned 4/);
    assert.equal((await host.end()).code, 0);
    await query('DROP OWNED BY nobody');
    await query('DROP ROLE nobody');
  });

  test('a login that is refused while the host runs is a lost database', async () => {
    await query('CREATE ROLE someone SUPERUSER LOGIN');
    const host = start(['--interval', '0.2'], { at: desk.url.replace('postgres@', 'someone@') });
    await host.says(/tick 1:/);
    await query('ALTER ROLE someone NOLOGIN');
    await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'someone'");
    await host.says(/error: the database is lost: role "someone" is not permitted to log in; nothing is assigned until it is back\n/);
    await query('ALTER ROLE someone LOGIN');
    await host.says(/the database is back after/);
    const { code, lines } = await host.end();
    assert.deepEqual([code, lines.filter((line) => line.startsWith('error')).length], [0, 1], lines.join('\n'));
    await query('DROP ROLE someone');
  });

  test('a DATABASE_URL that cannot be read is a wrong configuration, also with --wait', async () => {
    const { code, lines } = await start(['--wait'], { at: 'postgres://postgres@127.0.0.1:port/desk' }).ended;
    assert.deepEqual([code, lines.at(-1)], [2, 'error: DATABASE_URL cannot be read: Invalid URL']);
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
    await query(STATE);
    await host.says(/tick \d+: assigned/);
    await query('DROP TABLE evenhand_given');
    await host.says(/error: tick \d+: failed: relation "evenhand_given" does not exist; state\.sql makes it anew, and a restart runs it/);
    await host.end();
  });
});
