-- The desk at one moment, as the snapshot that Evenhand reads. One statement, so one moment.
--
--   $1 jsonb    how to assign:
--       rule        the rule for teams that are set to "Round robin": round_robin, least_loaded,
--                   least_recent, libredesk_2025 or libredesk_2026
--       objective   in_order, or most: the most that can be served; in_order where it is left out
--       assignable  the availabilities that get new work, usually ["online", "away"]
--     and, where some are to be treated in another way, lists of
--       rules       {team, rule}
--       weights     {team, agent, weight}
--       capacities  {agent, capacity}
--     A team, an agent or whatever else a line names is an id, as a number, or a name, as a text.
--     All else may be left out and reads nothing then. Durations are seconds.
--       priorities  list of {priority, value}
--       nearing     list of {within, raise}: raises the priority as next_sla_deadline_at nears
--       deadlines   true: next_sla_deadline_at is the `due` of a conversation
--       ageing      how many seconds of waiting weigh as much as one point of priority
--       skills      list of {agent, skill, level}
--       needs       list of {team or inbox or tag or attribute and value, skill, level, relax_after}
--       channels    list of {agent, channel, capacity}; without an agent for everybody
--       same_agent  {hold_for, within}: the agents of the contact's earlier conversations are preferred, of so many days
--       fallback    the availabilities that get what nobody else has room for
--       tiers       list of {team, agent, tier}
--       rotations   list of {team, rotation}: teams that name the same one share it
--       overflow    list of {team, to, after}: what has waited so long the other team may serve, in its business hours
--       at_most     list of {agent, count, within}; without an agent for everybody. What was given in that time is in
--                   evenhand_given, if claim.sql was told to remember it
--       take_back   {offline_for, away_and_reassigning, unanswered_for}: when a conversation goes to somebody else
--       shifts      list of {agent or team, time_zone, hours: {"Monday": [["09:00", "17:00"]]}, holidays: ["2026-12-25"]}: outside of
--                   it an agent is `off_shift`
--       time_zone   of teams and shifts that have none; UTC
--       now         what time it is; for tests
--
-- Returns one row:
--
--   version     hand it to claim.sql with the plan
--   snapshot    text, for Evenhand as it is
--   names       json, for people: {"teams": {id: name}, "agents": {id: name}, "conversations": {id: number}},
--               of the conversations those that wait, with the number that Libredesk shows
--   unused      json: the lines that do nothing now, as {rules, weights, capacities, and other lists that have such lines}:
--               nobody is called so, several are, an earlier line says it already, or the agent is
--               not in the team
--   known       json: what else the lines may name, as {"priority": {id: name}}, and the skills that are needed; null where they name nothing else
--   ages        json: {id: seconds} for each conversation of the snapshot: how long it waits, in whole seconds by the
--               database's clock, since the customer last wrote (`waiting_since`) or, where that is empty, since it came in
--
-- Every list is ordered, since order is part of the answer.
--
-- Run it with `jit` off: PostgreSQL would compile it anew each time, which takes far longer than to run it.
WITH

clock AS (
    SELECT coalesce(($1::jsonb ->> 'now')::timestamptz, now()) AS now
),

-- What everybody holds.
loads AS (
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
),

