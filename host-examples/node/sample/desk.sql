-- A sample desk on a Monday morning: 8 teams, 60 agents, what they still hold from last week, and
-- a queue of 312. Every row is computed, so every copy of the desk is the same.

INSERT INTO conversation_statuses (name, category) VALUES
    ('Open', 'open'), ('Replied', 'open'), ('Snoozed', 'waiting'), ('Resolved', 'resolved'), ('Closed', 'resolved');

INSERT INTO teams (name, conversation_assignment_type, max_auto_assigned_conversations) VALUES
    ('Billing', 'Round robin', 6),            -- a limit that the queue exceeds
    ('Technical Support', 'Round robin', 12),
    ('Sales', 'Round robin', 10),
    ('Returns', 'Round robin', 5),            -- everybody is away
    ('Key Accounts', 'Manual', 0),            -- people assign
    ('Shipping', 'Round robin', 4),           -- everybody is full
    ('Onboarding', 'Round robin', 0),         -- no limit
    ('Partners', 'Round robin', 9);

-- Ten agents to a line; ids 1 to 60 in this order.
INSERT INTO users (type, first_name, last_name, availability_status)
SELECT 'agent', split_part(name, ' ', 1), split_part(name, ' ', 2),
       (CASE
            WHEN id BETWEEN 34 AND 37 THEN (ARRAY['away_manual', 'offline', 'away_manual', 'away_and_reassigning'])[id - 33]
            WHEN id % 7 = 3 THEN 'away_manual'
            WHEN id % 11 = 5 THEN 'offline'
            ELSE 'online'
        END)::user_availability_status
FROM unnest(string_to_array(
    'Maya Lindqvist,Omar Haddad,Priya Nair,Jonas Weber,Lucia Romero,Kenji Mori,Amara Okafor,Tomas Novak,Sofia Rossi,Daniel Cohen,'
    'Elif Demir,Liam Murphy,Chloe Martin,Mateo Silva,Hana Sato,Noah Fischer,Zara Khan,Ivan Petrov,Grace Mensah,Felix Braun,'
    'Nora Hansen,Diego Torres,Aisha Bello,Peter Nagy,Mei Lin,Oscar Berg,Ines Costa,Yusuf Kaya,Clara Dubois,Ravi Menon,'
    'Emma Keller,Pablo Ruiz,Leila Farah,Anton Popa,Julia Wagner,Samuel Asante,Freya Olsen,Marco Bianchi,Nadia Aziz,Hugo Lambert,'
    'Isla Campbell,Arjun Rao,Marta Kowalska,Theo Janssen,Rosa Jimenez,Viktor Horvat,Adele Moreau,Kofi Boateng,Sara Virtanen,Luca Greco,'
    'Anya Sharma,Erik Dahl,Paula Mendes,Jakub Dvorak,Salma Idris,Finn Larsen,Olga Marin,Tariq Anwar,Lena Vogel,Bruno Alves',
    ','
)) WITH ORDINALITY AS agent (name, id);

-- Everybody has one team, by ranges of ids; some help out in a second one.
INSERT INTO team_members (team_id, user_id)
SELECT team, id
FROM (VALUES (1, 1, 10), (2, 11, 24), (3, 25, 33), (4, 34, 37), (5, 38, 41), (6, 42, 47), (7, 48, 55), (8, 56, 60))
         AS home (team, first, last),
     generate_series(first, last) AS id
UNION ALL
VALUES (7, 12), (7, 16), (8, 26), (8, 30), (1, 20), (2, 53);

-- 400 people who wrote in; ids 61 to 460.
INSERT INTO users (type, first_name, last_name) SELECT 'contact', 'Customer', n::text FROM generate_series(1, 400) n;

-- What the agents hold: up to three conversations each, in Shipping as many as the team allows.
INSERT INTO conversations (uuid, created_at, updated_at, contact_id, inbox_id, assigned_user_id, assigned_team_id, status_id)
SELECT md5('held ' || id || ' ' || n)::uuid, at, at, 61 + (id * 7 + n) % 400, 1, id, team_id, 1 + n % 2
FROM (SELECT user_id AS id, min(team_id) AS team_id FROM team_members GROUP BY user_id) member,
     generate_series(1, CASE WHEN team_id = 6 THEN 4 ELSE id * 5 % 4 END) n,
     LATERAL (SELECT timestamptz '2026-02-27 09:00:00+00' + id * interval '3 minutes' + n * interval '1 hour') AS t (at)
