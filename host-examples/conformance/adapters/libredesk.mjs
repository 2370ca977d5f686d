// The adapter for hosts on Libredesk's tables: the Node host in this process, or any other as a `program`, of which a run with
// `--once` is a tick. The database at `url` has the tables already; they are emptied.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLAIM, openPostgres, STATE } from '../../node/desk.mjs';
import { kindOf } from '../../node/test-support/consistency.mjs';
import { fill } from '../../node/test-support/fill.mjs';
import { MAIN } from '../../node/test-support/host.mjs';
import { openTap } from '../../node/test-support/wiretap.mjs';
import { tick } from '../../node/tick.mjs';
import { withClock } from '../conformance.mjs';
import { openGate } from './gate.mjs';

const SETTINGS = { rule: 'round_robin', assignable: ['online'] };

/** @returns {Promise<import('../adapter.d.ts').Adapter>} */
export default async function open({ url = process.env.DATABASE_URL, program } = {}) {
  const [command, ...args] = program ?? [process.execPath, MAIN];
  const start = (at) => spawn(command, [...args, '--once'], { env: { ...process.env, DATABASE_URL: `${at}?sslmode=disable` }, stdio: ['ignore', 'pipe', 'pipe'] });
  const desks = [];
  const connect = async () => desks[desks.push(await openPostgres(url)) - 1];
  const desk = await connect();
  const { query } = desk;
  await query(STATE);

  async function tickProgram(beforeClaim = () => {}) {
    let failed;
    const gate = await openGate(url, '-- Writes a plan', async () => {
      await Promise.resolve(beforeClaim()).catch((error) => { failed = error; });
    });
    const child = start(gate.url);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { said += chunk; });
    const [code] = await once(child, 'close');
    await gate.close();
    if (failed) throw failed;
    if (code !== 0) throw new Error(`exit code ${code}: ${said}`);
  }

  /** Kills a host whose claim waits in the database, which goes on with it. */
  async function killInside() {
    const holder = await connect();
    await holder.query('BEGIN; SELECT FROM evenhand_state FOR UPDATE');
    const child = start(url);
    const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while ((await query(waiting)).n === 0 && child.exitCode === null) await sleep(5);
    child.kill('SIGKILL');
    const ending = await once(child, 'exit');
    await holder.query('ROLLBACK');
    return ending;
  }

  /** Kills a host when its claim is about to be sent, `ask`, or its answer, `answer`, which then do not come through. */
  async function killAt(message) {
    const tap = await openTap(url);
    const child = start(tap.url);
    tap.on = (what, statement) => {
      if (what !== message || kindOf(statement) !== 'claim') return 'pass';
      child.kill('SIGKILL');
      return 'drop';
    };
    const ending = await once(child, 'exit');
    await tap.close();
    return ending;
  }

  async function tickHere(beforeClaim, clock) {
    const own = await openPostgres(url);
    const watched = {
      ...own,
      async query(sql, values) {
        if (sql === CLAIM) await beforeClaim?.();
        return own.query(sql, values);
      },
    };
    await withClock(clock, () => tick(watched, SETTINGS)).finally(own.close);
  }

  return {
    without: {
      overflow: 'Libredesk has no team that helps another',
      ...(program && { clock: 'the clock of the machine is not ours to set' }),
    },
    reset: ({ agents, teams }) => fill(query, { agents, teams: teams.map(({ id, members, maxLoad }) => ({ id, members, max: maxLoad })) }),
    async add(conversations) {
      for (const { id, team } of conversations) {
        await query('INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES ($1, 1000000, 1, $2, 1)', [id, team]);
      }
    },
    setAvailable: (agent, available) => query('UPDATE users SET availability_status = $2 WHERE id = $1', [agent, available ? 'online' : 'away']),
    disable: (agent) => query('UPDATE users SET enabled = false WHERE id = $1', [agent]),
    take: (conversation, agent) => query('UPDATE conversations SET assigned_user_id = $2 WHERE id = $1', [conversation, agent]),
    async lock(conversation) {
      const other = await connect();
      await other.query('BEGIN');
      await other.query('SELECT FROM conversations WHERE id = $1 FOR UPDATE', [conversation]);
      return () => other.query('ROLLBACK');
    },
    tick: ({ beforeClaim, clock = 0 } = {}) => (program ? tickProgram(beforeClaim) : tickHere(beforeClaim, clock)),
    async kill(moment) {
      const [code, signal] = moment === 'in the claim' ? await killInside() : await killAt(moment === 'before the claim' ? 'ask' : 'answer');
      if (signal !== 'SIGKILL') throw new Error(`the host ended with ${code} and was not killed`);
      // A claim of which nobody hears any more may still run: it has this row until it ends.
      await query('SELECT FROM evenhand_state FOR UPDATE');
    },
    assignments: async () => (await query("SELECT coalesce(json_object_agg(id, assigned_user_id::text), '{}') AS map FROM conversations")).map,
    close: () => Promise.all(desks.map((one) => one.close())),
  };
}