-- The configuration: its lines, and whom they mean.
lists (place, list) AS (
    VALUES (1, 'rules'), (2, 'weights'), (3, 'capacities'), (4, 'priorities'), (5, 'nearing'), (6, 'skills'), (7, 'needs'), (8, 'channels'), (9, 'tiers'), (10, 'rotations'),
           (11, 'overflow'), (12, 'shifts'), (13, 'at_most')
), named AS (
    -- Whom a line may mean, where some line says so.
    SELECT 'team' AS kind, id::bigint, name FROM teams WHERE jsonb_path_exists($1::jsonb, '$.*[*].team')
    UNION ALL
    SELECT 'agent', id, name FROM agents WHERE jsonb_path_exists($1::jsonb, '$.*[*].agent')
    UNION ALL
    SELECT 'priority', id, name FROM conversation_priorities WHERE jsonb_path_exists($1::jsonb, '$.*[*].priority')
    UNION ALL
    SELECT 'inbox', id, name FROM inboxes WHERE jsonb_path_exists($1::jsonb, '$.*[*].inbox') AND deleted_at IS NULL
    UNION ALL
    SELECT 'tag', id, name FROM tags WHERE jsonb_path_exists($1::jsonb, '$.*[*].tag')
), called AS MATERIALIZED (
    -- By a number or a text, `agent 12` or `agent "Maya"`; what several are called means none of them. As a map and not as rows
    -- to join, so that a thousand lines are a thousand look-ups in any plan.
    SELECT jsonb_object_agg(key, id) AS ids
    FROM (
        SELECT n.kind || ' ' || k.key AS key, min(n.id) AS id
        FROM named n
        CROSS JOIN LATERAL (VALUES (to_jsonb(n.id)::text), (to_jsonb(n.name)::text)) AS k (key)
        GROUP BY n.kind, k.key
        HAVING count(*) = 1
    ) k
), lines AS MATERIALIZED (
    -- Every line of every list, with whom it means.
    SELECT l.list, x.place, x.item,
           (called.ids ->> ('team ' || (x.item -> 'team')::text))::int AS team,
           (called.ids ->> ('team ' || (x.item -> 'to')::text))::int AS other,
           (called.ids ->> ('agent ' || (x.item -> 'agent')::text))::bigint AS agent,
           (called.ids ->> ('priority ' || (x.item -> 'priority')::text))::int AS priority,
           (called.ids ->> ('inbox ' || (x.item -> 'inbox')::text))::int AS inbox,
           (called.ids ->> ('tag ' || (x.item -> 'tag')::text))::int AS tag
    FROM called
    CROSS JOIN lists l
    CROSS JOIN LATERAL jsonb_array_elements($1::jsonb -> l.list) WITH ORDINALITY AS x (item, place)
), rules AS MATERIALIZED (
    SELECT DISTINCT ON (team) team, item ->> 'rule' AS rule, place
    FROM lines
    WHERE list = 'rules' AND team IS NOT NULL
    ORDER BY team, place
), weights AS MATERIALIZED (
    SELECT DISTINCT ON (m.team_id, m.user_id) m.team_id AS team, m.user_id AS agent, (l.item ->> 'weight')::int AS weight, l.place
    FROM lines l
    JOIN team_members m ON m.team_id = l.team AND m.user_id = l.agent
    WHERE l.list = 'weights'
    ORDER BY m.team_id, m.user_id, l.place
), capacities AS MATERIALIZED (
    SELECT DISTINCT ON (agent) agent, (item ->> 'capacity')::bigint AS capacity, place
    FROM lines
    WHERE list = 'capacities' AND agent IS NOT NULL
    ORDER BY agent, place
),

-- What is urgent.
priorities AS MATERIALIZED (
    SELECT DISTINCT ON (priority) priority, (item ->> 'value')::int AS value, place
    FROM lines
    WHERE list = 'priorities' AND priority IS NOT NULL
    ORDER BY priority, place
), nearing AS MATERIALIZED (
    -- Of the steps towards a deadline the last one that was reached counts.
    SELECT DISTINCT ON (within) make_interval(secs => (item ->> 'within')::float8) AS within, (item ->> 'raise')::int AS raise, place
    FROM lines
    WHERE list = 'nearing'
    ORDER BY within, place
),

-- Who knows what, and what needs it.
needs AS MATERIALIZED (
    -- What has `mark` needs this.
    SELECT DISTINCT ON (mark, need) mark, need, place
    FROM (
        SELECT place,
               coalesce('team ' || team, 'inbox ' || inbox, 'tag ' || tag, 'attribute ' || (item -> 'attribute')::text || ' ' || (item -> 'value')::text) AS mark,
               jsonb_strip_nulls(jsonb_build_object(
                   'skill', item -> 'skill', 'level', item -> 'level', 'relax_after', (item ->> 'relax_after')::bigint * 1000
               )) AS need
        FROM lines
        WHERE list = 'needs'
    ) n
    WHERE mark IS NOT NULL
    ORDER BY mark, need, place
), needed AS MATERIALIZED (
    -- A map from marks to needs, so that each conversation is a few look-ups.
    SELECT jsonb_object_agg(mark, needs) AS by_mark
    FROM (SELECT mark, jsonb_agg(jsonb_build_object('place', place, 'need', need)) AS needs FROM needs GROUP BY mark) n
), skills AS MATERIALIZED (
    SELECT DISTINCT ON (agent, skill) agent, skill, item -> 'level' AS level, place
    FROM lines
    CROSS JOIN LATERAL (SELECT item ->> 'skill') s (skill)
    WHERE list = 'skills' AND agent IS NOT NULL AND skill IN (SELECT need ->> 'skill' FROM needs)
    ORDER BY agent, skill, place
), skilled AS MATERIALIZED (
    SELECT agent, json_agg(json_build_object('skill', skill, 'level', level) ORDER BY skill) AS skills
    FROM skills
    GROUP BY agent
),

