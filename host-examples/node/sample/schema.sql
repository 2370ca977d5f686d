-- As much of Libredesk's tables as assigning needs, for the sample desk and the tests.
-- A real Libredesk has them all, and more columns in each.

CREATE TYPE user_type AS ENUM ('agent', 'contact', 'visitor', 'ai_assistant');
CREATE TYPE user_availability_status AS ENUM ('online', 'away', 'away_manual', 'offline', 'away_and_reassigning');
CREATE TYPE conversation_assignment_type AS ENUM ('Round robin', 'Manual');
CREATE TYPE conversation_status_category AS ENUM ('open', 'waiting', 'resolved');
CREATE TYPE channels AS ENUM ('email', 'livechat');

CREATE TABLE users (
    id bigserial PRIMARY KEY,
    updated_at timestamptz DEFAULT now(),
    type user_type NOT NULL,
    enabled boolean NOT NULL DEFAULT true,
    deleted_at timestamptz,
    first_name text NOT NULL,
    last_name text,
    availability_status user_availability_status NOT NULL DEFAULT 'offline',
    last_active_at timestamptz
);

CREATE TABLE roles (
    id serial PRIMARY KEY,
    permissions text[] NOT NULL DEFAULT '{}',
    name text NOT NULL UNIQUE
);

CREATE TABLE user_roles (
    -- An int in Libredesk; the tests try ids for which that is too short.
    user_id bigint NOT NULL REFERENCES users (id),
    role_id int NOT NULL REFERENCES roles (id),
    UNIQUE (user_id, role_id)
);

CREATE TABLE business_hours (
    id serial PRIMARY KEY,
    name text NOT NULL,
    is_always_open boolean NOT NULL DEFAULT false,
    hours jsonb NOT NULL,
    holidays jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE teams (
    id serial PRIMARY KEY,
    name text NOT NULL UNIQUE,
    conversation_assignment_type conversation_assignment_type NOT NULL,
    max_auto_assigned_conversations int NOT NULL DEFAULT 0,
    business_hours_id int REFERENCES business_hours (id),
    timezone text
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

CREATE TABLE conversation_priorities (
    id serial PRIMARY KEY,
    name text NOT NULL UNIQUE
);

CREATE TABLE inboxes (
    id serial PRIMARY KEY,
    name text NOT NULL,
    channel channels NOT NULL,
    deleted_at timestamptz
);

CREATE TABLE tags (
    id serial PRIMARY KEY,
    name text NOT NULL UNIQUE
);

-- Apart from the ids, so that on every desk one conversation's number is another one's id.
CREATE SEQUENCE conversation_numbers START 100;

CREATE TABLE conversations (
    id bigserial PRIMARY KEY,
    uuid uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    reference_number text NOT NULL UNIQUE DEFAULT nextval('conversation_numbers')::text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    waiting_since timestamptz,
    contact_id bigint NOT NULL REFERENCES users (id),
    inbox_id int NOT NULL,
    assigned_user_id bigint REFERENCES users (id),
    assigned_team_id int REFERENCES teams (id),
    status_id int REFERENCES conversation_statuses (id),
    priority_id int REFERENCES conversation_priorities (id),
    custom_attributes jsonb NOT NULL DEFAULT '{}',
    next_sla_deadline_at timestamptz
);

ALTER SEQUENCE conversation_numbers OWNED BY conversations.reference_number;
CREATE INDEX ON conversations (contact_id);
CREATE INDEX ON conversations (assigned_user_id);
CREATE INDEX ON conversations (assigned_team_id);
CREATE INDEX ON conversations (created_at);

CREATE TABLE conversation_tags (
    conversation_id bigint REFERENCES conversations (id),
    tag_id int REFERENCES tags (id),
    UNIQUE (conversation_id, tag_id)
);
