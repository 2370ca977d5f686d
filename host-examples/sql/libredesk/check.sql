-- Whether the database is a Libredesk that the other statements can work with. Run it before state.sql, so that nothing is
-- left behind in a database that is something else. It needs no right but to connect.
--
-- Returns one row:
--
--   tables    the tables that are missing: then it is no Libredesk
--   columns   the columns that are missing of those that are there, as `table.column`
--
-- Libredesk has conversation_statuses.category since version 2.2.0.
SELECT
    coalesce(json_agg(DISTINCT n.name) FILTER (WHERE to_regclass(n.name) IS NULL), '[]') AS tables,
    coalesce(json_agg(n.name || '.' || n.col ORDER BY n.name, n.col) FILTER (
        WHERE to_regclass(n.name) IS NOT NULL
          AND NOT EXISTS (
              SELECT FROM pg_attribute a
              WHERE a.attrelid = to_regclass(n.name) AND a.attname = n.col AND a.attnum > 0 AND NOT a.attisdropped
          )
    ), '[]') AS columns
FROM (
    SELECT t.name, unnest(t.columns) AS col
    FROM (VALUES
        ('users', '{id,type,enabled,deleted_at,first_name,last_name,availability_status}'::text[]),
        ('teams', '{id,name,conversation_assignment_type,max_auto_assigned_conversations}'),
        ('team_members', '{team_id,user_id}'),
        ('conversation_statuses', '{id,name,category}'),
        ('conversations', '{id,uuid,reference_number,created_at,updated_at,assigned_user_id,assigned_team_id,status_id}')
    ) AS t (name, columns)
) n
