// Makes a desk exactly what a test says, whatever it was before.

/**
 * @param {import('mysql2/promise').Connection} client
 * @param {object} desk
 * @param {object[]} [desk.teams] `{id, members: [agent ids], ...columns}`
 * @param {object[]} [desk.agents] `{id, ...columns}`, online
 * @param {object[]} [desk.tickets] `{id, waited = 0, ...columns}`, of team 1, `waited` in minutes
 */
export async function fill(client, { teams = [], agents = [], tickets = [] }) {
  await client.query(`
    SET foreign_key_checks = 0;
    TRUNCATE tickets; TRUNCATE members; TRUNCATE agents; TRUNCATE teams;
    UPDATE evenhand_state SET version = 0, seed = 1, cursors = '[]', lost_claims = '[]'`);
  for (const { members, ...team } of teams) {
    await client.query('INSERT INTO teams SET ?', { name: `Team ${team.id}`, ...team });
    for (const agent_id of members) await client.query('INSERT INTO members SET ?', { team_id: team.id, agent_id });
  }
  for (const agent of agents) await client.query('INSERT INTO agents SET ?', { name: `Agent ${agent.id}`, availability: 'online', ...agent });
  await add(client, tickets);
  await client.query('SET foreign_key_checks = 1');
}

/** Lets tickets come. */
export async function add(client, tickets) {
  for (const { waited = 0, ...ticket } of tickets) {
    await client.query('INSERT INTO tickets SET created_at = NOW(3) - INTERVAL ? MINUTE, ?', [waited, { subject: '', team_id: 1, ...ticket }]);
  }
}

/** Returns who has each ticket, by id. */
export async function holders(client) {
  const [rows] = await client.query('SELECT id, agent_id FROM tickets ORDER BY id');
  return Object.fromEntries(rows.map(({ id, agent_id }) => [id, agent_id]));
}

/** Returns what is remembered of lost claims: `[ticket, losses, plans]` each. */
export async function losses(client) {
  const [[{ lost_claims }]] = await client.query('SELECT lost_claims FROM evenhand_state');
  return JSON.parse(lost_claims).map(({ decision, losses: n, plans }) => [decision.conversation, n, plans]);
}
