// The worked example of an adapter: for the host in ../../node-mysql, which runs in this process, and in one of its own where it
// is to be killed. DATABASE_URL names a database for the tests alone: its tables are emptied.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { withClock } from '../conformance.mjs';

const HOME = new URL('../../node-mysql/', import.meta.url);

/** `home` is the host's folder. @returns {Promise<import('../adapter.d.ts').Adapter>} */
export default async function open({ url = process.env.DATABASE_URL, home = HOME } = {}) {
  const { openDesk, tick } = await import(new URL('desk.mjs', home));
  const pool = await openDesk(url);
  const query = async (sql, values) => (await pool.query(sql, values))[0];
  /** Each id as a bigint: a text would be compared as a floating-point number. */
  const id = (text) => text && BigInt(text);
  const insert = (table, row) => query(`INSERT INTO ${table} SET ?`, [row]);

  return {
    async reset({ agents, teams }) {
      for (const table of ['tickets', 'members', 'teams', 'agents']) await query(`DELETE FROM ${table}`);
      await query("UPDATE evenhand_state SET version = 0, cursors = '[]', lost_claims = '[]'");
      for (const agent of agents) await insert('agents', { id: id(agent.id), name: '', availability: 'online' });
      for (const team of teams) await insert('teams', { id: id(team.id), name: '', max_open: team.maxLoad ?? null });
      for (const { id: team, members, overflow } of teams) {
        for (const agent of members) await insert('members', { team_id: id(team), agent_id: id(agent) });
        if (overflow) {
          await query('UPDATE teams SET overflow_team_id = ?, overflow_minutes = ? WHERE id = ?', [id(overflow.team), overflow.minutes, id(team)]);
        }
      }
    },
    async add(conversations) {
      for (const { id: ticket, team, waited = 0 } of conversations) {
        await query('INSERT INTO tickets SET id = ?, team_id = ?, subject = "", created_at = NOW(3) - INTERVAL ? MINUTE', [id(ticket), id(team), waited]);
      }
    },
    setAvailable: (agent, available) => query('UPDATE agents SET availability = ? WHERE id = ?', [available ? 'online' : 'away', id(agent)]),
    disable: (agent) => query('UPDATE agents SET enabled = FALSE WHERE id = ?', [id(agent)]),
    take: (ticket, agent) => query('UPDATE tickets SET agent_id = ? WHERE id = ?', [id(agent), id(ticket)]),
    async lock(ticket) {
      const other = await openDesk(url);
      const connection = await other.getConnection();
      await connection.beginTransaction();
      await connection.query('SELECT id FROM tickets WHERE id = ? FOR UPDATE', [id(ticket)]);
      return async () => {
        await connection.rollback();
        connection.release();
        await other.end();
      };
    },
    async tick({ beforeClaim, clock = 0 } = {}) {
      // A host of its own each time: nothing is remembered but what the database has.
      const own = await openDesk(url);
      try {
        await withClock(clock, () => tick(watched(own, { 'before the claim': beforeClaim })));
      } finally {
        await own.end();
      }
    },
    async kill(moment) {
      const child = spawn(process.execPath, [fileURLToPath(import.meta.url), url, home, moment], { stdio: 'inherit' });
      const [, signal] = await once(child, 'exit');
      if (signal !== 'SIGKILL') throw new Error('the host was not killed');
      // The server undoes an open transaction when it sees that the connection is gone. Until then it has this row.
      await query('SELECT version FROM evenhand_state FOR UPDATE');
    },
    assignments: async () => Object.fromEntries((await query('SELECT id, agent_id FROM tickets')).map((row) => [row.id, row.agent_id])),
    close: () => pool.end(),
  };
}

/** Calls `at[moment]` when the host's connection comes to it. */
function watched(pool, at) {
  const watch = (connection) => new Proxy(connection, {
    get(_, name) {
      const own = connection[name];
      if (typeof own !== 'function') return own;
      return async (sql, ...values) => {
        if (name === 'beginTransaction') await at['before the claim']?.();
        if (name === 'query' && sql.startsWith('UPDATE evenhand_state')) await at['in the claim']?.();
        const answer = await own.call(connection, sql, ...values);
        if (name === 'commit') await at['after the claim']?.();
        return answer;
      };
    },
  });
  return { getConnection: async () => watch(await pool.getConnection()) };
}

// As a program of its own it is the host that is killed.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url, home, moment] = process.argv.slice(2);
  const { openDesk, tick } = await import(new URL('desk.mjs', home));
  await tick(watched(await openDesk(url), { [moment]: () => process.kill(process.pid, 'SIGKILL') }));
}
