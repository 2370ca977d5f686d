// The adapter for the drop-in in Go, in a server with Libredesk's tables at `url`, which are emptied. A run of `program` with `--once` is a tick.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgres } from '../../node/desk.mjs';
import { openTap } from '../../node/test-support/wiretap.mjs';
import { openGate } from './gate.mjs';
import { onTables, ROW } from './libredesk-tables.mjs';
import { lockRows } from './lock.mjs';

/** What a claim begins with, and what the drop-in sends when all of them are made. */
const CLAIM = 'UPDATE conversations SET assigned_user_id';
const SAVE = 'INSERT INTO evenhand_cursors';

/** @returns {Promise<import('../adapter.d.ts').Adapter>} */
export default async function open({ url, program }) {
  const [command, ...args] = program;
  // A claim of Libredesk's waits for a row that is locked, for ever where nobody tells it otherwise.
  const address = (at) => `${at}?sslmode=disable&lock_timeout=400`;
  const start = (at) => spawn(command, [...args, '--once'], { env: { ...process.env, DATABASE_URL: address(at) }, stdio: ['ignore', 'pipe', 'pipe'] });
  const desks = [];
  const connect = async () => desks[desks.push(await openPostgres(url)) - 1];
  const { query } = await connect();
  const tables = onTables(query);
  await query('CREATE TABLE IF NOT EXISTS evenhand_cursors (name text PRIMARY KEY, state bytea NOT NULL)');

  const lock = async (conversation) => lockRows(await connect(), ROW, [conversation]);

  /** Returns how many sessions there are of which this is true. */
  const sessions = async (where) => (await query(`SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND ${where}`)).n;
  const IS_TICKING = "query LIKE '%pg_try_advisory_lock%'";
  const WAITS_FOR_ROW = "wait_event_type = 'Lock' AND wait_event = 'transactionid'";

  async function tick({ beforeClaim = async () => {} } = {}) {
    let called;
    const call = () => { called ??= beforeClaim(); return called; };
    let failed;
    const gate = await openGate(url, CLAIM, () => call().catch((error) => { failed = error; }));
    const child = start(gate.url);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { said += chunk; });
    const closed = once(child, 'close');
    let isOver = false;
    closed.then(() => { isOver = true; });
    // A second server reads when the first has written.
    while (!isOver && !called) {
      if (await sessions(IS_TICKING) > 1) call().catch((error) => { failed = error; });
      await sleep(5);
    }
    const [code] = await closed;
    await gate.close();
    if (failed) throw failed;
    if (code !== 0) throw new Error(`exit code ${code}: ${said}`);
  }

  /** Kills a server when a statement is about to be sent. */
  async function killAt(text, nth) {
    const tap = await openTap(url);
    const child = start(tap.url);
    let seen = 0;
    tap.on = (what, { sql }) => {
      if (what !== 'ask' || !sql.startsWith(text)) return 'pass';
      seen += 1;
      if (seen < nth) return 'pass';
      child.kill('SIGKILL');
      return 'drop';
    };
    const ending = await once(child, 'exit');
    await tap.close();
    return ending;
  }

  /** Kills a server whose first claim waits in the database, which goes on with it. */
  async function killInside() {
    const { id } = await query('SELECT id::text FROM conversations WHERE assigned_user_id IS NULL ORDER BY id LIMIT 1');
    const unlock = await lock(id);
    const child = start(url);
    while (await sessions(WAITS_FOR_ROW) === 0 && child.exitCode === null) await sleep(1);
    child.kill('SIGKILL');
    const ending = await once(child, 'exit');
    await unlock();
    await query(ROW, [id]);
    return ending;
  }

  return {
    without: {
      overflow: 'Libredesk has no team that helps another',
      clock: 'the clock of the machine is not ours to set',
    },
    ...tables,
    async reset(desk) {
      await tables.reset(desk);
      await query('TRUNCATE evenhand_cursors');
    },
    lock,
    tick,
    async kill(moment) {
      const [, signal] = await { 'before the claim': () => killAt(CLAIM, 1), 'in the claim': killInside, 'after the claim': () => killAt(SAVE, 2) }[moment]();
      // Its session may still be there, with the lock.
      while (await sessions(IS_TICKING) > 0) await sleep(5);
      if (signal !== 'SIGKILL') throw new Error(`the server ended with ${signal} and was not killed`);
    },
    close: () => Promise.all(desks.map((one) => one.close())),
  };
}
