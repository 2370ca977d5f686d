-- Optional, for desks with hundreds of thousands of conversations: the index by which a tick counts what everybody holds. Without it
-- PostgreSQL reads the whole table for that, the resolved ones too, once a tick.
--
-- Run it as the owner of Libredesk's tables. Nobody waits for it. If it is cut short, it leaves an index that is of no use:
-- DROP INDEX evenhand_loads, then again. The same statement takes it away when you no longer want it.
CREATE INDEX CONCURRENTLY IF NOT EXISTS evenhand_loads ON conversations (status_id, assigned_user_id)
    WHERE assigned_user_id IS NOT NULL
