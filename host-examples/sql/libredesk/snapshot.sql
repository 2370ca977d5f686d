-- The desk at one moment, as the snapshot that Evenhand reads. One statement, so one moment.
--
--   $1 jsonb    how to assign:
--       rule        the rule for teams that are set to "Round robin": round_robin, least_loaded,
--                   least_recent, libredesk_2025 or libredesk_2026
--       objective   in_order, or most: the most that can be served; in_order where it is left out
--       assignable  the availabilities that get new work, usually ["online"]
--     and, where some are to be treated in another way, lists of
--       rules       {team, rule}
--       weights     {team, agent, weight}
--       capacities  {agent, capacity}
--     A team or an agent is an id, as a number, or a name, as a text.
--
-- Returns one row:
--
--   version     hand it to claim.sql with the plan
--   snapshot    text, for Evenhand as it is
--   names       json, for people: {"teams": {id: name}, "agents": {id: name}, "conversations": {id: number}},
--               of the conversations those that wait, with the number that Libredesk shows
--   unused      json: what of the three lists does nothing now, as {rules, weights, capacities}:
--               nobody is called so, several are, an earlier line says it already, or the agent is
--               not in the team
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
      -- Libredesk's System user is an agent, too, whose mark is a mail address, which this does not read. It is
      -- nobody's colleague: whoever is called so and is in a team counts.
      AND (u.first_name <> 'System' OR u.last_name <> '' OR u.id IN (SELECT user_id FROM team_members))
), called AS MATERIALIZED (
    -- Whom a setting may mean by a number or a text; what several are called means none of them. As maps
    -- and not as rows to join, so that a thousand settings are a thousand look-ups in any plan; made only
    -- where there is a setting.
    SELECT
        CASE WHEN $1::jsonb -> 'rules' <> '[]' OR $1::jsonb -> 'weights' <> '[]' THEN (
            SELECT jsonb_object_agg(key, id)
            FROM (
                SELECT key, min(id) AS id
                FROM (SELECT to_jsonb(id)::text AS key, id FROM teams UNION ALL SELECT to_jsonb(name)::text, id FROM teams) t
                GROUP BY key
                HAVING count(*) = 1
            ) t
        ) END AS teams,
        CASE WHEN $1::jsonb -> 'weights' <> '[]' OR $1::jsonb -> 'capacities' <> '[]' THEN (
            SELECT jsonb_object_agg(key, id)
            FROM (
                SELECT key, min(id) AS id
                FROM (SELECT to_jsonb(id)::text AS key, id FROM agents UNION ALL SELECT to_jsonb(name)::text, id FROM agents) a
                GROUP BY key
                HAVING count(*) = 1
            ) a
        ) END AS agents
), rules AS MATERIALIZED (
    SELECT DISTINCT ON (team) (called.teams ->> r.team::text)::int AS team, r.rule, r.place
    FROM called, ROWS FROM (jsonb_to_recordset($1::jsonb -> 'rules') AS (team jsonb, rule text))
                 WITH ORDINALITY AS r (team, rule, place)
    WHERE called.teams ->> r.team::text IS NOT NULL
    ORDER BY team, r.place
), weights AS MATERIALIZED (
    SELECT DISTINCT ON (m.team_id, m.user_id) m.team_id AS team, m.user_id AS agent, w.weight, w.place
    FROM called
    CROSS JOIN ROWS FROM (jsonb_to_recordset($1::jsonb -> 'weights') AS (team jsonb, agent jsonb, weight bigint))
               WITH ORDINALITY AS w (team, agent, weight, place)
    JOIN team_members m ON m.team_id = (called.teams ->> w.team::text)::int
                       AND m.user_id = (called.agents ->> w.agent::text)::bigint
    ORDER BY m.team_id, m.user_id, w.place
), capacities AS MATERIALIZED (
    SELECT DISTINCT ON (agent) (called.agents ->> c.agent::text)::bigint AS agent, c.capacity, c.place
    FROM called, ROWS FROM (jsonb_to_recordset($1::jsonb -> 'capacities') AS (agent jsonb, capacity bigint))
                 WITH ORDINALITY AS c (agent, capacity, place)
    WHERE called.agents ->> c.agent::text IS NOT NULL
    ORDER BY agent, c.place
), members AS (
    SELECT m.team_id AS team,
           json_agg(json_build_object('agent', m.user_id::text, 'weight', w.weight) ORDER BY m.user_id) AS list
    FROM (SELECT DISTINCT team_id, user_id FROM team_members) m
    LEFT JOIN weights w ON w.team = m.team_id AND w.agent = m.user_id
    GROUP BY m.team_id
), waiting AS (
    SELECT c.id, c.reference_number AS number, c.assigned_team_id AS team, c.created_at
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
        'objective', coalesce($1::jsonb ->> 'objective', 'in_order'),
        'agents', (
            SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                'id', a.id::text,
                'availability', a.availability,
                'load', a.load,
                'capacity', c.capacity
            )) ORDER BY a.id), '[]')
            FROM agents a
            LEFT JOIN capacities c ON c.agent = a.id
        ),
        'teams', (
            SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                'id', t.id::text,
                'assignment', CASE t.conversation_assignment_type
                    WHEN 'Round robin' THEN coalesce(r.rule, $1::jsonb ->> 'rule')
                    ELSE 'manual'
                END,
                -- Libredesk's 0 is "no limit", which Evenhand says by leaving the field out.
                'max_load', CASE WHEN t.max_auto_assigned_conversations > 0 THEN t.max_auto_assigned_conversations END,
                'assignable', $1::jsonb -> 'assignable',
                'members', coalesce(m.list, '[]')
            )) ORDER BY t.id), '[]')
            FROM teams t
            LEFT JOIN members m ON m.team = t.id
            LEFT JOIN rules r ON r.team = t.id
        ),
        'conversations', (
            SELECT coalesce(json_agg(json_build_object(
                'id', w.id::text,
                'team', w.team::text
            ) ORDER BY w.created_at, w.id), '[]')
            FROM waiting w
        ),
        'cursors', s.cursors,
        -- What is only remembered, and not served last any more, stays here.
        'lost_claims', (
            SELECT coalesce(json_agg(l.entry -> 'decision' ORDER BY l.place), '[]')
            FROM json_array_elements(s.lost_claims) WITH ORDINALITY AS l (entry, place)
            WHERE l.entry ->> 'plans' IS DISTINCT FROM '0'
        )
    )::text AS snapshot,
    json_build_object(
        'teams', (SELECT coalesce(json_object_agg(t.id, t.name ORDER BY t.id), '{}') FROM teams t),
        'agents', (SELECT coalesce(json_object_agg(a.id, a.name ORDER BY a.id), '{}') FROM agents a),
        'conversations', (SELECT coalesce(json_object_agg(w.id, w.number ORDER BY w.id), '{}') FROM waiting w)
    ) AS names,
    json_build_object(
        'rules', (
            SELECT coalesce(json_agg(x.item ORDER BY x.place), '[]')
            FROM jsonb_array_elements($1::jsonb -> 'rules') WITH ORDINALITY AS x (item, place)
            WHERE x.place NOT IN (SELECT place FROM rules)
        ),
        'weights', (
            SELECT coalesce(json_agg(x.item ORDER BY x.place), '[]')
            FROM jsonb_array_elements($1::jsonb -> 'weights') WITH ORDINALITY AS x (item, place)
            WHERE x.place NOT IN (SELECT place FROM weights)
        ),
        'capacities', (
            SELECT coalesce(json_agg(x.item ORDER BY x.place), '[]')
            FROM jsonb_array_elements($1::jsonb -> 'capacities') WITH ORDINALITY AS x (item, place)
            WHERE x.place NOT IN (SELECT place FROM capacities)
        )
    ) AS unused
FROM evenhand_state s
