-- Optional: says on the channel `evenhand` that a tick may have something to do, so that a host need not wait for its timer:
-- a conversation came in, moved, or is held no more; an agent's availability or a limit changed; somebody joined or left a team.
--
-- Run it as the owner of Libredesk's tables, as often as you like. Each table is a transaction of its own, and is waited for at most
-- five seconds: nobody waits long behind it, and it is in no deadlock with somebody who has one table and wants the next. If one was
-- not to be had, that is an error here; run it again. Notices of one transaction are one. To be rid of it: DROP FUNCTION evenhand_wake CASCADE

CREATE OR REPLACE FUNCTION evenhand_wake() RETURNS trigger LANGUAGE plpgsql AS $wake$
BEGIN
    PERFORM pg_notify('evenhand', '');
    RETURN NULL;
END
$wake$;

BEGIN;
SET LOCAL lock_timeout = '5s';
DROP TRIGGER IF EXISTS evenhand_wake_added ON conversations;
CREATE TRIGGER evenhand_wake_added AFTER INSERT ON conversations
    FOR EACH ROW WHEN (NEW.assigned_user_id IS NULL AND NEW.assigned_team_id IS NOT NULL)
    EXECUTE FUNCTION evenhand_wake();

-- Who takes what nobody has makes no room, and leaves nothing to do: a host that assigns does not wake itself.
DROP TRIGGER IF EXISTS evenhand_wake_changed ON conversations;
CREATE TRIGGER evenhand_wake_changed AFTER UPDATE ON conversations
    FOR EACH ROW WHEN (
        (OLD.assigned_user_id, OLD.assigned_team_id, OLD.status_id)
            IS DISTINCT FROM (NEW.assigned_user_id, NEW.assigned_team_id, NEW.status_id)
        AND (OLD.assigned_user_id IS NOT NULL OR NEW.assigned_user_id IS NULL)
    )
    EXECUTE FUNCTION evenhand_wake();

DROP TRIGGER IF EXISTS evenhand_wake_deleted ON conversations;
CREATE TRIGGER evenhand_wake_deleted AFTER DELETE ON conversations
    FOR EACH ROW WHEN (OLD.assigned_user_id IS NOT NULL)
    EXECUTE FUNCTION evenhand_wake();
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '5s';
DROP TRIGGER IF EXISTS evenhand_wake ON users;
CREATE TRIGGER evenhand_wake AFTER UPDATE ON users
    FOR EACH ROW WHEN (
        NEW.type = 'agent'
        AND (OLD.availability_status, OLD.enabled, OLD.deleted_at) IS DISTINCT FROM (NEW.availability_status, NEW.enabled, NEW.deleted_at)
    )
    EXECUTE FUNCTION evenhand_wake();
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '5s';
DROP TRIGGER IF EXISTS evenhand_wake ON teams;
CREATE TRIGGER evenhand_wake AFTER UPDATE ON teams
    FOR EACH ROW WHEN (
        (OLD.conversation_assignment_type, OLD.max_auto_assigned_conversations)
            IS DISTINCT FROM (NEW.conversation_assignment_type, NEW.max_auto_assigned_conversations)
    )
    EXECUTE FUNCTION evenhand_wake();
COMMIT;

BEGIN;
SET LOCAL lock_timeout = '5s';
DROP TRIGGER IF EXISTS evenhand_wake ON team_members;
CREATE TRIGGER evenhand_wake AFTER INSERT OR UPDATE OR DELETE ON team_members
    FOR EACH STATEMENT
    EXECUTE FUNCTION evenhand_wake();
COMMIT;
