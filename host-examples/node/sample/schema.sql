-- As much of Libredesk's tables as assigning needs, for the sample desk and the tests.
-- A real Libredesk has them all, and more columns in each.

CREATE TYPE user_type AS ENUM ('agent', 'contact', 'visitor', 'ai_assistant');
CREATE TYPE user_availability_status AS ENUM ('online', 'away', 'away_manual', 'offline', 'away_and_reassigning');
CREATE TYPE conversation_assignment_type AS ENUM ('Round robin', 'Manual');
CREATE TYPE conversation_status_category AS ENUM ('open', 'waiting', 'resolved');

CREATE TABLE users (
    id bigserial PRIMARY KEY,
    updated_at timestamptz DEFAULT now(),
    type user_type NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    deleted_at timestamptz,
    first_name text NOT NULL,
    last_name text,
    availability_status user_availability_status NOT NULL DEFAULT 'offline'
);

CREATE TABLE teams (
    id serial PRIMARY KEY,
    name text NOT NULL UNIQUE,
    conversation_assignment_type conversation_assignment_type NOT NULL,
    max_auto_assigned_conversations int NOT NULL DEFAULT 0
);

CREATE TABLE team_members (
    team_id int NOT NULL REFERENCES teams (id),
    user_id bigint NOT NULL REFERENCES users (id),
    UNIQUE (team_id, user_id)
);

CREATE TABLE conversation_statuses (
    id serial PRIMARY KEY,
    name text NOT NULL UNIQUE,
    category conversation_status_category NOT NULL
);

-- Apart from the ids, so that on every desk one conversation's number is another one's id.
CREATE SEQUENCE conversation_numbers START 100;

CREATE TABLE conversations (
    id bigserial PRIMARY KEY,
    uuid uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    reference_number text NOT NULL UNIQUE DEFAULT nextval('conversation_numbers')::text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    contact_id bigint NOT NULL REFERENCES users (id),
    inbox_id int NOT NULL,
    assigned_user_id bigint REFERENCES users (id),
    assigned_team_id int REFERENCES teams (id),
    status_id int REFERENCES conversation_statuses (id)
);

ALTER SEQUENCE conversation_numbers OWNED BY conversations.reference_number;
CREATE INDEX ON conversations (assigned_user_id);
CREATE INDEX ON conversations (assigned_team_id);
CREATE INDEX ON conversations (created_at);
