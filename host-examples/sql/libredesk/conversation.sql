-- One conversation, for somebody who asks about it. No tick needs it.
--
-- By what people know of it; one is given, the others are null:
--
--   $1 text     its number, as Libredesk shows it, without the #
--   $2 uuid     its uuid, which stands in the address bar of Libredesk
--   $3 bigint   its id
--
-- Returns one row, or none where there is no such conversation:
--
--   id          text: its id, which is what Evenhand and recordings know
--   number      its number
--   agent       text: who has it, or null
--   team        text: the team that it is in, or null
--   status      the name of its status, or null
--   open        whether that is one of those that are handed out
SELECT c.id::text AS id,
       c.reference_number AS number,
       c.assigned_user_id::text AS agent,
       c.assigned_team_id::text AS team,
       s.name AS status,
       coalesce(s.category = 'open', false) AS open
FROM conversations c
LEFT JOIN conversation_statuses s ON s.id = c.status_id
WHERE c.reference_number = $1::text OR c.uuid = $2::uuid OR c.id = $3::bigint
