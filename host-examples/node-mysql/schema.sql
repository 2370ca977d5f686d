-- The help desk of this example. Yours has other tables: then snapshot.mjs and claim.mjs change, and nothing else.

CREATE TABLE teams (
    id               bigint unsigned PRIMARY KEY AUTO_INCREMENT,
    name             varchar(100) NOT NULL,
    -- Whoever has this many open tickets gets no more from this team. Null: no limit.
    max_open         int unsigned,
    -- The team that helps with what has waited for so many minutes. Null: none.
    overflow_team_id bigint unsigned REFERENCES teams (id),
    overflow_minutes int unsigned NOT NULL DEFAULT 30
) ENGINE=InnoDB;

CREATE TABLE agents (
    id           bigint unsigned PRIMARY KEY AUTO_INCREMENT,
    name         varchar(100) NOT NULL,
    enabled      boolean NOT NULL DEFAULT TRUE,
    availability enum('online', 'away') NOT NULL DEFAULT 'away'
) ENGINE=InnoDB;

CREATE TABLE members (
    team_id  bigint unsigned NOT NULL,
    agent_id bigint unsigned NOT NULL,
    -- 2 gets twice as many as 1.
    weight   int unsigned NOT NULL DEFAULT 1,
    PRIMARY KEY (team_id, agent_id),
    FOREIGN KEY (team_id) REFERENCES teams (id),
    FOREIGN KEY (agent_id) REFERENCES agents (id)
) ENGINE=InnoDB;

CREATE TABLE tickets (
    id         bigint unsigned PRIMARY KEY AUTO_INCREMENT,
    -- UTC inside, whatever the time zone of the connection.
    created_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    updated_at timestamp(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    subject    varchar(200) NOT NULL,
    status     enum('open', 'pending', 'solved') NOT NULL DEFAULT 'open',
    team_id    bigint unsigned,
    agent_id   bigint unsigned,
    -- Its agent asks for somebody else to take it, and keeps it until somebody does.
    hand_over  boolean NOT NULL DEFAULT FALSE,
    KEY (status, agent_id),
    FOREIGN KEY (team_id) REFERENCES teams (id),
    FOREIGN KEY (agent_id) REFERENCES agents (id)
) ENGINE=InnoDB;
