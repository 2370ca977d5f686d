// Reads the desk at one moment, as the snapshot that Evenhand plans.

/**
 * @param {import('mysql2/promise').Connection} connection
 * @returns {Promise<{version: string, snapshot: import('evenhand').Snapshot}>} `version` goes to `claim` with the plan
 */
export async function readDesk(connection) {
  const rows = async (sql) => (await connection.query(sql))[0];
  await connection.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  // The clock is the database's, like every other time here: that of this machine may be wrong. And not NOW(), which is a local
  // time: in the autumn one hour of a night comes twice, and the first would be taken for the second.
  const [state] = await rows(`
    SELECT version, seed, cursors, lost_claims, TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000 AS now
    FROM evenhand_state`);
  if (!state) throw new Error('evenhand_state has lost its row, and with it whose turn it is: put it back from a backup, or drop the table to begin with level turns');
  const agents = await rows(`
    SELECT a.id, a.availability, COUNT(t.id) AS \`load\`
    FROM agents a LEFT JOIN tickets t ON t.agent_id = a.id AND t.status = 'open'
    WHERE a.enabled
    GROUP BY a.id, a.availability
    ORDER BY a.id`);
  const teams = await rows('SELECT id, max_open, overflow_team_id, overflow_minutes FROM teams ORDER BY id');
  // All of them: somebody who is away keeps the place in the rotation only if the team lists them.
  const members = await rows('SELECT team_id, agent_id, weight FROM members ORDER BY team_id, agent_id');
  const waiting = await rows(`
    SELECT id, team_id, agent_id, CAST(UNIX_TIMESTAMP(created_at) * 1000 AS UNSIGNED) AS since
    FROM tickets
    WHERE status = 'open' AND team_id IS NOT NULL AND (agent_id IS NULL OR hand_over)
    ORDER BY created_at, id`);
  await connection.query('COMMIT');

  return {
    version: state.version,
    snapshot: {
      version: 1,
      // Another draw each time, so that the same two newcomers do not always join in the same order.
      seed: (BigInt(state.seed) + BigInt(state.version)) % 2n ** 53n,
      now: Number(state.now),
      agents: agents.map(({ id, availability, load }) => ({ id, availability, load: Number(load) })),
      teams: teams.map((team) => ({
        id: team.id,
        assignment: 'round_robin',
        max_load: team.max_open ?? undefined,
        overflow: team.overflow_team_id === null ? [] : [{ team: team.overflow_team_id, after: team.overflow_minutes * 60_000 }],
        members: members.filter(({ team_id }) => team_id === team.id).map(({ agent_id, weight }) => ({ agent: agent_id, weight })),
      })),
      conversations: waiting.map(({ id, team_id, agent_id, since }) => ({
        id, team: team_id, since: Number(since), held_by: agent_id ?? undefined,
      })),
      cursors: JSON.parse(state.cursors),
      // What is only remembered, and not served last any more, stays here.
      lost_claims: JSON.parse(state.lost_claims).filter(({ plans }) => plans > 0).map(({ decision }) => decision),
    },
  };
}
