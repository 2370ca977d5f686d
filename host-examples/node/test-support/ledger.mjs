// A test desk that writes down, in its own tables and by triggers, every change of a conversation and
// every version of Evenhand's row: in which transaction, and whether the host or a person made it.

import { readFileSync } from 'node:fs';

/** The role under which hosts run. Who connects as it is a host. */
const ROLE = readFileSync(new URL('../../sql/libredesk/role.sql', import.meta.url), 'utf8');

const LEDGER = `
CREATE TABLE ledger_changes (
    -- Drawn while the row is locked, so it is the order of one conversation's changes.
    seq bigserial PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    host boolean NOT NULL DEFAULT session_user = 'evenhand',
    conversation bigint NOT NULL,
    old_agent bigint, old_team int, old_status int,
    new_agent bigint, new_team int, new_status int,
    gone boolean NOT NULL, came boolean NOT NULL
);
CREATE TABLE ledger_versions (
    seq bigserial PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    host boolean NOT NULL DEFAULT session_user = 'evenhand',
    -- Which transactions are over at this moment.
    seen pg_snapshot NOT NULL DEFAULT pg_current_snapshot(),
    version bigint, cursors text, lost_claims text
);
CREATE FUNCTION ledger_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $f$
BEGIN
    INSERT INTO ledger_changes (conversation, old_agent, old_team, old_status, new_agent, new_team, new_status, gone, came)
    VALUES (coalesce(NEW.id, OLD.id), OLD.assigned_user_id, OLD.assigned_team_id, OLD.status_id,
            NEW.assigned_user_id, NEW.assigned_team_id, NEW.status_id, TG_OP = 'DELETE', TG_OP = 'INSERT');
    RETURN NULL;
END
$f$;
CREATE FUNCTION ledger_version() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $f$
BEGIN
    INSERT INTO ledger_versions (version, cursors, lost_claims)
    VALUES (NEW.version, NEW.cursors::text, NEW.lost_claims::text);
    RETURN NULL;
END
$f$;
CREATE TRIGGER ledger AFTER INSERT OR UPDATE OR DELETE ON conversations FOR EACH ROW EXECUTE FUNCTION ledger_change();
CREATE TRIGGER ledger AFTER INSERT OR UPDATE OR DELETE ON evenhand_state FOR EACH ROW EXECUTE FUNCTION ledger_version()`;

/** Makes the role and the ledger, on a desk that is already filled. @param {import('pg').Client} client */
export async function keepLedger(client) {
  await client.query(ROLE);
  await client.query(LEDGER);
  // Everything begins as a change from nothing.
  await client.query(`
    INSERT INTO ledger_changes (host, conversation, new_agent, new_team, new_status, gone, came)
    SELECT false, id, assigned_user_id, assigned_team_id, status_id, false, true FROM conversations ORDER BY id;
    INSERT INTO ledger_versions (host, version, cursors, lost_claims)
    SELECT false, version, cursors::text, lost_claims::text FROM evenhand_state`);
}

/** Returns the URL under which a host comes to the desk. */
export function asHost(url) {
  const own = new URL(url);
  own.username = 'evenhand';
  return own.href;
}

/** Returns all that was written down, and what the rows say now. @param {import('pg').Client} client */
export async function readLedger(client) {
  const list = async (sql) => (await client.query(sql)).rows;
  return {
    changes: await list(`
      SELECT xid::text, host, conversation::int, gone, came,
             json_build_object('agent', old_agent, 'team', old_team, 'status', old_status) AS old,
             json_build_object('agent', new_agent, 'team', new_team, 'status', new_status) AS new
      FROM ledger_changes ORDER BY seq`),
    versions: await list('SELECT xid::text, host, seen::text, version::int, cursors, lost_claims FROM ledger_versions ORDER BY seq'),
    rows: await list(`
      SELECT id::int AS conversation,
             json_build_object('agent', assigned_user_id, 'team', assigned_team_id, 'status', status_id) AS now
      FROM conversations ORDER BY id`),
    state: (await list('SELECT version::int, cursors::text, lost_claims::text FROM evenhand_state'))[0],
    open: (await list("SELECT id::int FROM conversation_statuses WHERE category = 'open'")).map(({ id }) => id),
  };
}

/** Returns the conversations that wait although somebody of their team could take them. */
export async function waitingInVain(client) {
  const { rows } = await client.query(`
    WITH loads AS (
        SELECT u.id, u.availability_status, count(s.id) AS load
        FROM users u
        LEFT JOIN conversations c ON c.assigned_user_id = u.id
        LEFT JOIN conversation_statuses s ON s.id = c.status_id AND s.category = 'open'
        GROUP BY u.id
    )
    SELECT c.id::int AS conversation
    FROM conversations c
    JOIN conversation_statuses s ON s.id = c.status_id AND s.category = 'open'
    JOIN teams t ON t.id = c.assigned_team_id AND t.conversation_assignment_type = 'Round robin'
    WHERE c.assigned_user_id IS NULL AND EXISTS (
        SELECT FROM team_members m JOIN loads l ON l.id = m.user_id
        WHERE m.team_id = t.id AND l.availability_status = 'online'
          AND (t.max_auto_assigned_conversations = 0 OR l.load < t.max_auto_assigned_conversations)
    )
    ORDER BY c.id`);
  return rows;
}
