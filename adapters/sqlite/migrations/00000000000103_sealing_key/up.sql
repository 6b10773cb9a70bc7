-- The master key that all secret values were re-sealed with last. One row, or none before the first rotation.
CREATE TABLE sealing_key (
    only_row    INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    fingerprint TEXT NOT NULL,
    at          TEXT NOT NULL
) STRICT;
