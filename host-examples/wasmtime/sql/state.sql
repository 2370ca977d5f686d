-- The two tables that Evenhand adds to a Libredesk database: one with its one row, and one for what some policies remember.
--
-- Run it as often as you like: it changes nothing that is there. It is one statement, so two hosts
-- that start at once cannot trip over each other, and where the tables exist already it needs no
-- right to create one.
DO $state$
BEGIN
    -- Where all is there, whoever starts does not wait for a dry run, which would hold the lock to its end. Asked of the catalog itself:
    -- a name that is looked up and not there yet would still not be there after the lock.
    IF EXISTS (SELECT FROM pg_class WHERE relname = 'evenhand_given' AND pg_table_is_visible(oid)) AND EXISTS (
        SELECT
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'pending_until' AND NOT a.attisdropped
        WHERE c.relname = 'evenhand_state' AND pg_table_is_visible(c.oid)
    ) THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('evenhand_state'));

    IF to_regclass('evenhand_state') IS NULL THEN
        CREATE TABLE evenhand_state (
            only_row    boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
            -- Grows by one with every plan that is written. A plan made from an older version is not.
            version     bigint      NOT NULL DEFAULT 0,
            -- Shuffles people who join a rotation. Drawn once, so that every desk has its own.
            seed        bigint      NOT NULL DEFAULT floor(random() * 9007199254740992)
                                    CHECK (seed BETWEEN 0 AND 9007199254740991),
            -- json and not jsonb: the text stays as the plan had it, and nothing here is searched.
            cursors     json        NOT NULL DEFAULT '[]',
            -- What the last plans could not write, each as {decision, losses, plans}: the decision as the
            -- last plan has it, how often in a row one was lost, how many plans more are to serve it last.
            -- `raised` is true where its UPDATE raised.
            lost_claims json        NOT NULL DEFAULT '[]' CHECK (json_typeof(lost_claims) = 'array'),
            updated_at  timestamptz NOT NULL DEFAULT now(),
            -- A plan that is being written through Libredesk's API, as {version, cursors, decisions, remember}, and until when
            -- its host is trusted to be at work on it. While it stands here nobody else writes a plan.
            pending       json,
            pending_until timestamptz
        );
        -- A row that is lost later is not made anew in silence: somebody should know that whose turn
        -- it was is lost with it.
        INSERT INTO evenhand_state DEFAULT VALUES;
    ELSIF NOT EXISTS (
        SELECT FROM pg_attribute
        WHERE attrelid = to_regclass('evenhand_state') AND attname = 'pending_until' AND NOT attisdropped
    ) THEN
        -- A table of an earlier version.
        ALTER TABLE evenhand_state ADD pending json, ADD pending_until timestamptz;
    END IF;

    IF to_regclass('evenhand_given') IS NULL THEN
        -- Who was given which conversation and when; without a time, who had it when it was taken back. Empty, unless a
        -- policy asks for it.
        CREATE TABLE evenhand_given (
            conversation bigint NOT NULL,
            agent        bigint NOT NULL,
            since        timestamptz,
            PRIMARY KEY (conversation, agent)
        );
        CREATE INDEX ON evenhand_given (agent, since);
    END IF;
END
$state$
