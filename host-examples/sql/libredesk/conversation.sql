-- One conversation, for somebody who asks why it does not wait. No tick needs it.
--
--   $1 bigint   the conversation's id
--
-- Returns one row, or none where there is no such conversation:
--
--   agent       text: who has it, or null
--   team        text: the team that it is in, or null
--   status      the name of its status, or null
--   open        whether that is one of those that are handed out
SELECT c.assigned_user_id::text AS agent,
       c.assigned_team_id::text AS team,
       s.name AS status,
       coalesce(s.category = 'open', false) AS open
FROM conversations c
LEFT JOIN conversation_statuses s ON s.id = c.status_id
WHERE c.id = $1::bigint
