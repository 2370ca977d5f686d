-- Ends a plan that claim-begin.sql began: its cursors, and what did not come through. It also settles one that a host left in the
-- middle, by looking at the rows.
--
--   $1 bigint   the version of the plan that was begun; null: settle what was left, if there is something and nobody is at work on it
--   $2 json     what became of the decisions, as {conversation: how}. How is one of
--                 done        it was assigned
--                 lost        it was not: somebody else had changed it, or nobody knows why
--                 raised      Libredesk refused it; it is not tried in the next plan, after the second time in 2, in 4, 64 at most
--                 kept_away   it was not tried, since it was refused before
--                 unsent      it was not tried, for a reason that is not its own: no loss of it is counted
--               One that is not named is done where the planned agent has the conversation by now, else unsent.
--
-- Returns one row:
--
--   won         false: there was nothing to end, or another host did; nothing was written
--   claimed     how many conversations were handed out
--   lost        json: the decisions that did not come through, as the plan has them
--
-- What did not come through is remembered as in claim.sql.
WITH state AS MATERIALIZED (
    SELECT version, lost_claims, pending,
           -- Somebody who changed the row by hand meanwhile wants it as they left it.
           pending ->> 'version' = version::text AS valid
    FROM evenhand_state
    WHERE pending IS NOT NULL
      AND CASE WHEN $1::bigint IS NULL THEN pending_until < clock_timestamp() ELSE version = $1::bigint END
    FOR UPDATE
), decisions AS MATERIALIZED (
    SELECT d.place, d.conversation, d.agent, d.held_by, d.decision
    FROM state
    CROSS JOIN ROWS FROM (
        json_to_recordset(state.pending -> 'decisions') AS (conversation bigint, agent bigint, held_by bigint),
        json_array_elements(state.pending -> 'decisions')
    ) WITH ORDINALITY AS d (conversation, agent, held_by, decision, place)
    WHERE state.valid
), memory AS MATERIALIZED (
    SELECT jsonb_object_agg(m.entry -> 'decision' ->> 'conversation', m.entry) AS known
    FROM state
    CROSS JOIN json_array_elements(state.lost_claims) AS m (entry)
), said AS MATERIALIZED (
    SELECT $2::jsonb AS known
), judged AS MATERIALIZED (
    SELECT d.place, d.conversation, d.agent, d.held_by, d.decision,
           CASE
               WHEN d.agent IS NULL THEN 'waits'
               ELSE coalesce((SELECT known FROM said) ->> d.conversation::text, CASE WHEN c.assigned_user_id = d.agent THEN 'done' ELSE 'unsent' END)
           END AS how,
           coalesce((m.entry ->> 'losses')::int, 0) AS losses,
           coalesce((m.entry ->> 'plans')::int, 0) AS plans,
           coalesce(m.entry ->> 'raised' = 'true' AND (m.entry ->> 'plans')::int > 1, false) AS raised
    FROM decisions d
    LEFT JOIN LATERAL (
        -- By its primary key, in any plan.
        SELECT c.assigned_user_id FROM conversations c WHERE c.id = d.conversation
        OFFSET 0
    ) c ON true
    CROSS JOIN LATERAL (SELECT (SELECT known FROM memory) -> d.conversation::text) m (entry)
), remembered AS MATERIALIZED (
    SELECT place, decision, how,
           raised OR how = 'raised' AS raised,
           CASE WHEN how IN ('lost', 'raised') THEN losses + 1 ELSE losses END AS losses,
           CASE
               WHEN how IN ('lost', 'raised') THEN 1 + (1 << least(losses, 6))
               -- Its turn is to be given back.
               WHEN how = 'unsent' THEN greatest(plans - 1, 1)
               ELSE greatest(plans - 1, 0)
           END AS plans
    FROM judged
    WHERE how <> 'done' AND (how <> 'waits' OR losses > 0)
), given AS (
    -- As in claim.sql.
    INSERT INTO evenhand_given (conversation, agent, since)
    SELECT g.conversation, g.agent, g.since
    FROM state
    CROSS JOIN (
        SELECT conversation, agent, now() AS since FROM judged WHERE how = 'done'
        UNION ALL
        SELECT conversation, held_by, NULL FROM judged WHERE how = 'done' AND held_by IS NOT NULL
    ) g
    WHERE state.pending ->> 'remember' = 'true'
    ON CONFLICT (conversation, agent) DO UPDATE SET since = excluded.since WHERE excluded.since IS NOT NULL
), pruned AS (
    -- As in claim.sql, which writes no plan that assigns something where the API does.
    DELETE FROM evenhand_given g
    USING state
    WHERE state.pending ->> 'remember' = 'true'
      AND state.version % 100 = 0
      AND coalesce(g.since, '-infinity') < now() - interval '1 day'
      AND NOT EXISTS (
          SELECT
          FROM conversations c
          JOIN conversation_statuses s ON s.id = c.status_id
          WHERE c.id = g.conversation AND s.category <> 'resolved'
      )
), written AS (
    UPDATE evenhand_state s
    SET version = CASE WHEN state.valid THEN s.version + 1 ELSE s.version END,
        cursors = CASE WHEN state.valid THEN state.pending -> 'cursors' ELSE s.cursors END,
        lost_claims = CASE WHEN state.valid THEN (
            SELECT coalesce(json_agg(CASE
                WHEN r.raised THEN json_build_object('decision', r.decision, 'losses', r.losses, 'plans', r.plans, 'raised', true)
                ELSE json_build_object('decision', r.decision, 'losses', r.losses, 'plans', r.plans)
            END ORDER BY r.place), '[]')
            FROM remembered r
        ) ELSE s.lost_claims END,
        pending = NULL,
        pending_until = NULL,
        updated_at = now()
    FROM state
    WHERE s.version = state.version
    RETURNING s.version
)
SELECT
    EXISTS (SELECT FROM written) AS won,
    (SELECT count(*)::int FROM judged WHERE how = 'done') AS claimed,
    (SELECT coalesce(json_agg(decision ORDER BY place) FILTER (WHERE how <> 'waits'), '[]') FROM remembered) AS lost
