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