-- What an agent may hold of each channel.
channels AS MATERIALIZED (
    -- An agent's own line comes before the one for everybody.
    SELECT DISTINCT ON (agent, channel) agent, channel, capacity, place
    FROM (
        SELECT agent, item ->> 'channel' AS channel, (item ->> 'capacity')::bigint AS capacity, place, true AS own
        FROM lines
        WHERE list = 'channels' AND agent IS NOT NULL
        UNION ALL
        SELECT a.id, l.channel, l.capacity, l.place, false
        FROM (
            SELECT DISTINCT ON (channel) item ->> 'channel' AS channel, (item ->> 'capacity')::bigint AS capacity, place
            FROM lines
            WHERE list = 'channels' AND NOT item ? 'agent'
            ORDER BY channel, place
        ) l
        CROSS JOIN agents a
    ) c
    ORDER BY agent, channel, own DESC, place
), channel_loads AS MATERIALIZED (
    SELECT c.assigned_user_id AS agent, i.channel::text AS channel, count(*) AS load
    FROM conversations c
    JOIN inboxes i ON i.id = c.inbox_id
    WHERE $1::jsonb ? 'channels'
      AND c.assigned_user_id IS NOT NULL
      AND c.status_id = ANY (ARRAY(SELECT id FROM conversation_statuses WHERE category = 'open'))
    GROUP BY c.assigned_user_id, i.channel
), channelled AS MATERIALIZED (
    SELECT c.agent, json_agg(json_build_object('channel', c.channel, 'load', coalesce(l.load, 0), 'capacity', c.capacity) ORDER BY c.channel) AS channels
    FROM channels c
    LEFT JOIN channel_loads l ON l.agent = c.agent AND l.channel = c.channel
    GROUP BY c.agent
),

-- Backups, and teams that share turns.
tiers AS MATERIALIZED (
    SELECT DISTINCT ON (m.team_id, m.user_id) m.team_id AS team, m.user_id AS agent, (l.item ->> 'tier')::int AS tier, l.place
    FROM lines l
    JOIN team_members m ON m.team_id = l.team AND m.user_id = l.agent
    WHERE l.list = 'tiers'
    ORDER BY m.team_id, m.user_id, l.place
), rotations AS MATERIALIZED (
    SELECT DISTINCT ON (team) team, item ->> 'rotation' AS rotation, place
    FROM lines
    WHERE list = 'rotations' AND team IS NOT NULL
    ORDER BY team, place
),

-- Who helps whom, and when.
overflow AS MATERIALIZED (
    SELECT DISTINCT ON (team, other) team, other, (item ->> 'after')::bigint * 1000 AS after, place
    FROM lines
    WHERE list = 'overflow' AND team <> other
    ORDER BY team, other, place
), helping AS MATERIALIZED (
    -- A team helps in its business hours alone, if it has some. As Libredesk keeps them: {"Monday": {"open": "09:00", "close":
    -- "17:00"}}, a day that is not there is closed, and holidays [{"date": "2026-12-25"}].
    SELECT o.team, json_agg(json_build_object('team', o.other::text, 'after', o.after) ORDER BY o.place) AS teams
    FROM overflow o
    JOIN teams t ON t.id = o.other
    LEFT JOIN business_hours b ON b.id = t.business_hours_id
    CROSS JOIN LATERAL (
        SELECT (SELECT now FROM clock) AT TIME ZONE coalesce(nullif(t.timezone, ''), $1::jsonb ->> 'time_zone', 'UTC')
    ) l (now)
    CROSS JOIN LATERAL (SELECT b.hours -> to_char(l.now, 'FMDay')) d (hours)
    WHERE coalesce(b.is_always_open, true)
       OR (to_char(l.now, 'HH24:MI') >= d.hours ->> 'open' AND to_char(l.now, 'HH24:MI') < d.hours ->> 'close'
           AND NOT b.holidays @> jsonb_build_array(jsonb_build_object('date', to_char(l.now, 'YYYY-MM-DD'))))
    GROUP BY o.team
),

