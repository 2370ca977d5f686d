// What a database does to a host that runs for months: it goes away, comes back, cuts off, locks and fills up.
// The host goes on, and the books agree afterwards: test-support/consistency.mjs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ledgerDesk } from '../../test-support/ledger-desk.mjs';
import { startPostgres } from '../../test-support/postgres.mjs';
import { untilRows } from '../../test-support/until.mjs';

const JUMPING_CLOCK = fileURLToPath(new URL('../../test-support/jumping-clock.mjs', import.meta.url));
const ASSIGNED = /tick \d+: assigned \d+/;

let server;
before(async () => { server = await startPostgres(); });
after(() => server?.stop());

/** Runs `trouble` beside a host and people at work; the host must still tick afterwards. */
async function survive(trouble, { args, node } = {}) {
  const desk = await ledgerDesk(server);
  try {
    const host = await desk.host(args, { node });
    const people = desk.people({ seed: 1 });
    try {
      await host.says(ASSIGNED);
      await trouble(desk, host);
      await host.says(ASSIGNED);
    } finally {
      await people.stop();
    }
    const { output } = await host.stop();
    return { output, found: await desk.settle() };
  } finally {
    await desk.close();
  }
}

const count = (output, pattern) => output.match(new RegExp(pattern, 'g'))?.length ?? 0;

for (const [how, signal] of [['stopped', 'SIGINT'], ['crashed', 'SIGQUIT']]) {
  test(`PostgreSQL is ${how} and started again, three times`, async () => {
    const { output } = await survive(async (_desk, host) => {
      for (let n = 0; n < 3; n += 1) {
        const lost = host.says(/the database is lost/);
        await server.halt(signal);
        await lost;
        const back = host.says(/the database is back after/);
        await server.resume();
        await back;
        await host.says(ASSIGNED);
      }
    });
    assert.deepEqual([count(output, 'the database is lost'), count(output, 'the database is back')], [3, 3], output.slice(-2000));
  });
}

test('the host is cut off in the middle of its claim, again and again', async () => {
  const { output } = await survive(async (desk, host) => {
    const [locker, admin] = [await desk.connect(), await desk.connect()];
    for (let n = 0; n < 8; n += 1) {
      const goesOn = host.says(n % 2 === 0 ? /the database is back after/ : ASSIGNED);
      await locker.query('BEGIN');
      await locker.query('SELECT FROM evenhand_state FOR UPDATE');
      // Once it waits for the row it is in the middle; half of the time it may go on, and is cut off a moment later.
      await untilRows(admin, "SELECT FROM pg_stat_activity WHERE usename = 'evenhand' AND wait_event_type = 'Lock'");
      if (n % 2 === 1) await locker.query('COMMIT');
      await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'evenhand'");
      if (n % 2 === 0) await locker.query('COMMIT');
      await goesOn;
    }
  });
  assert.ok(count(output, 'the database is lost') >= 4, output.slice(-2000));
});

test('the server hangs in the middle of a claim, and comes to itself when nobody waits for it any longer', async () => {
  await survive(async (desk, host) => {
    const [locker, admin] = [await desk.connect(), await desk.connect()];
    for (let n = 0; n < 2; n += 1) {
      await locker.query('BEGIN');
      await locker.query('SELECT FROM evenhand_state FOR UPDATE');
      const [{ pid }] = await untilRows(admin, "SELECT pid FROM pg_stat_activity WHERE usename = 'evenhand' AND wait_event_type = 'Lock'");
      process.kill(pid, 'SIGSTOP');
      try {
        await locker.query('COMMIT');
        await host.says(/the database is lost: Query read timeout/);
        await host.says(ASSIGNED);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await host.says(ASSIGNED);
    }
  }, { args: ['--interval', '0.02', '--timeout', '1'] });
});

test('somebody locks the tables', async () => {
  const { output } = await survive(async (desk, host) => {
    const locker = await desk.connect();
    for (const table of ['conversations', 'evenhand_state', 'users', 'team_members']) {
      await locker.query('BEGIN');
      await locker.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      const from = host.output.length;
      await sleep(300);
      // A tick that was just ending may still be told of.
      assert.ok(count(host.output.slice(from), ASSIGNED.source) <= 1, host.output.slice(from));
      const ticks = host.says(ASSIGNED);
      await locker.query('COMMIT');
      await ticks;
    }
  });
  assert.equal(count(output, 'error'), 0, output.slice(-2000));
});

test('a lock that is held for too long counts as a lost database', async () => {
  const { output } = await survive(async (desk, host) => {
    const locker = await desk.connect();
    await locker.query('BEGIN');
    await locker.query('LOCK TABLE teams IN ACCESS EXCLUSIVE MODE');
    await host.says(/the database is lost: canceling statement due to statement timeout/);
    const back = host.says(/the database is back after/);
    await locker.query('COMMIT');
    await back;
  }, { args: ['--interval', '0.02', '--timeout', '1'] });
  assert.equal(count(output, 'the database is lost'), 1, output.slice(-2000));
});

test('the disk is full for a while: nothing is written, nothing is lost', async () => {
  const { output } = await survive(async (desk, host) => {
    const admin = await desk.connect();
    await admin.query(`
      CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $f$
      BEGIN
          -- Some rows still fit, as on a real disk.
          IF session_user = 'evenhand' AND random() < 0.3 THEN
              RAISE 'could not extend file "base/16384/16421": No space left on device' USING ERRCODE = 'disk_full';
          END IF;
          RETURN NEW;
      END
      $f$`);
    const failed = host.says(/tick \d+: failed: could not extend file/);
    await admin.query(`
      CREATE TRIGGER disk_is_full BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION disk_is_full();
      CREATE TRIGGER disk_is_full BEFORE UPDATE ON evenhand_state FOR EACH ROW EXECUTE FUNCTION disk_is_full()`);
    await failed;
    await host.says(/tick \d+: failed: could not extend file/);
    await admin.query('DROP TRIGGER disk_is_full ON conversations; DROP TRIGGER disk_is_full ON evenhand_state');
  });
  assert.equal(count(output, 'the database is lost'), 0, output.slice(-2000));
});

test('the clock jumps by days, forth and back: the beat stays as it is', async () => {
  const { output } = await survive(async (_desk, host) => {
    for (let n = 0; n < 40; n += 1) await host.says(ASSIGNED);
  }, { node: ['--import', JUMPING_CLOCK] });
  assert.equal(count(output, 'error'), 0, output.slice(-2000));
  assert.ok(count(output, ASSIGNED.source) > 40);
});
