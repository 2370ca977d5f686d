-- Writes a plan: the conversations it hands out, its cursors, and what could not be written.
--
--   $1 bigint   the version that came with the snapshot
--   $2 text     the plan, as Evenhand gave it
--
-- Returns one row:
--
--   won         false: another host wrote a plan since the snapshot was taken; nothing was written
--   claimed     how many conversations were handed out
--   lost        json: the decisions that did not come through, [{conversation, team, agent}]
--
-- One statement, so all of it happens or none. For READ COMMITTED, PostgreSQL's default.
--
-- The planner takes any plan for 100 decisions long, and may think that hardly a conversation
-- waits. So nothing here leaves it room for a nested loop over two long lists, which would take
-- minutes at 50,000: rows are found by their primary key, and what was lost by EXCEPT.
WITH won AS MATERIALIZED (
    -- The lock waits for a host that is just writing; the version is compared once it is held.
    SELECT version FROM evenhand_state WHERE version = $1::bigint FOR UPDATE
), decisions AS MATERIALIZED (
    SELECT d.place, d.conversation, d.team, d.agent
    FROM won
    CROSS JOIN ROWS FROM (
        json_to_recordset($2::json -> 'decisions') AS (conversation bigint, team bigint, agent bigint)
    ) WITH ORDINALITY AS d (conversation, team, agent, place)
    WHERE d.agent IS NOT NULL
), locked AS MATERIALIZED (
    -- Each row is looked up by its id, locked, and only then judged, as it is by now: whatever a
    -- person committed since the snapshot is seen. A row that somebody is changing at this moment is
    -- not waited for, since everybody else's conversations would wait with it; it counts as lost.
    -- OFFSET 0 keeps the conditions outside.
    SELECT d.*
    FROM decisions d
    CROSS JOIN LATERAL (
        SELECT c.assigned_user_id, c.assigned_team_id, c.status_id
        FROM conversations c
        WHERE c.id = d.conversation
        OFFSET 0
        FOR NO KEY UPDATE SKIP LOCKED
    ) c
    WHERE c.assigned_user_id IS NULL
      AND c.assigned_team_id = d.team
      AND c.status_id = ANY (ARRAY(SELECT id FROM conversation_statuses WHERE category = 'open'))
), claimed AS (
    UPDATE conversations c
    SET assigned_user_id = l.agent, updated_at = now()
    FROM locked l
    WHERE c.id = l.conversation
    RETURNING l.place, l.conversation, l.team, l.agent
), lost AS MATERIALIZED (
    SELECT * FROM decisions EXCEPT SELECT * FROM claimed
), written AS (
    UPDATE evenhand_state s
    SET version = s.version + 1,
        cursors = $2::json -> 'cursors',
        lost_claims = (
            SELECT coalesce(json_agg(json_build_object(
                'team', l.team::text, 'agent', l.agent::text
            ) ORDER BY l.place), '[]')
            FROM lost l
        ),
        updated_at = now()
    FROM won
    WHERE s.version = won.version
    RETURNING s.version
)
SELECT
    EXISTS (SELECT FROM written) AS won,
    (SELECT count(*)::int FROM claimed) AS claimed,
    (
        SELECT coalesce(json_agg(json_build_object(
            'conversation', l.conversation::text, 'team', l.team::text, 'agent', l.agent::text
        ) ORDER BY l.place), '[]')
        FROM lost l
    ) AS lost
