// Behind a real PgBouncer that lends a connection for one transaction at a time.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { statement } from '../sql.mjs';
import { state } from '../test-support/fill.mjs';
import { freshDesk } from '../test-support/fresh-desk.mjs';
import { freePort } from '../test-support/postgres.mjs';
import { until } from '../test-support/until.mjs';

const PGBOUNCER = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(existsSync);

const desk = freshDesk();
const { query, start } = desk;

describe('PgBouncer', { skip: !PGBOUNCER && 'it is not installed' }, () => {
  let folder;
  let child;
  let port;
  const through = (url) => Object.assign(new URL(url), { port }).href;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'evenhand-pgbouncer-'));
    chmodSync(folder, 0o755);
    port = await freePort();
    writeFileSync(join(folder, 'pgbouncer.ini'), `
[databases]
* = host=127.0.0.1 port=${new URL(await desk.server.createDesk()).port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
`);
    // It does not run as root.
    const args = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
    child = spawn(PGBOUNCER, [...args, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' });
    await until(() => new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); }).on('error', () => resolve(false));
    }), () => 'PgBouncer did not start', child);
  });
  after(() => {
    child?.kill('SIGKILL');
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  test('every command works behind it, and nothing is left set for whoever comes next', async () => {
    const at = through(desk.url);
    assert.match((await start(['--dry-run'], { at }).ended).output, /would assign 4/);
    const { code, lines } = await start(['--ticks', '2', '--interval', '0.2', '--wait', '--timeout', '7'], { at }).ended;
    assert.deepEqual([code, lines.filter((line) => line.startsWith('tick 1: assigned 4')).length], [0, 1], lines.join('\n'));
    assert.equal((await state(query)).version, 1);
    const next = await desk.server.connect(at);
    assert.deepEqual((await next.query('SHOW statement_timeout')).rows, [{ statement_timeout: '0' }]);
    assert.deepEqual((await next.query('SHOW jit')).rows, [{ jit: 'on' }]);
    assert.deepEqual((await next.query('SHOW plan_cache_mode')).rows, [{ plan_cache_mode: 'auto' }]);
    assert.deepEqual((await next.query('SELECT name FROM pg_prepared_statements')).rows, []);
    await next.end();
  });

  test('a statement that takes too long is ended by the server there, too', async () => {
    await query('BEGIN');
    await query('LOCK TABLE team_members');
    const host = start(['--interval', '0.2', '--timeout', '0.5'], { at: through(desk.url) });
    await host.says(/error: the database is lost: canceling statement due to statement timeout;/);
    await query('COMMIT');
    await host.says(/the database is back after/);
    await host.says(/tick 1: assigned 4/);
    assert.equal((await host.end()).code, 0);
  });

  test('it passes no notices on: that is said once, and a way past it is taken', async () => {
    await query(statement('wake'));
    const at = through(desk.url);
    const deaf = start(['--interval', '0.2'], { at });
    await deaf.says(/warning: the database does not wake the host up, the timer does: a pooler passes no notices on; --wake-url names a way past it/);
    await deaf.says(/tick 3: /);
    assert.equal((await deaf.end()).output.match(/does not wake/g).length, 1);
    const host = start(['--interval', '3600', '--wake-url', desk.url], { at });
    await host.says(/the database wakes the host up when something changes/);
    await host.says(/tick 2: /);
    await query('UPDATE teams SET max_auto_assigned_conversations = 3');
    await host.says(/tick 3: assigned 2/);
    assert.equal((await host.end()).code, 0);
  });

  test('what it refuses of DATABASE_URL is said at once, also with --wait', async () => {
    const { code, lines } = await start(['--wait'], { at: `${through(desk.url)}?options=-cwork_mem%3D8MB` }).ended;
    assert.deepEqual([code, lines.at(-1)], [
      2, "error: the pooler refuses what DATABASE_URL asks for; leave it out, or name it in PgBouncer's ignore_startup_parameters: unsupported startup parameter: options",
    ]);
  });
});
