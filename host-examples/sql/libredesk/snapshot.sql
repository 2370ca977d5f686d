-- The desk at one moment, as the snapshot that Evenhand reads. One statement, so one moment.
--
--   $1 text     the rule for teams that are set to "Round robin": round_robin, least_loaded,
--               libredesk_2025 or libredesk_2026
--   $2 text[]   the availabilities that get new work, usually {online}
--
-- Returns one row:
--
--   version     hand it to claim.sql with the plan
--   snapshot    text, for Evenhand as it is
--   names       json, for people: {"teams": {id: name}, "agents": {id: name}}
--
-- Every list is ordered, since order is part of the answer.
WITH loads AS (
    -- One pass over the open conversations counts everybody's load.
    SELECT c.assigned_user_id AS agent, count(*) AS load
    FROM conversations c
    WHERE c.assigned_user_id IS NOT NULL
      AND c.status_id = ANY (ARRAY(SELECT id FROM conversation_statuses WHERE category = 'open'))
    GROUP BY c.assigned_user_id
), agents AS (
    SELECT u.id,
           coalesce(u.availability_status::text, 'offline') AS availability,
           coalesce(l.load, 0) AS load,
           concat_ws(' ', nullif(u.first_name, ''), nullif(u.last_name, '')) AS name
    FROM users u
    LEFT JOIN loads l ON l.agent = u.id
    WHERE u.type = 'agent' AND u.enabled AND u.deleted_at IS NULL
), members AS (
    SELECT m.team_id AS team, json_agg(json_build_object('agent', m.user_id::text) ORDER BY m.user_id) AS list
    FROM (SELECT DISTINCT team_id, user_id FROM team_members) m
    GROUP BY m.team_id
), waiting AS (
    SELECT c.id, c.assigned_team_id AS team, c.created_at
    FROM conversations c
    WHERE c.assigned_user_id IS NULL
      AND c.assigned_team_id IS NOT NULL
      AND c.status_id = ANY (ARRAY(SELECT id FROM conversation_statuses WHERE category = 'open'))
)
SELECT
    s.version,
    json_build_object(
        'version', 1,
        -- Another draw each time, so that the same two newcomers do not always join in the same order.
        'seed', (s.seed + s.version) % 9007199254740992,
        'agents', (
            SELECT coalesce(json_agg(json_build_object(
                'id', a.id::text,
                'availability', a.availability,
                'load', a.load
            ) ORDER BY a.id), '[]')
            FROM agents a
        ),
        'teams', (
            SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                'id', t.id::text,
                'assignment', CASE t.conversation_assignment_type WHEN 'Round robin' THEN $1::text ELSE 'manual' END,
                -- Libredesk's 0 is "no limit", which Evenhand says by leaving the field out.
                'max_load', CASE WHEN t.max_auto_assigned_conversations > 0 THEN t.max_auto_assigned_conversations END,
                'assignable', $2::text[],
                'members', coalesce(m.list, '[]')
            )) ORDER BY t.id), '[]')
            FROM teams t
            LEFT JOIN members m ON m.team = t.id
        ),
        'conversations', (
            SELECT coalesce(json_agg(json_build_object(
                'id', w.id::text,
                'team', w.team::text
            ) ORDER BY w.created_at, w.id), '[]')
            FROM waiting w
        ),
        'cursors', s.cursors,
        'lost_claims', s.lost_claims
    )::text AS snapshot,
    json_build_object(
        'teams', (SELECT coalesce(json_object_agg(t.id, t.name ORDER BY t.id), '{}') FROM teams t),
        'agents', (SELECT coalesce(json_object_agg(a.id, a.name ORDER BY a.id), '{}') FROM agents a)
    ) AS names
FROM evenhand_state s