-- Who works when.
shifts AS MATERIALIZED (
    -- Hours are pairs of texts like 09:00; one that ends before it begins goes on into the next day, and belongs to the day on
    -- which it begins.
    SELECT l.place, l.team, l.agent, EXISTS (
        SELECT
        FROM (VALUES (false, z.now), (true, z.now - interval '1 day')) d (yesterday, day)
        CROSS JOIN LATERAL jsonb_array_elements(l.item -> 'hours' -> to_char(d.day, 'FMDay')) h (pair)
        CROSS JOIN LATERAL (SELECT h.pair ->> 0 AS start, h.pair ->> 1 AS stop, to_char(z.now, 'HH24:MI') AS time) t
        WHERE NOT coalesce(l.item -> 'holidays' ? to_char(d.day, 'YYYY-MM-DD'), false)
          AND CASE WHEN d.yesterday THEN t.stop <= t.start AND t.time < t.stop
                   ELSE t.start <= t.time AND (t.time < t.stop OR t.stop <= t.start) END
    ) AS now
    FROM lines l
    CROSS JOIN LATERAL (
        SELECT (SELECT now FROM clock) AT TIME ZONE coalesce(l.item ->> 'time_zone', $1::jsonb ->> 'time_zone', 'UTC') AS now
    ) z
    WHERE l.list = 'shifts' AND coalesce(l.team, l.agent) IS NOT NULL
), shifted AS MATERIALIZED (
    -- An agent's own shifts come before those of the teams; one of them is enough.
    SELECT agent, bool_or(now) AS on_shift
    FROM (
        SELECT agent, now FROM shifts WHERE agent IS NOT NULL
        UNION ALL
        SELECT m.user_id, s.now
        FROM shifts s
        JOIN team_members m ON m.team_id = s.team
        WHERE m.user_id NOT IN (SELECT agent FROM shifts WHERE agent IS NOT NULL)
    ) s
    GROUP BY agent
),

-- At most so many in a time.
limits AS MATERIALIZED (
    -- An agent's own lines come before those for everybody.
    SELECT agent, (item ->> 'count')::int AS count, make_interval(secs => (item ->> 'within')::float8) AS within, place
    FROM lines
    WHERE list = 'at_most' AND agent IS NOT NULL
    UNION ALL
    SELECT a.id, (l.item ->> 'count')::int, make_interval(secs => (l.item ->> 'within')::float8), l.place
    FROM lines l
    CROSS JOIN agents a
    WHERE l.list = 'at_most' AND NOT l.item ? 'agent'
      AND a.id NOT IN (SELECT agent FROM lines WHERE list = 'at_most' AND agent IS NOT NULL)
), limited AS MATERIALIZED (
    SELECT l.agent, min(greatest(l.count - g.given, 0)) AS max_new
    FROM limits l
    CROSS JOIN LATERAL (
        SELECT count(*) AS given FROM evenhand_given g WHERE g.agent = l.agent AND g.since > (SELECT now FROM clock) - l.within
    ) g
    GROUP BY l.agent
),

-- The lines that say something. Those that do not come back as `unused`.
used AS (
    SELECT 'rules' AS list, place FROM rules
    UNION ALL SELECT 'weights', place FROM weights
    UNION ALL SELECT 'capacities', place FROM capacities
    UNION ALL SELECT 'priorities', place FROM priorities
    UNION ALL SELECT 'nearing', place FROM nearing
    UNION ALL SELECT 'needs', place FROM needs
    UNION ALL SELECT 'skills', place FROM skills
    UNION ALL SELECT 'channels', place FROM channels
    UNION ALL SELECT 'tiers', place FROM tiers
    UNION ALL SELECT 'rotations', place FROM rotations
    UNION ALL SELECT 'overflow', place FROM overflow
    UNION ALL SELECT 'shifts', place FROM shifts
    UNION ALL SELECT 'at_most', place FROM limits
),

