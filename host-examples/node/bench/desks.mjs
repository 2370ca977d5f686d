// The desks that are measured. Every row is computed, so every run has the same.

// Libredesk keeps sixteen indexes on this table, and a write that changes an indexed column pays for each of them. These
// are the columns of those that the sample desk leaves out.
const TIMES = ['last_message_at', 'last_interaction_at', 'snoozed_until', 'last_continuity_email_sent_at'];
const FURTHER = [...TIMES, 'next_sla_deadline_at', 'waiting_since', 'priority_id', 'status_id', 'inbox_id'];

/** Makes the desk behind `client`, which has the tables and nothing in them. */
export async function makeDesk(client, { agents, teams, waiting, rows, held, limit }) {
  await client.query(`
    ALTER TABLE conversations ${TIMES.map((name) => `ADD ${name} timestamptz ${TIMES.indexOf(name) < 3 ? 'DEFAULT clock_timestamp()' : ''}`).join(', ')};
    ${FURTHER.map((name) => `CREATE INDEX ON conversations (${name});`).join('\n')}
    INSERT INTO conversation_statuses (id, name, category) VALUES
        (1, 'Open', 'open'), (2, 'Replied', 'open'), (3, 'Snoozed', 'waiting'), (4, 'Resolved', 'resolved');
    INSERT INTO users (id, type, first_name, availability_status)
    SELECT n, 'agent', 'Agent ' || n, 'online' FROM generate_series(1, ${agents}) n;
    INSERT INTO roles (id, name, permissions) VALUES (1, 'Agent', '{messages:write}');
    INSERT INTO user_roles (user_id, role_id) SELECT id, 1 FROM users;
    INSERT INTO users (id, type, first_name) VALUES (1000000, 'contact', 'Customer');
    INSERT INTO teams (id, name, conversation_assignment_type, max_auto_assigned_conversations)
    SELECT n, 'Team ' || n, 'Round robin', ${limit} FROM generate_series(1, ${teams}) n;
    -- Everybody is in two teams.
    INSERT INTO team_members (team_id, user_id)
    SELECT DISTINCT 1 + (n + k * ${Math.floor(teams / 2)}) % ${teams}, n FROM generate_series(1, ${agents}) n, generate_series(0, 1) k;
    -- The past, what is in hand, and the queue, in the order of time.
    INSERT INTO conversations (contact_id, inbox_id, assigned_user_id, assigned_team_id, status_id, created_at)
    SELECT 1000000, 1, 1 + n % ${agents}, 1 + n % ${teams}, 4, timestamptz '2024-01-01' + n * interval '1 minute'
    FROM generate_series(1, ${rows - waiting - held}) n;
    INSERT INTO conversations (contact_id, inbox_id, assigned_user_id, assigned_team_id, status_id, created_at)
    SELECT 1000000, 1, 1 + n % ${agents}, 1 + n % ${teams}, 1 + n % 2, timestamptz '2026-02-01' + n * interval '1 second'
    FROM generate_series(1, ${held}) n;
    INSERT INTO conversations (contact_id, inbox_id, assigned_team_id, status_id, created_at)
    SELECT 1000000, 1, 1 + n * 7 % ${teams}, 1, timestamptz '2026-03-01' + n * interval '1 second'
    FROM generate_series(1, ${waiting}) n;
    ALTER TABLE conversations SET (autovacuum_enabled = false)`);
  await client.query('VACUUM ANALYZE');
}

/** Makes everything that was handed out wait again. With `vacuum` the table is as it was, too; a desk is not vacuumed after each tick, and plans that were kept are forgotten by it. */
export async function undo(client, { vacuum = true } = {}) {
  await client.query(`
    UPDATE conversations SET assigned_user_id = NULL WHERE created_at >= '2026-03-01' AND assigned_user_id IS NOT NULL;
    UPDATE evenhand_state SET version = 0, seed = 1, cursors = '[]', lost_claims = '[]'`);
  if (vacuum) await client.query('VACUUM ANALYZE conversations');
}
