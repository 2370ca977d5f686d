// A host that the database wakes up, and the timer where it cannot.

import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { statement } from '../sql.mjs';
import { RESOLVED, state } from '../test-support/fill.mjs';
import { freshDesk } from '../test-support/fresh-desk.mjs';
import { until, untilRows } from '../test-support/until.mjs';

const desk = freshDesk();
const { query, start } = desk;

const WAKING = /the database wakes the host up when something changes/;

/** Starts a host whose timer comes too late for any test; it has ticked twice: at its start, and when it began to listen. */
async function wakeful(...args) {
  await query(statement('wake'));
  const host = start(['--interval', '3600', ...args]);
  await host.says(WAKING);
  await host.says(/tick 2: /);
  return host;
}

/** Runs `change` and waits until what it makes possible is assigned. */
async function assigns(change, id) {
  await query(change);
  await untilRows(desk.client, `SELECT FROM conversations WHERE id = ${id} AND assigned_user_id IS NOT NULL`);
}

test('it wakes up for all that may give it something to do', async () => {
  const host = await wakeful();
  // 1 to 4 are assigned: two agents, two each; 5 and 6 wait.
  await assigns(`UPDATE conversations SET status_id = ${RESOLVED} WHERE id = 1`, 5);
  await assigns("UPDATE users SET availability_status = 'online' WHERE id = 3", 6);
  await assigns("INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id, created_at) VALUES (7, 1000000, 1, 1, 1, now())", 7);
  await query("INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id, created_at) VALUES (8, 1000000, 1, 1, 1, now())");
  await assigns('UPDATE teams SET max_auto_assigned_conversations = 3', 8);
  await query("INSERT INTO conversations (id, contact_id, inbox_id, status_id, created_at) VALUES (9, 1000000, 1, 1, now())");
  await assigns('UPDATE conversations SET assigned_team_id = 1 WHERE id = 9', 9);
  await query("INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id, created_at) SELECT n, 1000000, 1, 1, 1, now() FROM generate_series(10, 12) n");
  await assigns('DELETE FROM conversations WHERE id = 2', 11);
  await query("INSERT INTO users (id, type, first_name, availability_status) VALUES (4, 'agent', 'Agent 4', 'online')");
  await query('INSERT INTO user_roles VALUES (4, 1)');
  await assigns('INSERT INTO team_members VALUES (1, 4)', 12);
  const { code, lines } = await host.end();
  assert.equal(code, 0, lines.join('\n'));
});

test('what makes no room and no work does not wake it: its own claims, what people take, a change of something else', async () => {
  const host = await wakeful();
  await query('UPDATE conversations SET assigned_user_id = 3 WHERE id = 5');
  await query('UPDATE conversations SET updated_at = now()');
  await query("UPDATE users SET updated_at = now(), first_name = 'Ida'");
  await query('UPDATE conversations SET assigned_user_id = assigned_user_id, status_id = status_id');
  await sleep(400);
  await query("UPDATE users SET availability_status = 'offline' WHERE id = 3");
  await host.says(/tick 3: /);
  const { lines } = await host.end();
  assert.deepEqual(lines.filter((line) => line.startsWith('tick ')), [
    'tick 1: assigned 4, waiting 2 (2 all full), 0 lost claims',
    'tick 2: assigned 0, waiting 2 (2 all full), 0 lost claims',
    'tick 3: assigned 0, waiting 1 (1 all full), 0 lost claims',
  ]);
});

test('what a locked row lost is tried again in a second, and not in a whole interval', async () => {
  const host = await wakeful();
  const libredesk = await desk.server.connect(desk.url);
  await libredesk.query('BEGIN; SELECT FROM conversations WHERE id = 5 FOR UPDATE');
  await query(`UPDATE conversations SET status_id = ${RESOLVED} WHERE id = 1; UPDATE conversations SET assigned_team_id = NULL WHERE id = 6`);
  await host.says(/tick 3: assigned 0, .*1 lost claim/);
  await libredesk.query('COMMIT');
  await untilRows(desk.client, 'SELECT FROM conversations WHERE id = 5 AND assigned_user_id IS NOT NULL');
  await sleep(1500);
  const { lines } = await host.end();
  assert.deepEqual(lines.filter((line) => /^tick [4-9]: /.test(line)), ['tick 4: assigned 1, waiting 0, 0 lost claims']);
});

test('wake.sql stands in nobody\'s way who has one table and wants another', async () => {
  const libredesk = await desk.server.connect(desk.url);
  await libredesk.query("BEGIN; SET LOCAL lock_timeout = '500ms'; UPDATE users SET updated_at = now() WHERE id = 1");
  const installed = query(statement('wake'));
  await sleep(300);
  await libredesk.query('UPDATE conversations SET updated_at = now() WHERE id = 1');
  await libredesk.query('COMMIT');
  await installed;
  const { n } = await query("SELECT count(*)::int AS n FROM pg_trigger WHERE tgname LIKE 'evenhand%'");
  assert.equal(n, 6);
});

test('changes within --debounce make one tick', async () => {
  const host = await wakeful('--debounce', '0.5');
  for (let n = 0; n < 20; n += 1) await query(`UPDATE conversations SET assigned_team_id = ${n % 2 === 0 ? 'NULL' : 1} WHERE id IN (5, 6)`);
  await sleep(1200);
  const { lines } = await host.end();
  assert.ok(lines.filter((line) => /^tick \d+: /.test(line)).length <= 5, lines.join('\n'));
});

