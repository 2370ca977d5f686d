// A tick as Libredesk's own assigner of 2026 does it: lists, then for each conversation a draw, a count of the
// drawn agent's open conversations, and a write. Written from the description of its rule; statements are
// prepared once, as there, and go one after the other over one connection, as there.

/** Credits in weight points, all weights 1: everybody gains one, the first of the richest takes it and pays the total. */
function draw(pool) {
  let best = 0;
  for (let i = 0; i < pool.length; i += 1) {
    pool[i].credit += 1;
    if (pool[i].credit > pool[best].credit) best = i;
  }
  pool[best].credit -= pool.length;
  return pool[best].agent;
}

/**
 * Runs one tick through `client`. With `conversations`, only so many of those that wait are tried.
 * @param {import('pg').Client} client
 */
export async function originalTick(client, { conversations = Infinity } = {}) {
  let statements = 0;
  const ask = async (name, text, values) => {
    statements += 1;
    return client.query({ name, text, values });
  };

  const { rows: teams } = await ask('teams', `
    SELECT id, max_auto_assigned_conversations AS cap FROM teams WHERE conversation_assignment_type = 'Round robin' ORDER BY id`);
  const pools = new Map();
  for (const { id, cap } of teams) {
    const { rows } = await ask('members', `
      SELECT u.id FROM users u JOIN team_members m ON m.user_id = u.id
      WHERE m.team_id = $1 AND u.enabled AND u.deleted_at IS NULL AND u.availability_status = 'online' ORDER BY u.id`, [id]);
    pools.set(id, { cap, members: rows.map(({ id: agent }) => ({ agent, credit: 0 })) });
  }
  const { rows: waiting } = await ask('waiting', `
    SELECT c.id, c.assigned_team_id AS team FROM conversations c JOIN conversation_statuses s ON s.id = c.status_id
    WHERE c.assigned_user_id IS NULL AND c.assigned_team_id IS NOT NULL AND s.category = 'open' ORDER BY c.created_at`);

  let assigned = 0;
  for (const { id, team } of waiting.slice(0, conversations)) {
    const { cap, members } = pools.get(team);
    for (let tries = 0; tries < members.length; tries += 1) {
      const agent = draw(members);
      const { rows: [{ load }] } = await ask('load', `
        SELECT count(*)::int AS load FROM conversations c JOIN conversation_statuses s ON s.id = c.status_id
        WHERE c.assigned_user_id = $1 AND s.category = 'open'`, [agent]);
      if (cap > 0 && load >= cap) continue;
      const { rowCount } = await ask('assign', `
        UPDATE conversations SET assigned_user_id = $1, updated_at = now()
        WHERE id = $2 AND assigned_user_id IS NULL AND assigned_team_id = $3`, [agent, id, team]);
      assigned += rowCount;
      break;
    }
  }
  return { statements, assigned };
}
