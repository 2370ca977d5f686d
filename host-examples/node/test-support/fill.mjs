// Makes a desk exactly what a test says, whatever it was before.

const STATUSES = [
  { id: 1, name: 'Open', category: 'open' },
  { id: 2, name: 'Replied', category: 'open' },
  { id: 3, name: 'Snoozed', category: 'waiting' },
  { id: 4, name: 'Resolved', category: 'resolved' },
];

/** Ids of the statuses of every test desk. */
export const OPEN = 1;
export const REPLIED = 2;
export const SNOOZED = 3;
export const RESOLVED = 4;

/**
 * Empties the desk behind `query` and writes what is given, with defaults for what is not.
 * @param {(sql: string, values?: unknown[]) => Promise<unknown>} query
 * @param {object} desk
 * @param {object[]} [desk.agents] `{id, availability = 'online', role = 1, ...columns of users}`; role 2 may not reply
 * @param {object[]} [desk.teams] `{id, members: [agent ids], max = 0, manual = false, ...columns}`
 * @param {object[]} [desk.conversations] `{id, team = 1, agent = null, status = OPEN, at = id, ...columns}`; `at` in seconds
 *   Other tables by their names: whole rows.
 */
export async function fill(query, { agents = [], teams = [], conversations = [], conversation_tags: tagged = [], ...others }) {
  await query(`TRUNCATE conversation_tags, tags, conversations, conversation_statuses, conversation_priorities, inboxes, team_members, teams,
    business_hours, user_roles, roles, users, evenhand_given`);
  await query("UPDATE evenhand_state SET version = 0, seed = 1, cursors = '[]', lost_claims = '[]', pending = NULL, pending_until = NULL");
  const insert = (table, rows) =>
    query(`INSERT INTO ${table} SELECT * FROM json_populate_recordset(NULL::${table}, $1)`, [JSON.stringify(rows)]);
  await insert('conversation_statuses', STATUSES);
  await insert('users', [
    ...agents.map(({ id, availability = 'online', role, ...columns }) => ({
      id, type: 'agent', enabled: true, first_name: `Agent ${id}`, availability_status: availability, ...columns,
    })),
    { id: 1_000_000, type: 'contact', enabled: true, first_name: 'Customer', availability_status: 'offline' },
  ]);
  await insert('roles', [{ id: 1, name: 'Agent', permissions: ['messages:read', 'messages:write'] }, { id: 2, name: 'Reader', permissions: ['messages:read'] }]);
  await insert('user_roles', agents.map(({ id, role = 1 }) => ({ user_id: id, role_id: role })));
  for (const [table, rows] of Object.entries(others)) await insert(table, rows);
  await insert('teams', teams.map(({ id, max = 0, manual = false, members, ...columns }) => ({
    id,
    name: `Team ${id}`,
    conversation_assignment_type: manual ? 'Manual' : 'Round robin',
    max_auto_assigned_conversations: max,
    ...columns,
  })));
  await insert('team_members', teams.flatMap(({ id, members = [] }) =>
    members.map((agent) => ({ team_id: id, user_id: agent }))));
  await insert('conversations', conversations.map(({ id, team = 1, agent = null, status = OPEN, at = id, ...columns }) => {
    const time = new Date(1_767_225_600_000 + at * 1000).toISOString();
    return {
      id,
      // As on a Libredesk from the start: its first one is #100.
      reference_number: String(99 + id),
      uuid: `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`,
      created_at: time,
      updated_at: time,
      contact_id: 1_000_000,
      inbox_id: 1,
      assigned_user_id: agent,
      assigned_team_id: team,
      status_id: status,
      custom_attributes: {},
      ...columns,
    };
  }));
  await insert('conversation_tags', tagged);
  await query("SELECT setval('conversation_numbers', 99 + coalesce(max(id), 0)) FROM conversations");
}

/** Returns `{id, ...common}` for every id from `first` to `last`. */
export function range(first, last, common = {}) {
  return Array.from({ length: last - first + 1 }, (_, i) => ({ id: first + i, ...common }));
}

/** Returns who has the conversations, by id: `{'1': 2, '2': null}`. */
export async function holders(query) {
  const { map } = await query(
    "SELECT coalesce(json_object_agg(id, assigned_user_id ORDER BY id), '{}') AS map FROM conversations",
  );
  return map;
}

/** Returns Evenhand's own row: `{version, cursors, lost_claims}`. */
export function state(query) {
  return query('SELECT version::int, cursors, lost_claims FROM evenhand_state');
}
