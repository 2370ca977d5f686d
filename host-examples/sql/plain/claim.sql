-- Writes a plan: the tickets it hands out, its cursors, and what could not be written. One statement, so all of it happens or none.
--
--   $1 bigint   the version that came with the snapshot
--   $2 text     the plan, as Evenhand gave it; ids of tickets whose UPDATE raises may stand beside it as `raised`
--
-- Returns one row:
--
--   won         false: another host wrote a plan since the snapshot was taken; nothing was written
--   claimed     how many tickets were handed out
--   lost        json: the decisions that did not come through, as the plan has them
--   kept_away   none: whatever raised is tried again with the next plan
--
-- A list that is looked up for each decision is made a map first, so that no plan has a loop over two long lists.
WITH won AS MATERIALIZED (
    -- The lock waits for a host that is just writing; the version is compared once it is held.
    SELECT lost_claims FROM evenhand_state WHERE version = $1::bigint FOR UPDATE
), decisions AS MATERIALIZED (
    SELECT d.place, d.conversation, d.team, d.agent, d.by, d.held_by, d.decision
    FROM won
    CROSS JOIN ROWS FROM (
        json_to_recordset($2::json -> 'decisions') AS (conversation bigint, team bigint, agent bigint, by bigint, held_by bigint),
        json_array_elements($2::json -> 'decisions')
    ) WITH ORDINALITY AS d (conversation, team, agent, by, held_by, decision, place)
), memory AS MATERIALIZED (
    SELECT jsonb_object_agg(m.entry -> 'decision' ->> 'conversation', m.entry) AS known
    FROM won
    CROSS JOIN json_array_elements(won.lost_claims) AS m (entry)
), raised AS MATERIALIZED (
    SELECT jsonb_object_agg(id, true) AS known FROM json_array_elements_text($2::json -> 'raised') AS r (id)
), working AS MATERIALIZED (
    -- Who may still take something. The lock is the one that the foreign key of `agent_id` takes, which would wait for whoever has
    -- the agent's row FOR UPDATE; an agent whose row is not to be had at once gets nothing now.
    SELECT jsonb_object_agg(d.agent, true) AS known
    FROM (SELECT DISTINCT agent FROM decisions) d
    CROSS JOIN LATERAL (SELECT a.enabled FROM agents a WHERE a.id = d.agent OFFSET 0 FOR KEY SHARE SKIP LOCKED) a
    WHERE a.enabled
), in_team AS MATERIALIZED (
    SELECT jsonb_object_agg(concat_ws(' ', team_id, agent_id), true) AS known FROM members
), locked AS MATERIALIZED (
    -- Each row is locked and only then judged, as it is by now. OFFSET 0 keeps the conditions outside.
    SELECT d.conversation, d.agent
    FROM decisions d
    CROSS JOIN LATERAL (
        SELECT t.status, t.team_id, t.agent_id, t.hand_over
        FROM tickets t
        WHERE t.id = d.conversation
        OFFSET 0
        FOR NO KEY UPDATE SKIP LOCKED
    ) t
    WHERE (SELECT known FROM working) -> d.agent::text IS NOT NULL
      AND (SELECT known FROM in_team) -> concat_ws(' ', coalesce(d.by, d.team), d.agent) IS NOT NULL
      AND (SELECT known FROM raised) -> d.conversation::text IS NULL
      AND t.status = 'open'
      AND t.team_id = d.team
      AND t.agent_id IS NOT DISTINCT FROM d.held_by
      AND t.hand_over = (d.held_by IS NOT NULL)
), claimed AS (
    UPDATE tickets t
    SET agent_id = l.agent, hand_over = false, updated_at = now()
    FROM locked l
    WHERE t.id = l.conversation
    RETURNING t.id
), done AS MATERIALIZED (
    SELECT jsonb_object_agg(id, true) AS known FROM claimed
), lost AS MATERIALIZED (
    -- What this plan could not write, and what waits of that which earlier plans could not.
    SELECT
        d.place,
        d.decision,
        d.agent IS NOT NULL AS now,
        coalesce(((SELECT known FROM memory) -> d.conversation::text ->> 'losses')::int, 0) AS losses,
        coalesce(((SELECT known FROM memory) -> d.conversation::text ->> 'plans')::int, 0) AS plans
    FROM decisions d
    WHERE (SELECT known FROM done) -> d.conversation::text IS NULL
      AND (d.agent IS NOT NULL OR (SELECT known FROM memory) -> d.conversation::text IS NOT NULL)
), written AS (
    UPDATE evenhand_state s
    SET version = s.version + 1,
        cursors = $2::json -> 'cursors',
        -- After its nth loss in a row a ticket is served last in the next plan and in 2^(n-1) more, 64 at most.
        lost_claims = (
            SELECT coalesce(json_agg(json_build_object(
                'decision', l.decision,
                'losses', CASE WHEN l.now THEN l.losses + 1 ELSE l.losses END,
                'plans', CASE WHEN l.now THEN 1 + (1 << least(l.losses, 6)) ELSE greatest(l.plans - 1, 0) END
            ) ORDER BY l.place), '[]')
            FROM lost l
        ),
        updated_at = now()
    FROM won
    WHERE s.version = $1::bigint
    RETURNING s.version
)
SELECT
    EXISTS (SELECT FROM written) AS won,
    (SELECT count(*)::int FROM claimed) AS claimed,
    (SELECT coalesce(json_agg(l.decision ORDER BY l.place) FILTER (WHERE l.now), '[]') FROM lost l) AS lost,
    '[]'::json AS kept_away
