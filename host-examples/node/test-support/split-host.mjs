// A host as it must not be: it writes a plan in two statements. Here so that the tests can see the check find it.
//   ORDER=rows    the conversations first, then the cursors
//   ORDER=cursors the other way round

import { setTimeout as sleep } from 'node:timers/promises';
import { CLAIM, openPostgres } from '../desk.mjs';
import { tick } from '../tick.mjs';

const ROWS = `-- Writes a plan, without its cursors
WITH claimed AS (
    UPDATE conversations c SET assigned_user_id = d.agent, updated_at = now()
    FROM json_to_recordset($2::json -> 'decisions') AS d (conversation bigint, team bigint, agent bigint),
         evenhand_state s
    WHERE s.version >= $1::bigint AND c.id = d.conversation AND d.agent IS NOT NULL
      AND c.assigned_user_id IS NULL AND c.assigned_team_id = d.team AND c.status_id IN (1, 2)
    RETURNING c.id
)
SELECT coalesce(json_agg(id::text), '[]') AS claimed FROM claimed`;

const CURSORS = `-- Writes a plan, without its conversations
UPDATE evenhand_state SET version = version + 1, cursors = $2::json -> 'cursors', lost_claims = $3::json
WHERE version = $1::bigint
RETURNING version`;

const order = process.env.ORDER;
const door = await openPostgres(process.env.DATABASE_URL);
const desk = {
  ...door,
  async query(sql, values) {
    if (sql !== CLAIM) return door.query(sql, values);
    const [version, plan] = values;
    let lost = [];
    if (order === 'rows') {
      const { claimed } = await door.query(ROWS, [version, plan]);
      lost = JSON.parse(plan).decisions.filter(({ agent, conversation }) => agent !== null && !claimed.includes(conversation));
    }
    const won = await door.query(CURSORS, [version, plan, JSON.stringify(lost.map((decision) => ({ decision, losses: 1, plans: 2 })))]);
    if (order === 'cursors' && won) await door.query(ROWS, [version, plan]);
    return { won: won !== undefined, claimed: 0, lost: [] };
  },
};
for (;;) {
  await tick(desk, { rule: 'round_robin', assignable: ['online'] });
  await sleep(20);
}
