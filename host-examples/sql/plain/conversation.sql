-- One ticket, for somebody who asks why it does not wait. No tick needs it.
--
--   $1 text     its number, as people know it: here the id
--   $2 uuid     no ticket has one
--   $3 bigint   its id
--
-- Returns one row, or none: id, number, agent, team, status, and whether that is one of those that are handed out.
SELECT t.id::text AS id, t.id::text AS number, t.agent_id::text AS agent, t.team_id::text AS team, t.status, t.status = 'open' AS open
FROM tickets t
WHERE $2::uuid IS NULL AND t.id::text = coalesce($3::bigint::text, $1::text)
