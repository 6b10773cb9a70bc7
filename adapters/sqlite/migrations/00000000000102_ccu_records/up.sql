-- What is known of the contents of a CCU backup, and what can be done about one that was given up.

ALTER TABLE ccu_backups ADD COLUMN contents_json TEXT;
ALTER TABLE ccu_backups ADD COLUMN failure_hint TEXT;
ALTER TABLE ccu_backups ADD COLUMN failure_kind TEXT;

-- How far CCU backups are on their way back. No foreign keys: a record outlives what it names.

CREATE TABLE ccu_restores (
    id               TEXT NOT NULL PRIMARY KEY,
    backup_id        TEXT NOT NULL,
    central_name     TEXT NOT NULL,
    step             TEXT NOT NULL CHECK (step IN ('preflight', 'safety_backup', 'offer', 'apply', 'restart', 'way_back',
                                                   'compare', 'drop_caches')),
    state            TEXT NOT NULL CHECK (state IN ('queued', 'running', 'interrupted', 'completed', 'failed')),
    reason           TEXT,
    hint             TEXT,
    failure_kind     TEXT,
    differences_json TEXT,
    safety_backup_id TEXT,
    created_at       TEXT NOT NULL,
    updated_at       TEXT NOT NULL,
    CHECK ((state = 'completed') = (differences_json IS NOT NULL)),
    CHECK ((state IN ('interrupted', 'failed')) = (reason IS NOT NULL)),
    CHECK (state <> 'interrupted' OR hint IS NOT NULL)
) STRICT;

-- What is remembered of an interface whose devices are cached. A row without read_at is one of a Go daemon, of which
-- nothing is remembered.

ALTER TABLE interfaces ADD COLUMN serial TEXT;
ALTER TABLE interfaces ADD COLUMN simplified INTEGER;
ALTER TABLE interfaces ADD COLUMN read_at TEXT;
ALTER TABLE interfaces ADD COLUMN compared_at TEXT;

-- Descriptions are packed from here on: in the columns of the type ANY, bytes are a text packed with zlib, and text is a
-- plain one as written before.

ALTER TABLE devices RENAME TO old_devices;
CREATE TABLE devices (
    central_name     TEXT NOT NULL,
    interface_id     TEXT NOT NULL,
    address          TEXT NOT NULL,
    type             TEXT NOT NULL,
    parent           TEXT NOT NULL,
    firmware         TEXT NOT NULL,
    model            TEXT NOT NULL,
    manufacturer     TEXT NOT NULL,
    product_group    TEXT NOT NULL,
    hash             TEXT NOT NULL,
    description_json ANY NOT NULL,
    updated_at       TEXT NOT NULL,
    PRIMARY KEY (central_name, interface_id, address)
) STRICT;
INSERT INTO devices SELECT * FROM old_devices;
DROP TABLE old_devices;

ALTER TABLE paramset_contents RENAME TO old_paramset_contents;
CREATE TABLE paramset_contents (
    id            INTEGER PRIMARY KEY,
    hash          TEXT NOT NULL UNIQUE,
    uses          INTEGER NOT NULL,
    paramset_json ANY NOT NULL
) STRICT;
INSERT INTO paramset_contents (hash, uses, paramset_json) SELECT hash, 0, paramset_json FROM old_paramset_contents;
DROP TABLE old_paramset_contents;

-- A paramset names its content by number, or carries it itself as one of a Go daemon does. A content counts the
-- paramsets that name it: to find them, an index would be needed that is as big as the table.

DROP INDEX paramsets_by_hash;
ALTER TABLE paramsets RENAME TO old_paramsets;
CREATE TABLE paramsets (
    central_name    TEXT NOT NULL,
    interface_id    TEXT NOT NULL,
    channel_address TEXT NOT NULL,
    paramset_key    TEXT NOT NULL,
    content_id      INTEGER,
    paramset_json   TEXT,
    updated_at      TEXT NOT NULL,
    PRIMARY KEY (central_name, interface_id, channel_address, paramset_key),
    CHECK ((content_id IS NULL) <> (paramset_json IS NULL))
) STRICT, WITHOUT ROWID;
INSERT INTO paramsets
    SELECT central_name, interface_id, channel_address, paramset_key,
           CASE WHEN p.paramset_json = '' THEN c.id END, nullif(p.paramset_json, ''), updated_at
    FROM old_paramsets AS p LEFT JOIN paramset_contents AS c USING (hash)
    -- One without content is worth nothing.
    WHERE p.paramset_json <> '' OR c.id IS NOT NULL;
DROP TABLE old_paramsets;

UPDATE paramset_contents SET uses = counted.uses
    FROM (SELECT content_id, count(*) AS uses FROM paramsets GROUP BY content_id) AS counted
    WHERE counted.content_id = id;
DELETE FROM paramset_contents WHERE uses = 0;
