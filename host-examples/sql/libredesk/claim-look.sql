-- Looks at one conversation right before it is assigned through Libredesk's API, and right after.
--
--   $1 bigint   the version of the plan that was begun
--   $2 json     the decision, as claim-begin.sql returned it
--   $3 float8   for how many seconds from now on this host is trusted to be at work
--
-- Returns one row:
--
--   ours        false: the plan is not this host's any more, which was away for so long that another one settled it; send nothing
--   free        whether the conversation may be given to the agent now. The same is asked as in claim.sql: it is as the plan saw
--               it, the agent may still take it, and nobody is changing either at this moment, for whom Libredesk would wait
--   holder      text: who has the conversation, or null
--   uuid        how the API calls the conversation; null where it is gone
WITH ours AS (
    UPDATE evenhand_state
    SET pending_until = clock_timestamp() + make_interval(secs => $3::float8)
    WHERE version = $1::bigint AND pending IS NOT NULL
    RETURNING version
), decision AS MATERIALIZED (
    SELECT * FROM json_to_record($2::json) AS d (conversation bigint, team bigint, agent bigint, by bigint, held_by bigint)
), free AS MATERIALIZED (
    -- OFFSET 0 keeps the conditions outside: a row is locked first and judged then, as it is by now.
    SELECT d.conversation
    FROM decision d
    CROSS JOIN LATERAL (
        SELECT u.type, u.enabled, u.deleted_at FROM users u WHERE u.id = d.agent
        OFFSET 0
        FOR KEY SHARE SKIP LOCKED
    ) u
    CROSS JOIN LATERAL (
        SELECT c.assigned_user_id, c.assigned_team_id, c.status_id, c.waiting_since FROM conversations c WHERE c.id = d.conversation
        OFFSET 0
        FOR NO KEY UPDATE SKIP LOCKED
    ) c
    WHERE u.type = 'agent' AND u.enabled AND u.deleted_at IS NULL
      AND EXISTS (SELECT FROM team_members m WHERE m.team_id = coalesce(d.by, d.team) AND m.user_id = d.agent)
      AND c.assigned_user_id IS NOT DISTINCT FROM d.held_by
      AND (d.held_by IS NULL OR c.waiting_since IS NOT NULL)
      AND c.assigned_team_id = d.team
      AND c.status_id = ANY (ARRAY(SELECT id FROM conversation_statuses WHERE category = 'open'))
)
SELECT EXISTS (SELECT FROM ours) AS ours,
       EXISTS (SELECT FROM free) AS free,
       c.assigned_user_id::text AS holder,
       c.uuid::text AS uuid
FROM decision d
LEFT JOIN conversations c ON c.id = d.conversation