ORDER BY at, id;

-- What is done or put off, some of it without an agent: nothing to hand out.
INSERT INTO conversations (uuid, created_at, updated_at, contact_id, inbox_id, assigned_user_id, assigned_team_id, status_id)
SELECT md5('done ' || n)::uuid, at, at, 61 + n * 3 % 400, 1, CASE WHEN n % 4 > 0 THEN 1 + n % 60 END, 1 + n % 8, 3 + n % 3
FROM generate_series(1, 160) n,
     LATERAL (SELECT timestamptz '2026-02-26 08:00:00+00' + n * interval '7 minutes') AS t (at);

-- The queue: what came in over the weekend and this morning, mixed.
INSERT INTO conversations (uuid, created_at, updated_at, contact_id, inbox_id, assigned_team_id, status_id)
SELECT md5('waiting ' || team || ' ' || n)::uuid, at, at, 61 + (team * 50 + n * 13) % 400, 1, team, 1
FROM (VALUES (1, 61), (2, 92), (3, 48), (4, 13), (5, 9), (6, 21), (7, 40), (8, 28)) AS queue (team, length),
     generate_series(1, length) n,
     LATERAL (
         SELECT timestamptz '2026-03-01 20:00:00+00'
                + ('x' || left(md5(team || '/' || n), 7))::bit(28)::int % 43200 * interval '1 second'
     ) AS t (at)
ORDER BY at, team, n;

-- What the policies of a configuration go by. None of it decides anything without one.
INSERT INTO roles (name, permissions) VALUES ('Agent', '{conversations:read_all,messages:read,messages:write}');
INSERT INTO user_roles (user_id, role_id) SELECT id, 1 FROM users WHERE type = 'agent';

INSERT INTO conversation_priorities (name) VALUES ('Low'), ('Medium'), ('High');
INSERT INTO inboxes (name, channel) VALUES ('Support', 'email'), ('Website', 'livechat');
INSERT INTO tags (name) VALUES ('refund'), ('vip');

-- One in eight is urgent, one in four came from the website, one in ten is in German, one in sixteen about a refund; in one in
-- three an answer is due between 07:30 and 11:30.
UPDATE conversations
SET priority_id = CASE WHEN id % 8 = 0 THEN 3 WHEN id % 5 = 0 THEN 1 ELSE 2 END,
    inbox_id = CASE WHEN id % 4 = 1 THEN 2 ELSE 1 END,
    custom_attributes = CASE WHEN id % 10 = 7 THEN '{"language": "de"}' ELSE '{"language": "en"}' END::jsonb,
    next_sla_deadline_at = CASE WHEN id % 3 = 0 THEN timestamptz '2026-03-02 07:30:00+00' + id % 17 * interval '15 minutes' END;
-- In what the agents hold and have not replied to the customer waits; whoever is offline left on Friday.
UPDATE conversations SET waiting_since = created_at WHERE assigned_user_id IS NOT NULL AND status_id = 1;
UPDATE users SET last_active_at = timestamptz '2026-02-27 17:00:00+00' WHERE type = 'agent';
INSERT INTO conversation_tags (conversation_id, tag_id) SELECT id, 1 FROM conversations WHERE id % 16 = 3;
INSERT INTO conversation_tags (conversation_id, tag_id) SELECT id, 2 FROM conversations WHERE id % 20 = 9;

-- When Onboarding is there; in Berlin the day begins an hour before it does in UTC.
INSERT INTO business_hours (name, hours, holidays) VALUES (
    'Office',
    '{"Monday": {"open": "08:00", "close": "17:00"}, "Tuesday": {"open": "08:00", "close": "17:00"}, "Wednesday": {"open": "08:00", "close": "17:00"},
      "Thursday": {"open": "08:00", "close": "17:00"}, "Friday": {"open": "08:00", "close": "15:00"}}',
    '[{"name": "Christmas", "date": "2026-12-25"}]'
);
UPDATE teams SET business_hours_id = 1, timezone = 'Europe/Berlin' WHERE name = 'Onboarding';
