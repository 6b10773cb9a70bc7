-- Nothing in SQL unpacks a description, so the caches of them are made anew.
DROP TABLE paramsets;
CREATE TABLE paramsets (
    central_name    TEXT NOT NULL,
    interface_id    TEXT NOT NULL,
    channel_address TEXT NOT NULL,
    paramset_key    TEXT NOT NULL,
    hash            TEXT NOT NULL,
    paramset_json   TEXT NOT NULL DEFAULT '',
    updated_at      TEXT NOT NULL,
    PRIMARY KEY (central_name, interface_id, channel_address, paramset_key)
) STRICT;
CREATE INDEX paramsets_by_hash ON paramsets (hash);

DROP TABLE paramset_contents;
CREATE TABLE paramset_contents (
    hash          TEXT NOT NULL PRIMARY KEY,
    paramset_json TEXT NOT NULL
) STRICT;

DROP TABLE devices;
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
    description_json TEXT NOT NULL,
    updated_at       TEXT NOT NULL,
    PRIMARY KEY (central_name, interface_id, address)
) STRICT;

ALTER TABLE interfaces DROP COLUMN compared_at;
ALTER TABLE interfaces DROP COLUMN read_at;
ALTER TABLE interfaces DROP COLUMN simplified;
ALTER TABLE interfaces DROP COLUMN serial;
DROP TABLE ccu_restores;
ALTER TABLE ccu_backups DROP COLUMN failure_kind;
ALTER TABLE ccu_backups DROP COLUMN failure_hint;
ALTER TABLE ccu_backups DROP COLUMN contents_json;
