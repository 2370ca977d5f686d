// What people do to a Libredesk database, a statement each, as the help desk's own server would write
// it. Every statement asks again whether the act still makes sense, so that it may come late or twice.
//
// Each returns one row, `{changed: [...]}`: what it changed, if anything.

const WAITS = `c.assigned_user_id IS NULL AND c.assigned_team_id IS NOT NULL
  AND c.status_id IN (SELECT id FROM conversation_statuses WHERE category = 'open')`;
const HELD = `c.assigned_user_id IS NOT NULL AND c.assigned_team_id IS NOT NULL
  AND c.status_id IN (SELECT id FROM conversation_statuses WHERE category = 'open')`;
const ONLINE = "u.type = 'agent' AND u.enabled AND u.deleted_at IS NULL AND u.availability_status = 'online'";

/** Returns `act` as one statement that says what it changed; `before` are tables that it reads. */
const changing = (act, before = '') => `
WITH ${before}changed AS (${act})
SELECT coalesce(json_agg(changed), '[]') AS changed FROM changed`;

/** Reads what a day is planned from, as one row. */
export const DESK = `
SELECT
  (SELECT coalesce(json_agg(json_build_object(
      'id', u.id, 'availability', u.availability_status, 'name', concat_ws(' ', u.first_name, nullif(u.last_name, ''))
    ) ORDER BY u.id), '[]')
   FROM users u WHERE u.type = 'agent' AND u.enabled AND u.deleted_at IS NULL) AS agents,
  (SELECT coalesce(json_agg(json_build_object(
      'id', t.id, 'name', t.name, 'limit', t.max_auto_assigned_conversations, 'assignment', t.conversation_assignment_type,
      'members', (SELECT count(*) FROM team_members m WHERE m.team_id = t.id)
    ) ORDER BY t.id), '[]')
   FROM teams t) AS teams,
  (SELECT coalesce(json_agg(id ORDER BY id), '[]')
   FROM (SELECT id FROM users WHERE type = 'contact' ORDER BY id LIMIT 1000) c) AS contacts,
  (SELECT coalesce(json_object_agg(name, id), '{}') FROM conversation_statuses) AS statuses,
  (SELECT extract(epoch FROM max(created_at)) FROM conversations)::float8 AS latest`;

/** Reads what is on somebody's desk, and what is put off. $1: the status that is put off. */
export const INBOXES = `
SELECT coalesce(json_agg(json_build_object(
    'id', c.id, 'uuid', c.uuid, 'agent', c.assigned_user_id, 'status', c.status_id, 'availability', u.availability_status
  ) ORDER BY c.id), '[]') AS list
FROM conversations c
LEFT JOIN users u ON u.id = c.assigned_user_id
WHERE c.status_id = $1
   OR (c.assigned_user_id IS NOT NULL AND c.status_id IN (SELECT id FROM conversation_statuses WHERE category = 'open'))`;

/** Somebody writes in. $1: when, $2: the UUID, $3: who, $4: the team, $5: the status. */
export const ARRIVES = changing(`
  INSERT INTO conversations (created_at, updated_at, uuid, contact_id, inbox_id, assigned_team_id, status_id)
  VALUES ($1, $1, $2, $3, 1, $4, $5)
  ON CONFLICT (uuid) DO NOTHING
  RETURNING id AS conversation`);

/** An agent changes the status of what is theirs. $1: when, $2: which, $3: whose, $4: from, $5: to. */
export const HANDLES = changing(`
  UPDATE conversations c SET status_id = $5, updated_at = $1
  FROM users u
  WHERE c.id = $2 AND c.assigned_user_id = $3 AND c.status_id = $4 AND u.id = c.assigned_user_id AND ${ONLINE}
  RETURNING c.id AS conversation, c.assigned_user_id AS agent`);

/**
 * The customer writes again. $1: when, $2: to which, $3: from, $4: to. From an agent who is leaving
 * it goes back to the team.
 */
export const WRITES_AGAIN = changing(`
  UPDATE conversations c
  SET status_id = $4,
      updated_at = $1,
      assigned_user_id = CASE
        WHEN (SELECT availability_status FROM users WHERE id = c.assigned_user_id) = 'away_and_reassigning' THEN NULL
        ELSE c.assigned_user_id
      END
  WHERE c.id = $2 AND c.status_id = $3
  RETURNING c.id AS conversation, c.assigned_user_id AS agent`);

/** $1: who, $2: to which availability. */
export const AVAILABILITY = changing(`
  UPDATE users u SET availability_status = $2::user_availability_status
  WHERE u.id = $1 AND u.type = 'agent' AND u.availability_status <> $2::user_availability_status
  RETURNING u.id AS agent`);