-- The desk.
members AS (
    SELECT m.team_id AS team,
           ('[' || string_agg(CASE
               WHEN m.replies AND num_nonnulls(w.weight, t.tier) = 0 THEN format('{"agent":"%s"}', m.user_id)
               -- Whoever may not reply is given nothing.
               ELSE json_build_object('agent', m.user_id::text, 'weight', CASE WHEN m.replies THEN w.weight ELSE 0 END, 'tier', t.tier)::text
           END, ',' ORDER BY m.user_id) || ']')::json AS list
    FROM (
        SELECT team_id, user_id, user_id IN (
            SELECT r.user_id FROM user_roles r WHERE r.role_id = ANY (ARRAY(SELECT id FROM roles WHERE 'messages:write' = ANY (permissions)))
        ) AS replies
        FROM (SELECT DISTINCT team_id, user_id FROM team_members) m
    ) m
    LEFT JOIN weights w ON w.team = m.team_id AND w.agent = m.user_id
    LEFT JOIN tiers t ON t.team = m.team_id AND t.agent = m.user_id
    GROUP BY m.team_id
), taken AS MATERIALIZED (
    -- What is to go to somebody else: the customer waits, and whoever has it is not there or has let it lie. Only what Evenhand gave
    -- can be seen to lie: nobody knows since when a person has what a person gave them.
    SELECT c.id, c.reference_number AS number, c.assigned_team_id AS team, c.created_at, coalesce(c.waiting_since, c.created_at) AS since,
           c.priority_id AS priority, c.next_sla_deadline_at AS due, c.inbox_id AS inbox, c.contact_id AS contact,
           CASE WHEN $1::jsonb ? 'needs' THEN c.custom_attributes END AS attributes, c.assigned_user_id AS held_by
    FROM conversations c
    JOIN users u ON u.id = c.assigned_user_id
    JOIN teams t ON t.id = c.assigned_team_id
    LEFT JOIN rules r ON r.team = t.id
    LEFT JOIN evenhand_given g ON g.conversation = c.id AND g.agent = c.assigned_user_id
    CROSS JOIN clock
    CROSS JOIN LATERAL (
        SELECT make_interval(secs => (p.x ->> 'offline_for')::float8) AS offline_for,
               make_interval(secs => (p.x ->> 'unanswered_for')::float8) AS unanswered_for,
               p.x -> 'away_and_reassigning' = 'true' AS reassigning
        FROM (SELECT $1::jsonb -> 'take_back') p (x)
    ) back
    WHERE $1::jsonb ? 'take_back'
      AND c.waiting_since IS NOT NULL
      AND c.status_id = ANY (ARRAY(SELECT id FROM conversation_statuses WHERE category = 'open'))
      AND t.conversation_assignment_type = 'Round robin'
      -- Libredesk's rules do not know who had what, and would draw them again.
      AND coalesce(r.rule, $1::jsonb ->> 'rule') NOT LIKE 'libredesk%'
      AND u.type = 'agent'
      -- Who never had Libredesk open has no `last_active_at`, and is offline there all the same: for as long as the customer waits, at least.
      AND (u.availability_status = 'offline' AND coalesce(u.last_active_at, c.waiting_since) <= clock.now - back.offline_for
           OR u.availability_status = 'away_and_reassigning' AND back.reassigning
           OR g.since IS NOT NULL AND greatest(g.since, c.waiting_since) <= clock.now - back.unanswered_for)
), waiting AS (
    SELECT c.id, c.reference_number AS number, c.assigned_team_id AS team, c.created_at, coalesce(c.waiting_since, c.created_at) AS since,
           c.priority_id AS priority, c.next_sla_deadline_at AS due, c.inbox_id AS inbox, c.contact_id AS contact,
           CASE WHEN $1::jsonb ? 'needs' THEN c.custom_attributes END AS attributes, c.assigned_user_id AS held_by
    FROM conversations c
    WHERE c.assigned_user_id IS NULL
      AND c.assigned_team_id IS NOT NULL
      AND c.status_id = ANY (ARRAY(SELECT id FROM conversation_statuses WHERE category = 'open'))
    -- Not with OR, for which no index is of use.
    UNION ALL
    SELECT * FROM taken
), earlier AS MATERIALIZED (
    -- Who had the last ten conversations of each contact who waits, the latest first. Each contact is looked up once, by the
    -- index (OFFSET 0 keeps the other conditions outside), and a map, so that each conversation is a look-up.
    SELECT jsonb_object_agg(contact, agents) AS agents
    FROM (
        SELECT w.contact, jsonb_agg(p.agent::text ORDER BY p.place) AS agents
        FROM (SELECT DISTINCT contact FROM waiting WHERE $1::jsonb ? 'same_agent') w
        CROSS JOIN LATERAL (
            SELECT agent, min(place) AS place
            FROM (
                SELECT agent, row_number() OVER (ORDER BY created_at DESC, id DESC) AS place
                FROM (
                    SELECT c.id, c.created_at, c.assigned_user_id AS agent FROM conversations c WHERE c.contact_id = w.contact OFFSET 0
                ) c
                WHERE agent IS NOT NULL
                  AND created_at > coalesce((SELECT now FROM clock) - make_interval(days => ($1::jsonb -> 'same_agent' ->> 'within')::int), '-infinity')
            ) c
            WHERE place <= 10
            GROUP BY agent
        ) p
        WHERE p.agent IN (SELECT id FROM agents)
        GROUP BY w.contact
    ) c
)
SELECT
    s.version,
    left(json_build_object(
        'version', 1,
        -- Another draw each time, so that the same two newcomers do not always join in the same order.
        'seed', (s.seed + s.version) % 9007199254740992,
        'objective', coalesce($1::jsonb ->> 'objective', 'in_order'),
        'agents', (
            -- As text where there are no more than three fields: for a thousand agents that takes a third of the time.
            SELECT ('[' || coalesce(string_agg(CASE
                WHEN num_nonnulls(sh.on_shift, c.capacity, li.max_new, s.skills, ch.channels) = 0
                THEN format('{"id":"%s","availability":"%s","load":%s}', a.id, a.availability, a.load)
                ELSE json_strip_nulls(json_build_object(
                    'id', a.id::text,
                    'availability', CASE WHEN sh.on_shift IS FALSE THEN 'off_shift' ELSE a.availability END,
                    'load', a.load,
                    'capacity', c.capacity,
                    'max_new', li.max_new,
                    'skills', s.skills,
                    'channels', ch.channels
                ))::text
            END, ', ' ORDER BY a.id), '') || ']')::json
            FROM agents a
            LEFT JOIN capacities c ON c.agent = a.id
            LEFT JOIN skilled s ON s.agent = a.id
            LEFT JOIN channelled ch ON ch.agent = a.id
            LEFT JOIN shifted sh ON sh.agent = a.id
            LEFT JOIN limited li ON li.agent = a.id
        ),
        'teams', (
            SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                'id', t.id::text,
                'assignment', CASE t.conversation_assignment_type
                    WHEN 'Round robin' THEN coalesce(r.rule, $1::jsonb ->> 'rule')
                    ELSE 'manual'
                END,
                'rotation', ro.rotation,
                -- Libredesk's 0 is "no limit", which Evenhand says by leaving the field out.
                'max_load', CASE WHEN t.max_auto_assigned_conversations > 0 THEN t.max_auto_assigned_conversations END,
                'assignable', $1::jsonb -> 'assignable',
                'fallback', $1::jsonb -> 'fallback',
                'overflow', h.teams,
                'members', coalesce(m.list, '[]')
            )) ORDER BY t.id), '[]')
            FROM teams t
            LEFT JOIN members m ON m.team = t.id
            LEFT JOIN rules r ON r.team = t.id
            LEFT JOIN rotations ro ON ro.team = t.id
            LEFT JOIN helping h ON h.team = t.id
        ),
        'conversations', (
            SELECT coalesce(json_agg(CASE
                -- Nobody pays for policies that are not asked for: the planner sees that this holds for all.
                WHEN NOT $1::jsonb ?| '{priorities,nearing,deadlines,ageing,needs,channels,same_agent,overflow,take_back}' THEN json_build_object('id', w.id::text, 'team', w.team::text)
                ELSE json_strip_nulls(json_build_object(
                    'id', w.id::text,
                    'team', w.team::text,
                    'channel', CASE WHEN $1::jsonb ? 'channels' THEN (SELECT jsonb_object_agg(id, channel) FROM inboxes) ->> w.inbox::text END,
                    'priority', nullif(least(greatest(
                        coalesce(((SELECT jsonb_object_agg(priority, value) FROM priorities) ->> w.priority::text)::int, 0)
                            + coalesce((SELECT raise FROM nearing WHERE w.due - (SELECT now FROM clock) <= within ORDER BY within LIMIT 1), 0),
                    -1000), 1000), 0),
                    -- What is before 1970, as Go's empty time is, counts as then.
                    'since', CASE WHEN $1::jsonb ?| '{ageing,needs,same_agent,overflow}' THEN
                        CASE WHEN w.since < 'epoch' THEN 0 ELSE floor(extract(epoch FROM w.since) * 1000)::bigint END
                    END,
                    'due', CASE WHEN $1::jsonb -> 'deadlines' = 'true' THEN
                        CASE WHEN w.due < 'epoch' THEN 0 ELSE floor(extract(epoch FROM w.due) * 1000)::bigint END
                    END,
                    'needs', CASE WHEN $1::jsonb ? 'needs' THEN (
                        SELECT json_agg(n.item -> 'need' ORDER BY (n.item -> 'place')::int)
                        FROM (
                            VALUES ('team ' || w.team), ('inbox ' || w.inbox)
                            UNION ALL
                            SELECT 'tag ' || tag_id FROM conversation_tags WHERE conversation_id = w.id
                            UNION ALL
                            SELECT 'attribute ' || to_jsonb(key)::text || ' ' || value::text
                            FROM jsonb_each(CASE jsonb_typeof(w.attributes) WHEN 'object' THEN w.attributes END)
                        ) m (mark)
                        CROSS JOIN LATERAL jsonb_array_elements((SELECT by_mark FROM needed) -> m.mark) n (item)
                    ) END,
                    'held_by', w.held_by::text,
                    'excluded', CASE WHEN w.held_by IS NOT NULL THEN (
                        SELECT json_agg(agent::text ORDER BY agent) FROM evenhand_given WHERE conversation = w.id AND agent <> w.held_by
                    ) END,
                    'preferred', (SELECT agents FROM earlier) -> w.contact::text,
                    'hold_for', CASE WHEN (SELECT agents FROM earlier) ? w.contact::text THEN ($1::jsonb -> 'same_agent' ->> 'hold_for')::bigint * 1000 END
                ))
            END ORDER BY w.created_at, w.id), '[]')
            FROM waiting w
        ),
        'cursors', s.cursors,
        -- What is only remembered, and not served last any more, stays here.
        'lost_claims', (
            SELECT coalesce(json_agg(l.entry -> 'decision' ORDER BY l.place), '[]')
            FROM json_array_elements(s.lost_claims) WITH ORDINALITY AS l (entry, place)
            WHERE l.entry ->> 'plans' IS DISTINCT FROM '0'
        )
    )::text, -1)
        || coalesce(', "now" : ' || CASE WHEN $1::jsonb ?| '{ageing,needs,same_agent,overflow}' THEN floor(extract(epoch FROM clock.now) * 1000) END, '')
        || coalesce(', "ageing" : ' || round(($1::jsonb ->> 'ageing')::numeric * 1000), '')
        || '}' AS snapshot,
    json_build_object(
        'teams', (SELECT coalesce(json_object_agg(t.id, t.name ORDER BY t.id), '{}') FROM teams t),
        'agents', (SELECT coalesce(json_object_agg(a.id, a.name ORDER BY a.id), '{}') FROM agents a),
        'conversations', (SELECT coalesce(json_object_agg(w.id, w.number ORDER BY w.id), '{}') FROM waiting w)
    ) AS names,
    (
        SELECT json_object_agg(list, items ORDER BY place)
        FROM (
            SELECT l.place, l.list, coalesce(json_agg(u.item ORDER BY u.place) FILTER (WHERE u.list IS NOT NULL), '[]') AS items
            FROM lists l
            LEFT JOIN (SELECT list, place, item FROM lines WHERE (list, place) NOT IN (SELECT list, place FROM used)) u ON u.list = l.list
            GROUP BY l.place, l.list
            HAVING l.place <= 3 OR count(u.list) > 0
        ) l
    ) AS unused,
    (
        SELECT json_object_agg(kind, names)
        FROM (
            SELECT kind, json_object_agg(id, name ORDER BY id) AS names FROM named WHERE kind NOT IN ('team', 'agent') GROUP BY kind
            UNION ALL
            SELECT 'skill', json_object_agg(skill, skill) FROM (SELECT DISTINCT need ->> 'skill' AS skill FROM needs) n HAVING count(*) > 0
        ) n
    ) AS known,
    (
        SELECT coalesce(json_object_agg(w.id, greatest(0, floor(extract(epoch FROM (SELECT now FROM clock) - w.since)))), '{}')
        FROM waiting w
    ) AS ages
FROM evenhand_state s, clock