test('a tick that has nothing to do writes nothing, not even a lock', async () => {
  const row = () => query('SELECT version, ctid::text, xmin::text, xmax::text, updated_at::text FROM evenhand_state');
  assert.equal((await start(['--once']).ended).code, 0);
  const before = await row();
  assert.equal(before.version, '1');
  const { code, lines } = await start(['--ticks', '3', '--interval', '0.05']).ended;
  assert.deepEqual([code, lines.filter((line) => line.startsWith('tick ')).length], [0, 3], lines.join('\n'));
  assert.deepEqual(await row(), before);
});

test('what waits for a lost claim to be forgotten is written until it is, and then nothing is', async () => {
  await query('UPDATE users SET availability_status = \'offline\'');
  await query(`UPDATE evenhand_state SET lost_claims = '[{"decision":{"conversation":"5","team":"1","agent":"1","why":"turn"},"losses":2,"plans":2},{"decision":{"conversation":"77","team":"1","agent":"1","why":"turn"},"losses":1,"plans":0}]'`);
  await start(['--ticks', '6', '--interval', '0.05']).ended;
  const { version, lost_claims: lost } = await state(query);
  assert.equal(version, 2);
  assert.deepEqual(lost.map(({ decision, losses, plans }) => [decision.conversation, losses, plans]), [['5', 2, 0]]);
});

test('where wake.sql was not run the timer does, and nobody is told who did not ask', async () => {
  const quiet = await start(['--ticks', '3', '--interval', '0.2']).ended;
  assert.equal(quiet.code, 0);
  const asked = start(['--interval', '0.2', '--wake-url', desk.url]);
  await asked.says(/warning: the database does not wake the host up, the timer does: wake\.sql was not run there/);
  await asked.says(/tick 3: /);
  const { output } = await asked.end();
  assert.equal(output.match(/does not wake/g).length, 1);
});

test('each connection that breaks is said once and replaced, and what changed meanwhile is seen', async () => {
  const host = await wakeful();
  for (const [done, next] of [[1, 5], [2, 6]]) {
    const back = host.output.match(/the database wakes the host up/g).length + 1;
    await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'evenhand wake' AND datname = current_database()");
    await until(() => host.output.match(/timer does: the connection broke/g)?.length === done, () => host.output, host.child);
    await query(`UPDATE conversations SET status_id = ${RESOLVED} WHERE id = ${done}`);
    await untilRows(desk.client, `SELECT FROM conversations WHERE id = ${next} AND assigned_user_id IS NOT NULL`);
    await until(() => host.output.match(/the database wakes the host up/g).length === back, () => host.output, host.child);
  }
  const { code, output } = await host.end();
  assert.deepEqual([code, output.match(/does not wake/g).length, output.match(/the database wakes the host up/g).length], [0, 2, 3]);
});

test('a --wake-url that cannot be reached is said once, and the timer does', async () => {
  await query(statement('wake'));
  const host = start(['--interval', '0.2', '--wake-url', 'postgres://127.0.0.1:1/none']);
  await host.says(/tick 8: /);
  const { code, output } = await host.end();
  assert.deepEqual([code, output.match(/warning: the database does not wake the host up, the timer does: connect ECONNREFUSED/g).length], [0, 1]);
  assert.match((await start(['--wake-url', 'nowhere']).ended).output, /--wake-url must be a URL such as/);
});

/** Opens a door to the desk, through which nothing comes back any more once it is `shut`; returns its URL. */
async function openDoor(t, door = {}) {
  const { port } = new URL(desk.url);
  const sockets = [];
  const server = createServer({ allowHalfOpen: true }, (host) => {
    const database = connect(Number(port), '127.0.0.1');
    sockets.push(host, database);
    for (const socket of [host, database]) socket.on('error', () => {});
    host.on('data', (chunk) => door.shut || database.write(chunk));
    database.on('data', (chunk) => door.shut || host.write(chunk));
  });
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = new URL(desk.url);
  url.port = server.address().port;
  return url.href;
}

for (const [when, shut] of [['while it connects', true], ['while it listens', false]]) {
  test(`a database that falls silent ${when} does not keep it from ending`, async (t) => {
    await query(statement('wake'));
    const door = { shut };
    const host = start(['--interval', '0.2', '--grace', '3', '--wake-url', await openDoor(t, door)]);
    if (!shut) await host.says(WAKING);
    await host.says(/tick 3: /);
    door.shut = true;
    const { code, output } = await host.end();
    assert.equal(code, 0, output);
  });
}

test('a --wake-url that is wrong is refused without its password', async () => {
  const { code, output } = await start(['--wake-url', 'postgres://evenhand:top/secret@db:5432/libredesk']).ended;
  assert.deepEqual([code, /--wake-url must be a URL such as/.test(output), output.includes('secret')], [2, true, false], output);
});

test('a --wake-url that is another database is said, and the timer does', async () => {
  await query(statement('wake'));
  const other = await desk.server.createDesk();
  await (await desk.server.connect(other)).query(statement('wake'));
  const host = start(['--interval', '0.5', '--wake-url', other]);
  await host.says(/warning: the database does not wake the host up, the timer does: it is not the database in which the host assigns/);
  const { code, output } = await host.end();
  assert.deepEqual([code, WAKING.test(output)], [0, false], output);
});