/** $1: which team, $2: from which assignment, $3: to which. */
export const ASSIGNMENT = changing(`
  UPDATE teams t SET conversation_assignment_type = $3::conversation_assignment_type
  WHERE t.id = $1 AND t.conversation_assignment_type = $2::conversation_assignment_type
  RETURNING t.id AS team`);

/** Whoever has gone home gives back what is not answered. $1: when, $2: who, $3: the status of such. */
export const HANDS_BACK = changing(`
  UPDATE conversations c SET assigned_user_id = NULL, updated_at = $1
  FROM users u
  WHERE u.id = $2 AND u.availability_status = 'offline'
    AND c.assigned_user_id = u.id AND c.assigned_team_id IS NOT NULL AND c.status_id = $3
  RETURNING c.id AS conversation`);

/** In each Manual team the oldest that waits goes to whoever is there and has least. $1: when. */
export const SORTS = changing(`
  UPDATE conversations c SET assigned_user_id = choice.agent, updated_at = $1
  FROM choice
  WHERE c.id = choice.id AND c.assigned_user_id IS NULL
  RETURNING c.id AS conversation, c.assigned_user_id AS agent`, `
  oldest AS MATERIALIZED (
    SELECT DISTINCT ON (c.assigned_team_id) c.id, c.assigned_team_id AS team
    FROM conversations c
    JOIN teams t ON t.id = c.assigned_team_id AND t.conversation_assignment_type = 'Manual'
    WHERE ${WAITS}
    ORDER BY c.assigned_team_id, c.created_at, c.id
  ), choice AS MATERIALIZED (
    SELECT oldest.id, somebody.id AS agent
    FROM oldest
    CROSS JOIN LATERAL (
      SELECT u.id
      FROM team_members m
      JOIN users u ON u.id = m.user_id AND ${ONLINE}
      WHERE m.team_id = oldest.team
      ORDER BY (SELECT count(*) FROM conversations c WHERE c.assigned_user_id = u.id AND ${HELD}), u.id
      LIMIT 1
    ) somebody
  ), `);

/**
 * Somebody picks a conversation of `those` and puts it somewhere else. $1: when; $2, $3: which
 * conversation and which of the places, from 0 to below 1 in their lists.
 */
const byHand = (those, places) => changing(`
  UPDATE conversations c SET assigned_user_id = places.agent, assigned_team_id = places.team, updated_at = $1
  FROM picked, places
  WHERE places.place = floor($3::float8 * places.n)
    AND c.id = picked.id
    AND c.assigned_user_id IS NOT DISTINCT FROM picked.agent
    AND c.assigned_team_id = picked.team
  RETURNING c.id AS conversation, c.reference_number AS number, c.assigned_user_id AS agent, c.assigned_team_id AS team, picked.agent AS before`, `
  list AS MATERIALIZED (
    SELECT c.id, row_number() OVER (ORDER BY c.id) - 1 AS place, count(*) OVER () AS n FROM conversations c WHERE ${those}
  ), picked AS MATERIALIZED (
    SELECT c.id, c.assigned_user_id AS agent, c.assigned_team_id AS team
    FROM list JOIN conversations c ON c.id = list.id
    WHERE list.place = floor($2::float8 * list.n)
  ), places AS MATERIALIZED (
    SELECT p.*, row_number() OVER (ORDER BY p.team, p.agent) - 1 AS place, count(*) OVER () AS n FROM (${places}) p
  ), `);

const COLLEAGUES = `
      SELECT m.user_id AS agent, picked.team
      FROM picked
      JOIN team_members m ON m.team_id = picked.team AND m.user_id IS DISTINCT FROM picked.agent
      JOIN users u ON u.id = m.user_id AND ${ONLINE}`;
const NOBODY = 'SELECT NULL::bigint AS agent, picked.team FROM picked';
const OTHER_TEAMS = 'SELECT NULL::bigint AS agent, t.id AS team FROM picked JOIN teams t ON t.id <> picked.team';

export const BY_HAND = {
  /** An agent takes one that waits. */
  takes: byHand(WAITS, COLLEAGUES),
  /** A lead gives one agent's to another. */
  'passes on': byHand(HELD, COLLEAGUES),
  /** One turns out to be another team's. */
  moves: byHand(`(${WAITS} OR ${HELD})`.replaceAll('\n', ' '), OTHER_TEAMS),
  /** A lead takes one off somebody's desk. */
  'puts back': byHand(HELD, NOBODY),
};
