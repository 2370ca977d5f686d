// The adapter for hosts on Libredesk's tables, which the database at `url` has already; they are emptied.

import { fill } from '../../node/test-support/fill.mjs';
import { openHost } from './postgres.mjs';

/** @returns {Promise<import('../adapter.d.ts').Adapter>} */
export default async function open({ url = process.env.DATABASE_URL, program } = {}) {
  const { query, lock, ...host } = await openHost({ url, program });
  return {
    ...host,
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
    setAvailable: (agent, available) => query('UPDATE users SET availability_status = $2 WHERE id = $1', [agent, available ? 'online' : 'away_manual']),
    disable: (agent) => query('UPDATE users SET enabled = false WHERE id = $1', [agent]),
    take: (conversation, agent) => query('UPDATE conversations SET assigned_user_id = $2 WHERE id = $1', [conversation, agent]),
    lock: (conversation) => lock('SELECT FROM conversations WHERE id = $1 FOR UPDATE', [conversation]),
    assignments: async () => (await query("SELECT coalesce(json_object_agg(id, assigned_user_id::text), '{}') AS map FROM conversations")).map,
  };
}
