-- The role under which a host runs, with the least rights that suffice: it reads the columns that the
-- statements name, assigns, and keeps its own row. It sees no message, no mail address and no password.
--
-- Run it as the owner of Libredesk's tables, after state.sql, as often as you like. Then give the role
-- a way in: a password (\password evenhand), or a line in pg_hba.conf.
DO $role$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'evenhand') THEN
        CREATE ROLE evenhand LOGIN;
    END IF;
END
$role$;

-- Locking a row needs the right to UPDATE some column of it. claim.sql locks agents while it assigns, and
-- changes nothing of theirs; `updated_at` is the column that does the least harm.
GRANT SELECT (id, type, enabled, deleted_at, first_name, last_name, availability_status, last_active_at),
      UPDATE (updated_at) ON users TO evenhand;
GRANT SELECT (id, name, conversation_assignment_type, max_auto_assigned_conversations, business_hours_id, timezone) ON teams TO evenhand;
GRANT SELECT (team_id, user_id) ON team_members TO evenhand;
GRANT SELECT (id, name, category) ON conversation_statuses TO evenhand;
GRANT SELECT (id, uuid, reference_number, created_at, waiting_since, assigned_user_id, assigned_team_id, status_id,
              contact_id, inbox_id, priority_id, custom_attributes, next_sla_deadline_at),
      UPDATE (assigned_user_id, updated_at) ON conversations TO evenhand;
GRANT SELECT (id, permissions) ON roles TO evenhand;
GRANT SELECT (user_id, role_id) ON user_roles TO evenhand;
GRANT SELECT (id, is_always_open, hours, holidays) ON business_hours TO evenhand;
GRANT SELECT (id, name) ON conversation_priorities, tags TO evenhand;
GRANT SELECT (id, name, channel, deleted_at) ON inboxes TO evenhand;
GRANT SELECT (conversation_id, tag_id) ON conversation_tags TO evenhand;
GRANT SELECT, UPDATE (version, cursors, lost_claims, updated_at, pending, pending_until) ON evenhand_state TO evenhand;
GRANT SELECT, INSERT, UPDATE (since), DELETE ON evenhand_given TO evenhand;
