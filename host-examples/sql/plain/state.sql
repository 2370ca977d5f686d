-- The one table that Evenhand adds, with its one row: the same on every desk.
--
-- Run it as often as you like: it changes nothing that is there. It is one statement, so two hosts
-- that start at once cannot trip over each other, and where the table exists already it needs no
-- right to create one.
DO $state$
BEGIN
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
            updated_at  timestamptz NOT NULL DEFAULT now()
        );
        -- A row that is lost later is not made anew in silence: somebody should know that whose turn
        -- it was is lost with it.
        INSERT INTO evenhand_state DEFAULT VALUES;
    END IF;
END
$state$
