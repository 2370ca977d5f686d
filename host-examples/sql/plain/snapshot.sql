-- The desk at one moment, as the snapshot that Evenhand reads. One statement, so one moment.
--
--   $1 jsonb    how to assign: rule, objective, assignable; and lists of rules, weights, capacities, which this does not read
--
-- Returns one row: `version` for claim.sql, `snapshot` for Evenhand, `names` for people, and what of the lists does nothing: all; and `ages` for a monitor.
WITH waiting AS (
    SELECT t.id, t.team_id, t.agent_id, t.created_at
    FROM tickets t
    WHERE t.status = 'open' AND t.team_id IS NOT NULL AND (t.agent_id IS NULL OR t.hand_over)
), loads AS (
    SELECT t.agent_id, count(*) AS load
    FROM tickets t
    WHERE t.status = 'open' AND t.agent_id IS NOT NULL
    GROUP BY t.agent_id
), lists AS (
    -- All members: somebody who is away keeps the place in the rotation only if the team lists them.
    SELECT m.team_id, json_agg(json_build_object('agent', m.agent_id::text, 'weight', m.weight) ORDER BY m.agent_id) AS members
    FROM members m
    GROUP BY m.team_id
)
SELECT
    s.version,
    json_build_object(
        'version', 1,
        -- Another draw each time, so that the same two newcomers do not always join in the same order.
        'seed', (s.seed + s.version) % 9007199254740992,
        -- The clock is the database's, like every other time here.
        'now', floor(extract(epoch FROM now()) * 1000)::bigint,
        'objective', coalesce($1::jsonb ->> 'objective', 'in_order'),
        'agents', (
            SELECT coalesce(json_agg(json_build_object(
                'id', a.id::text,
                'availability', a.availability,
                'load', coalesce(l.load, 0)
            ) ORDER BY a.id), '[]')
            FROM agents a
            LEFT JOIN loads l ON l.agent_id = a.id
            WHERE a.enabled
        ),
        'teams', (
            SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                'id', t.id::text,
                'assignment', $1::jsonb ->> 'rule',
                'max_load', t.max_open,
                'assignable', $1::jsonb -> 'assignable',
                'overflow', CASE WHEN t.overflow_team_id IS NOT NULL THEN
                    json_build_array(json_build_object('team', t.overflow_team_id::text, 'after', t.overflow_minutes * 60000::bigint))
                END,
                'members', coalesce(l.members, '[]')
            )) ORDER BY t.id), '[]')
            FROM teams t
            LEFT JOIN lists l ON l.team_id = t.id
        ),
        'conversations', (
            SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                'id', w.id::text,
                'team', w.team_id::text,
                'since', floor(extract(epoch FROM w.created_at) * 1000)::bigint,
                'held_by', w.agent_id::text
            )) ORDER BY w.created_at, w.id), '[]')
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
        -- People know a ticket by its id.
        'conversations', (SELECT coalesce(json_object_agg(w.id, w.id::text ORDER BY w.id), '{}') FROM waiting w)
    ) AS names,
    json_build_object(
        'rules', coalesce($1::jsonb -> 'rules', '[]'),
        'weights', coalesce($1::jsonb -> 'weights', '[]'),
        'capacities', coalesce($1::jsonb -> 'capacities', '[]')
    ) AS unused,
    -- For a monitor: how long each has waited, in seconds.
    (
        SELECT coalesce(json_object_agg(w.id, greatest(0, floor(extract(epoch FROM now() - w.created_at)))), '{}')
        FROM waiting w
    ) AS ages
FROM evenhand_state s
