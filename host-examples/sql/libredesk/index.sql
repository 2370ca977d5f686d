-- Optional, for desks with hundreds of thousands of conversations: the indexes by which a tick counts what everybody holds, and finds
-- what waits. Without them PostgreSQL reads the whole table for the first, the resolved ones too, and for the second all that nobody
-- has, as many resolved ones do, once a tick.
--
-- Run it as the owner of Libredesk's tables. Nobody waits for it. If it is cut short, it leaves an index that is of no use:
-- DROP INDEX IF EXISTS evenhand_loads, evenhand_waiting, then again. The same statement takes them away when you no longer want them.
CREATE INDEX CONCURRENTLY IF NOT EXISTS evenhand_loads ON conversations (status_id, assigned_user_id)
    WHERE assigned_user_id IS NOT NULL;
CREATE INDEX CONCURRENTLY IF NOT EXISTS evenhand_waiting ON conversations (status_id)
    WHERE assigned_user_id IS NULL AND assigned_team_id IS NOT NULL
