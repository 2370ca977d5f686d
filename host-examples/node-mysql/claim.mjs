// Writes a plan in one transaction: the tickets it hands out, its cursors, and what could not be written.

/**
 * A list of decisions as rows. Ids are bigint here: as texts MySQL would compare them as floating-point numbers.
 *
 * What is joined to it is looked up by its primary key: a scan of the table would lock every row, and wait for those of other people.
 */
const PLANNED = `JSON_TABLE(?, '$[*]' COLUMNS (
  ticket bigint unsigned PATH '$.conversation',
  team bigint unsigned PATH '$.team',
  server bigint unsigned PATH '$.by',
  holder bigint unsigned PATH '$.held_by',
  agent bigint unsigned PATH '$.agent'
)) AS planned`;

/** MySQL's words for a shared lock, and MariaDB's: each skips the comment that is for the other. */
const FOR_SHARE = '/*!80001 FOR SHARE */ /*M! LOCK IN SHARE MODE */';

/**
 * @param {import('mysql2/promise').Connection} connection
 * @param {string} version that came with the snapshot
 * @param {import('evenhand').Plan} plan
 * @returns {Promise<{won: boolean, claimed: object[], lost: object[]}>} `won` is false where another host wrote a plan since the
 *   snapshot; nothing was written then. `lost`: the decisions that somebody else was faster than
 */
export async function claim(connection, version, plan) {
  const rows = async (sql, values) => (await connection.query(sql, values))[0];
  // Each statement sees what was committed until then, and locks no gaps between rows.
  await connection.query('SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
  await connection.beginTransaction();
  // The version first. If another host is writing, this waits for it and finds a later version: nothing is written then.
  const [state] = await rows('SELECT lost_claims FROM evenhand_state WHERE only_row = 1 AND version = ? FOR UPDATE', [BigInt(version)]);
  if (!state) {
    await connection.rollback();
    return { won: false, claimed: [], lost: [] };
  }
  const given = plan.decisions.filter(({ agent }) => agent !== null);
  const free = await lockFree(rows, given);
  const claimed = given.filter(({ conversation }) => free.has(conversation));
  const lost = given.filter(({ conversation }) => !free.has(conversation));
  await connection.query(`
    UPDATE ${PLANNED} STRAIGHT_JOIN tickets t FORCE INDEX (PRIMARY) ON t.id = planned.ticket
    SET t.agent_id = planned.agent, t.hand_over = FALSE, t.updated_at = NOW(3)`, [JSON.stringify(claimed)]);
  await connection.query(
    'UPDATE evenhand_state SET version = version + 1, cursors = ?, lost_claims = ?, updated_at = NOW(3)',
    [JSON.stringify(plan.cursors), JSON.stringify(remember(JSON.parse(state.lost_claims), plan.decisions, free))],
  );
  await connection.commit();
  return { won: true, claimed, lost };
}

/** Locks what of `given` is still as the plan saw it, and waits for nobody. Returns the tickets' ids. */
async function lockFree(rows, given) {
  // The agents first: the foreign key of `agent_id` would wait for whoever has their rows locked.
  const agents = await rows(`
    SELECT a.id FROM ${PLANNED} STRAIGHT_JOIN agents a FORCE INDEX (PRIMARY) ON a.id = planned.agent
    WHERE a.enabled ${FOR_SHARE} SKIP LOCKED`, [JSON.stringify(given)]);
  const working = new Set(agents.map(({ id }) => id));
  const members = await rows('SELECT team_id, agent_id FROM members');
  const inTeam = new Set(members.map(({ team_id, agent_id }) => `${team_id} ${agent_id}`));
  const possible = given.filter(({ agent, team, by = team }) => working.has(agent) && inTeam.has(`${by} ${agent}`));
  const tickets = await rows(`
    SELECT t.id FROM ${PLANNED} STRAIGHT_JOIN tickets t FORCE INDEX (PRIMARY) ON t.id = planned.ticket
    WHERE t.status = 'open' AND t.team_id = planned.team
      AND t.agent_id <=> planned.holder AND t.hand_over = (planned.holder IS NOT NULL)
    FOR UPDATE SKIP LOCKED`, [JSON.stringify(possible)]);
  return new Set(tickets.map(({ id }) => id));
}

/**
 * Returns what to remember of the decisions that could not be written. The next snapshot hands them back: the agent gets the turn
 * back, and the ticket is served after all others. One that is lost again and again must not starve the others, so after its nth
 * loss in a row it is served last in the next plan and in 2^(n-1) more, 64 at most; last, it still gets what room is left.
 */
function remember(before, decisions, claimed) {
  const known = new Map(before.map((entry) => [entry.decision.conversation, entry]));
  return decisions.flatMap((decision) => {
    const { losses = 0, plans = 0 } = known.get(decision.conversation) ?? {};
    if (claimed.has(decision.conversation)) return [];
    if (decision.agent !== null) return [{ decision, losses: losses + 1, plans: 1 + 2 ** Math.min(losses, 6) }];
    return losses > 0 ? [{ decision, losses, plans: Math.max(plans - 1, 0) }] : [];
  });
}
