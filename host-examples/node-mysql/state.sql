-- The one table that Evenhand adds, with its one row. Where the table exists this does nothing, so the host runs it at each start.
-- A row that is deleted later is not made anew: somebody should know that whose turn it was is lost with it.
CREATE TABLE IF NOT EXISTS evenhand_state (
    only_row    tinyint NOT NULL PRIMARY KEY CHECK (only_row = 1),
    -- Grows by one with every plan that is written. A plan made from an older version is not written.
    version     bigint unsigned NOT NULL,
    -- Shuffles people who join a rotation. Drawn once, so that every desk has its own.
    seed        bigint unsigned NOT NULL,
    -- Text and not json, which sorts the keys of an object. Nothing in it is searched.
    cursors     longtext NOT NULL,
    -- What the last plans could not write, each as {decision, losses, plans}: the decision as the last plan has it, how often
    -- in a row one was lost, and how many more plans are to serve it last.
    lost_claims longtext NOT NULL,
    updated_at  timestamp(3) NOT NULL
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
SELECT 1 AS only_row, 0 AS version, FLOOR(RAND() * 9007199254740992) AS seed, '[]' AS cursors, '[]' AS lost_claims, NOW(3) AS updated_at
