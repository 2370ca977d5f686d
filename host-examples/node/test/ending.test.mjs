// How the host ends: signals in every phase of a tick, one and two of them, and a tick that does not end.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fill, holders, range, state } from '../test-support/fill.mjs';
import { freshDesk } from '../test-support/fresh-desk.mjs';
import { until, untilRows } from '../test-support/until.mjs';

const desk = freshDesk();
const { hostIs, query, reconnect, start, waitsForALock } = desk;

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
      await desk.server.halt();
      await host.says(/the database is lost/);
    },
    async after() {
      await desk.server.resume();
      await reconnect();
    },
  },
};

for (const [when, phase] of Object.entries(PHASES)) {
  const reach = async (args) => {
    await phase.before?.();
    const host = start([...args, ...(phase.args ?? [])], { at: phase.at?.() ?? desk.url });
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
    assert.deepEqual([code, lines.at(-1)], [4, 'error: the running tick did not end within 0.5 s and is left; its claim is written whole, not at all, or is settled by the next tick']);
    await phase.release();
    // The server still had the statement and may have finished it: then all of it is there.
    await untilRows(desk.client, "SELECT FROM pg_stat_activity WHERE application_name = 'evenhand' AND datname = current_database()", 0);
    const { version } = await state(query);
    assert.equal(Object.values(await holders(query)).filter((agent) => agent !== null).length, version === 0 ? 0 : 4);
  });
}
