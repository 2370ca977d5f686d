-- Writes a plan: the conversations it hands out, its cursors, and what could not be written.
--
--   $1 bigint   the version that came with the snapshot
--   $2 text     the plan, as Evenhand gave it; a host that knows of conversations whose UPDATE raises may
--               add their ids as `raised`: they are left as they are, and count as lost; and `remember`: true
--               where a policy is to know later who was given what and when
--
-- Returns one row:
--
--   won         false: another host wrote a plan since the snapshot was taken, or is writing one through
--               Libredesk's API, or was killed while it did (claim-end.sql settles that); nothing was written
--   idle        true: there was nothing to write, and nothing was written; the version stays
--   claimed     how many conversations were handed out
--   lost        json: the decisions that did not come through, as the plan has them, every field of them
--   kept_away   json: the conversations among them that were not tried, since their UPDATE raised before
--
-- A decision with `held_by` takes the conversation from whoever it names, if they have it still and the
-- customer still waits; one without takes what nobody has. One that waits stays with whoever has it.
--
-- What could not be written comes back with the next snapshot, which serves its conversation last.
-- A conversation that is lost again and again must not starve the others: after its nth loss in a
-- row it is served last in the next plan and in 2^(n-1) more, 64 at most. Last, it still gets what
-- room is left, so it waits no longer than it must. The memory of it ends when it is claimed, or is
-- not in the plan any more. One whose UPDATE raises is not even tried in the next 2^(n-1) plans.
--
-- One statement, so all of it happens or none. For READ COMMITTED, PostgreSQL's default.
--
-- The planner takes any plan for 100 decisions long, and may think that hardly a conversation
-- waits. So nothing here leaves it room for a nested loop over two long lists, which would take
-- minutes at 50,000: rows are found by their primary key, and what belongs to one conversation is
-- brought together by GROUP BY and not by a join.
WITH plan AS MATERIALIZED (
    -- Taken apart once. The cursors of a thousand agents are long, and each field that is named would read all of it again.
    SELECT cursors, decisions, raised, remember
    FROM json_to_record($2::json) AS p (cursors json, decisions json, raised json, remember boolean)
), idle AS MATERIALIZED (
    -- A plan that changes nothing: nobody is assigned, the cursors are those that are here, and what is
    -- remembered stays. The row is not even locked then, so that a quiet desk leaves no row versions.
    -- `sets` belong to the decisions of the plan before, and say nothing about turns.
    SELECT version
    FROM evenhand_state
    WHERE version = $1::bigint
      AND pending IS NULL
      AND (
          cursors::text = (SELECT cursors FROM plan)::text
          OR (SELECT jsonb_agg(c - 'sets') FROM jsonb_array_elements(cursors::jsonb) AS c)
             = (SELECT jsonb_agg(c - 'sets') FROM jsonb_array_elements((SELECT cursors FROM plan)::jsonb) AS c)
      )
      AND NOT EXISTS (
          SELECT FROM plan, json_to_recordset(plan.decisions) AS d (agent bigint) WHERE d.agent IS NOT NULL
      )
      AND NOT EXISTS (
          SELECT FROM json_array_elements(lost_claims) AS m (entry) WHERE m.entry ->> 'plans' <> '0'
      )
      AND NOT EXISTS (
          SELECT m.entry -> 'decision' ->> 'conversation' FROM json_array_elements(lost_claims) AS m (entry)
          EXCEPT
          SELECT d.conversation FROM plan, json_to_recordset(plan.decisions) AS d (conversation text)
      )
), won AS MATERIALIZED (
    -- The lock waits for a host that is just writing; the version is compared once it is held.
    -- The length is asked for here, once: asked for beside each decision, it reads the list each time.
    SELECT version, lost_claims, json_array_length(lost_claims) > 0 AS remembers
    FROM evenhand_state
    WHERE version = $1::bigint AND pending IS NULL AND NOT EXISTS (SELECT FROM idle)
    FOR UPDATE
), decisions AS MATERIALIZED (
    SELECT d.place, d.conversation, d.team, d.agent, d.by, d.held_by, d.decision
    FROM won
    CROSS JOIN plan
    CROSS JOIN ROWS FROM (
        json_to_recordset(plan.decisions) AS (conversation bigint, team bigint, agent bigint, by bigint, held_by bigint),
        json_array_elements(plan.decisions)
    ) WITH ORDINALITY AS d (conversation, team, agent, by, held_by, decision, place)
    -- What waits matters only where something is remembered.
    WHERE d.agent IS NOT NULL OR won.remembers
), agents AS MATERIALIZED (
    -- Who may still take something: an agent may have been disabled or deleted since the snapshot. The
    -- lock is the one that the foreign key of `assigned_user_id` takes, which would wait for whoever
    -- has the agent's row FOR UPDATE; agents whose row is not to be had at once get nothing now. It
    -- is in nobody's way who changes an availability. A map, like `members`, so that each decision is
    -- a look-up in any plan.
    SELECT jsonb_object_agg(d.agent, true) AS known
    FROM (SELECT DISTINCT agent FROM decisions) d
    CROSS JOIN LATERAL (
        SELECT u.type, u.enabled, u.deleted_at
        FROM users u
        WHERE u.id = d.agent
        OFFSET 0
        FOR KEY SHARE SKIP LOCKED
    ) u
    WHERE u.type = 'agent' AND u.enabled AND u.deleted_at IS NULL
), members AS MATERIALIZED (
    SELECT jsonb_object_agg(concat_ws(' ', team_id, user_id), true) AS known FROM team_members
    WHERE user_id IN (SELECT agent FROM decisions)
), raised AS MATERIALIZED (
    -- What is not to be tried: true, its UPDATE raises; false, it did, and is kept away for some plans.
    SELECT jsonb_object_agg(id, now) AS known
    FROM (
        SELECT r.id, true AS now FROM plan, json_array_elements_text(plan.raised) AS r (id)
        UNION ALL
        SELECT m.entry -> 'decision' ->> 'conversation', false
        FROM won
        CROSS JOIN json_array_elements(won.lost_claims) AS m (entry)
        WHERE m.entry ->> 'raised' = 'true' AND (m.entry ->> 'plans')::int > 1
    ) r
), locked AS MATERIALIZED (
    -- Each row is looked up by its id, locked, and only then judged, as it is by now: whatever a
    -- person committed since the snapshot is seen. A row that somebody is changing at this moment is
    -- not waited for, since everybody else's conversations would wait with it; it counts as lost.
    -- OFFSET 0 keeps the conditions outside.
    SELECT d.conversation, d.agent, d.held_by
    FROM decisions d
    CROSS JOIN LATERAL (
        SELECT c.assigned_user_id, c.assigned_team_id, c.status_id, c.waiting_since
        FROM conversations c
        WHERE c.id = d.conversation
        OFFSET 0
        FOR NO KEY UPDATE SKIP LOCKED
    ) c
    WHERE (SELECT known FROM agents) -> d.agent::text IS NOT NULL
      AND (SELECT known FROM raised) -> d.conversation::text IS NULL
      AND (SELECT known FROM members) -> concat_ws(' ', coalesce(d.by, d.team), d.agent) IS NOT NULL
      AND c.assigned_user_id IS NOT DISTINCT FROM d.held_by
      -- Nobody loses what they have answered meanwhile.
      AND (d.held_by IS NULL OR c.waiting_since IS NOT NULL)
      AND c.assigned_team_id = d.team
      AND c.status_id = ANY (ARRAY(SELECT id FROM conversation_statuses WHERE category = 'open'))
), claimed AS (
    UPDATE conversations c
    SET assigned_user_id = l.agent, updated_at = now()
    FROM locked l
    WHERE c.id = l.conversation
    RETURNING l.conversation, l.agent, l.held_by
), remembering AS MATERIALIZED (
    SELECT won.version FROM won, plan WHERE plan.remember
), given AS (
    INSERT INTO evenhand_given (conversation, agent, since)
    SELECT g.conversation, g.agent, g.since
    FROM remembering
    CROSS JOIN (
        SELECT conversation, agent, now() AS since FROM claimed
        UNION ALL
        -- Who had it is not to get it back.
        SELECT conversation, held_by, NULL FROM claimed WHERE held_by IS NOT NULL
    ) g
    ON CONFLICT (conversation, agent) DO UPDATE SET since = excluded.since WHERE excluded.since IS NOT NULL
), pruned AS (
    -- Now and then, what is closed or gone, once no policy counts it any more.
    DELETE FROM evenhand_given g
    USING remembering r
    WHERE r.version % 100 = 0
      AND coalesce(g.since, '-infinity') < now() - interval '1 day'
      AND NOT EXISTS (
          SELECT
          FROM conversations c
          JOIN conversation_statuses s ON s.id = c.status_id
          WHERE c.id = g.conversation AND s.category <> 'resolved'
      )
), remembered AS MATERIALIZED (
    -- The conversations of the plan that could not be claimed: `lost` says whether in this plan,
    -- `losses` and `plans` are as they were before it.
    SELECT
        conversation,
        (SELECT known FROM raised) -> conversation::text AS raised,
        max(place) AS place,
        max(decision) AS decision,
        bool_or(assigned) AS lost,
        max(losses) AS losses,
        max(plans) AS plans
    FROM (
        SELECT conversation, place, decision::text, agent IS NOT NULL AS assigned, false AS claimed, 0 AS losses, 0 AS plans
        FROM decisions
        UNION ALL
        SELECT conversation, NULL, NULL, false, true, 0, 0
        FROM claimed
        UNION ALL
        SELECT (m.entry -> 'decision' ->> 'conversation')::bigint, NULL, NULL, false, false,
               (m.entry ->> 'losses')::int, (m.entry ->> 'plans')::int
        FROM won
        CROSS JOIN json_array_elements(won.lost_claims) AS m (entry)
    ) known
    GROUP BY conversation
    HAVING count(place) > 0 AND NOT bool_or(claimed) AND (bool_or(assigned) OR max(losses) > 0)
), written AS (
    UPDATE evenhand_state s
    SET version = s.version + 1,
        cursors = (SELECT cursors FROM plan),
        lost_claims = (
            SELECT coalesce(json_agg(CASE
                WHEN r.raised IS NULL THEN json_build_object('decision', r.decision::json, 'losses', n.losses, 'plans', n.plans)
                ELSE json_build_object('decision', r.decision::json, 'losses', n.losses, 'plans', n.plans, 'raised', true)
            END ORDER BY r.place), '[]')
            FROM remembered r
            CROSS JOIN LATERAL (
                SELECT r.losses + 1, 1 + (1 << least(r.losses, 6))
                WHERE r.lost AND r.raised IS DISTINCT FROM 'false'
                UNION ALL
                SELECT r.losses, greatest(r.plans - 1, 0)
                WHERE NOT r.lost OR r.raised = 'false'
            ) n (losses, plans)
        ),
        updated_at = now()
    FROM won
    WHERE s.version = won.version
    RETURNING s.version
)
SELECT
    EXISTS (SELECT FROM written UNION ALL SELECT FROM idle) AS won,
    EXISTS (SELECT FROM idle) AS idle,
    (SELECT count(*)::int FROM claimed) AS claimed,
    (
        SELECT coalesce(json_agg(r.decision::json ORDER BY r.place), '[]')
        FROM remembered r
        WHERE r.lost
    ) AS lost,
    (
        SELECT coalesce(json_agg(r.conversation::text ORDER BY r.place), '[]')
        FROM remembered r
        WHERE r.lost AND r.raised = 'false'
    ) AS kept_away
