-- Whether the database has what the other statements need. Returns one row: `tables` that are missing, and `columns`, as
-- `table.column`, of those that are there.
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
        ('teams', '{id,name,max_open,overflow_team_id,overflow_minutes}'::text[]),
        ('agents', '{id,name,enabled,availability}'),
        ('members', '{team_id,agent_id,weight}'),
        ('tickets', '{id,created_at,updated_at,status,team_id,agent_id,hand_over}')
    ) AS t (name, columns)
) n
