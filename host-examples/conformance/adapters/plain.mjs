// The adapter for the Node host with the statements of ../../sql/plain, whose tables the database at `url` has already; they are
// emptied.

import { fileURLToPath } from 'node:url';
import { openHost } from './postgres.mjs';

const SQL = fileURLToPath(new URL('../../sql/plain', import.meta.url));

/** `sql` is the folder of the statements. @returns {Promise<import('../adapter.d.ts').Adapter>} */
export default async function open({ url = process.env.DATABASE_URL, sql = SQL } = {}) {
  const { query, lock, ...host } = await openHost({ url, sql });
  return {
    ...host,
    async reset({ agents, teams }) {
      await query('TRUNCATE tickets, members, agents, teams');
      await query("UPDATE evenhand_state SET version = 0, cursors = '[]', lost_claims = '[]'");
      for (const { id } of agents) await query("INSERT INTO agents (id, name, availability) VALUES ($1, '', 'online')", [id]);
      for (const { id, maxLoad } of teams) await query("INSERT INTO teams (id, name, max_open) VALUES ($1, '', $2)", [id, maxLoad]);
      for (const { id, members, overflow } of teams) {
        for (const agent of members) await query('INSERT INTO members (team_id, agent_id) VALUES ($1, $2)', [id, agent]);
        if (overflow) await query('UPDATE teams SET overflow_team_id = $2, overflow_minutes = $3 WHERE id = $1', [id, overflow.team, overflow.minutes]);
      }
    },
    async add(conversations) {
      for (const { id, team, waited = 0 } of conversations) {
        await query("INSERT INTO tickets (id, team_id, subject, created_at) VALUES ($1, $2, '', now() - make_interval(mins => $3))", [id, team, waited]);
      }
    },
    setAvailable: (agent, available) => query('UPDATE agents SET availability = $2 WHERE id = $1', [agent, available ? 'online' : 'offline']),
    disable: (agent) => query('UPDATE agents SET enabled = false WHERE id = $1', [agent]),
    take: (ticket, agent) => query('UPDATE tickets SET agent_id = $2 WHERE id = $1', [ticket, agent]),
    lock: (ticket) => lock('SELECT FROM tickets WHERE id = $1 FOR UPDATE', [ticket]),
    assignments: async () => (await query("SELECT coalesce(json_object_agg(id, agent_id::text), '{}') AS map FROM tickets")).map,
  };
}
