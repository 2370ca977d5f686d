-- Begins to write a plan through Libredesk's API: what is to be assigned stands in Evenhand's row before the first request, so that
-- no other host sends anything meanwhile, and one that is killed leaves a record. claim-end.sql ends it.
--
--   $1 bigint   the version that came with the snapshot
--   $2 text     the plan, as Evenhand gave it, and `remember` as in claim.sql
--   $3 float8   for how many seconds, from here and from each claim-look.sql on, this host is trusted to be at work
--
-- Returns one row:
--
--   won         false: another host wrote a plan since the snapshot was taken, or is at it; nothing was written
--   decisions   json: those to send, each as the plan has it: first what was never lost, so that a conversation
--               that stops everything behind it does so only once
--   kept_away   json: the conversations that are not to be tried in this plan, since they were refused before
WITH plan AS MATERIALIZED (
    -- Taken apart once, as in claim.sql.
    SELECT cursors, decisions, remember
    FROM json_to_record($2::json) AS p (cursors json, decisions json, remember boolean)
), state AS MATERIALIZED (
    SELECT version, lost_claims, json_array_length(lost_claims) > 0 AS remembers
    FROM evenhand_state
    WHERE version = $1::bigint AND pending IS NULL
    FOR UPDATE
), decisions AS MATERIALIZED (
    SELECT d.place, d.conversation, d.agent, d.decision
    FROM state
    CROSS JOIN plan
    CROSS JOIN ROWS FROM (
        json_to_recordset(plan.decisions) AS (conversation bigint, agent bigint),
        json_array_elements(plan.decisions)
    ) WITH ORDINALITY AS d (conversation, agent, decision, place)
    -- What waits matters only where something is remembered.
    WHERE d.agent IS NOT NULL OR state.remembers
), memory AS MATERIALIZED (
    -- A map, so that each decision is a look-up in any plan.
    SELECT jsonb_object_agg(m.entry -> 'decision' ->> 'conversation', m.entry) AS known
    FROM state
    CROSS JOIN json_array_elements(state.lost_claims) AS m (entry)
), tried AS MATERIALIZED (
    SELECT d.place, d.conversation, d.decision,
           coalesce((m.entry ->> 'losses')::int, 0) AS losses,
           coalesce(m.entry ->> 'raised' = 'true' AND (m.entry ->> 'plans')::int > 1, false) AS kept_away
    FROM decisions d
    CROSS JOIN LATERAL (SELECT (SELECT known FROM memory) -> d.conversation::text) m (entry)
    WHERE d.agent IS NOT NULL
), won AS (
    UPDATE evenhand_state s
    SET pending = json_build_object(
            'version', s.version,
            'cursors', plan.cursors,
            'decisions', (SELECT coalesce(json_agg(decision ORDER BY place), '[]') FROM decisions),
            'remember', plan.remember
        ),
        pending_until = clock_timestamp() + make_interval(secs => $3::float8),
        updated_at = now()
    FROM state, plan
    WHERE s.version = state.version
    RETURNING s.version
)
SELECT
    EXISTS (SELECT FROM won) AS won,
    (SELECT coalesce(json_agg(decision ORDER BY losses, place) FILTER (WHERE NOT kept_away), '[]') FROM tried) AS decisions,
    (SELECT coalesce(json_agg(conversation::text ORDER BY place) FILTER (WHERE kept_away), '[]') FROM tried) AS kept_away
