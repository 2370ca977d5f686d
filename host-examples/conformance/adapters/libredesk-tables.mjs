// What an adapter does to Libredesk's tables, whatever host works on them.

import { fill } from '../../node/test-support/fill.mjs';

/** The rows that the kit locks. */
export const ROW = 'SELECT FROM conversations WHERE id = $1 FOR UPDATE';

/** Returns the parts of an adapter that are statements alone. @param {import('../../node/desk.mjs').Desk['query']} query */
export function onTables(query) {
  return {
    reset: ({ agents, teams }) => fill(query, { agents, teams: teams.map(({ id, members, maxLoad }) => ({ id, members, max: maxLoad })) }),
    async add(conversations) {
      for (const { id, team } of conversations) {
        await query('INSERT INTO conversations (id, contact_id, inbox_id, assigned_team_id, status_id) VALUES ($1, 1000000, 1, $2, 1)', [id, team]);
      }
    },
    setAvailable: (agent, available) => query('UPDATE users SET availability_status = $2 WHERE id = $1', [agent, available ? 'online' : 'away_manual']),
    disable: (agent) => query('UPDATE users SET enabled = false WHERE id = $1', [agent]),
    take: (conversation, agent) => query('UPDATE conversations SET assigned_user_id = $2 WHERE id = $1', [conversation, agent]),
    assignments: async () => (await query("SELECT coalesce(json_object_agg(id, assigned_user_id::text), '{}') AS map FROM conversations")).map,
  };
}
