// What adapters for hosts on PostgreSQL have in common: the Node host in this process, or any other as a `program`, of which a run
// with `--once` is a tick.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLAIM, openPostgres, STATE } from '../../node/desk.mjs';
import { MAIN } from '../../node/test-support/host.mjs';
import { openTap } from '../../node/test-support/wiretap.mjs';
import { tick } from '../../node/tick.mjs';
import { withClock } from '../conformance.mjs';
import { openGate } from './gate.mjs';
import { lockRows } from './lock.mjs';

const SETTINGS = { rule: 'round_robin', assignable: ['online'] };

/** What the claim of every one of these hosts begins with. */
const IS_CLAIM = '-- Writes a plan';

/**
 * Opens the host and its database at `url`, with the statements in the folder `sql`, where they are not those for Libredesk.
 * Returns parts of an adapter; `query` runs a statement, and `lock` one that locks rows until what it returns is called.
 */
export async function openHost({ url, program, sql }) {
  const [command, ...args] = program ?? [process.execPath, MAIN, ...(sql === undefined ? [] : ['--sql', sql])];
  const start = (at) => spawn(command, [...args, '--once'], { env: { ...process.env, DATABASE_URL: `${at}?sslmode=disable` }, stdio: ['ignore', 'pipe', 'pipe'] });
  const desks = [];
  const connect = async () => desks[desks.push(await openPostgres(url, { sql })) - 1];
  const { query } = await connect();
  await query(STATE);

  async function tickProgram(beforeClaim = async () => {}) {
    let failed;
    const gate = await openGate(url, IS_CLAIM, () => beforeClaim().catch((error) => { failed = error; }));
    const child = start(gate.url);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { said += chunk; });
    const [code] = await once(child, 'close');
    await gate.close();
    if (failed) throw failed;
    if (code !== 0) throw new Error(`exit code ${code}: ${said}`);
  }

  async function tickHere(beforeClaim, clock) {
    const own = await openPostgres(url, { sql });
    const watched = {
      ...own,
      async query(text, values) {
        if (text === CLAIM) await beforeClaim?.();
        return own.query(text, values);
      },
    };
    await withClock(clock, () => tick(watched, { ...SETTINGS, sql })).finally(own.close);
  }

  const lock = async (text, values) => lockRows(await connect(), text, values);

  /** Kills a host whose claim waits in the database, which goes on with it. */
  async function killInside() {
    const unlock = await lock('SELECT FROM evenhand_state FOR UPDATE');
    const child = start(url);
    const waiting = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while ((await query(waiting)).n === 0 && child.exitCode === null) await sleep(5);
    child.kill('SIGKILL');
    const ending = await once(child, 'exit');
    await unlock();
    return ending;
  }

  /** Kills a host when its claim is about to be sent, `ask`, or its answer, `answer`, which then do not come through. */
  async function killAt(message) {
    const tap = await openTap(url);
    const child = start(tap.url);
    tap.on = (what, statement) => {
      if (what !== message || !statement.sql.startsWith(IS_CLAIM)) return 'pass';
      child.kill('SIGKILL');
      return 'drop';
    };
    const ending = await once(child, 'exit');
    await tap.close();
    return ending;
  }

  return {
    query,
    lock,
    tick: ({ beforeClaim, clock = 0 } = {}) => (program ? tickProgram(beforeClaim) : tickHere(beforeClaim, clock)),
    async kill(moment) {
      const [code, signal] = moment === 'in the claim' ? await killInside() : await killAt(moment === 'before the claim' ? 'ask' : 'answer');
      // A claim of which nobody hears any more may still run: it has this row until it ends.
      await query('SELECT FROM evenhand_state FOR UPDATE');
      if (signal !== 'SIGKILL') throw new Error(`the host ended with ${code} and was not killed`);
    },
    close: () => Promise.all(desks.map((one) => one.close())),
  };
}
