-- Optional, for hosts that assign through Libredesk's API: gives it the compare-and-set that it lacks. Between the look at a conversation
-- and the request that assigns it, a person may take it, and Libredesk would overwrite them. With this the database refuses that write:
-- Libredesk answers with an error, nobody is told anything, and the decision is a lost claim like any other.
--
-- Run it as the owner of Libredesk's tables, after state.sql, as often as you like. It waits at most five seconds for the table. It looks at
-- nothing but a conversation that goes from one person to another, and that only while a plan is being written: then somebody who moves a
-- conversation by hand to the very agent who was planned for it is refused, too. To be rid of it: DROP FUNCTION evenhand_guard CASCADE
BEGIN;
SET LOCAL lock_timeout = '5s';

-- Fails here, and not in Libredesk later, where state.sql is still to be run.
SELECT pending FROM evenhand_state WHERE false;

-- As whoever runs this, since Libredesk need not be allowed to read Evenhand's row.
CREATE OR REPLACE FUNCTION evenhand_guard() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $guard$
BEGIN
    -- Without its table Evenhand is gone.
    IF to_regclass('evenhand_state') IS NULL THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT
        FROM evenhand_state s
        CROSS JOIN json_to_recordset(s.pending -> 'decisions') AS d (conversation bigint, agent bigint, held_by bigint)
        WHERE d.conversation = NEW.id
          AND d.agent = NEW.assigned_user_id
          AND d.held_by IS DISTINCT FROM OLD.assigned_user_id
    ) THEN
        RAISE 'Evenhand planned conversation % for agent %, and agent % has it by now', NEW.id, NEW.assigned_user_id, OLD.assigned_user_id;
    END IF;
    RETURN NEW;
END
$guard$;

DROP TRIGGER IF EXISTS evenhand_guard ON conversations;
CREATE TRIGGER evenhand_guard BEFORE UPDATE ON conversations
    FOR EACH ROW WHEN (OLD.assigned_user_id IS NOT NULL AND NEW.assigned_user_id IS DISTINCT FROM OLD.assigned_user_id)
    EXECUTE FUNCTION evenhand_guard();

COMMIT;
