//! The scripts that make the databases of a sample. Does NOT run them.

use super::{Sample, sealed};

/// Bytes of one paramset.
const PARAMSET_BYTES: u64 = 2048;

/// The state of a Go daemon at schema version 45, with every kind of sealed value.
pub(super) fn state(sample: &Sample) -> String {
    let mark = sample.mark;
    let password = sealed(sample, "central password");
    let token = sealed(sample, "api token");
    let mqtt = sealed(sample, "mqtt password");
    let passcode = sealed(sample, "20202021");
    let paramsets = 20 + sample.paramset_bytes / PARAMSET_BYTES;
    // Random digits: a state that compresses to nothing would be through before a fault can hit.
    format!(
        r#"PRAGMA journal_mode = WAL;
PRAGMA foreign_keys = ON;
BEGIN;
CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
  is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT '2026-01-01 00:00:00');
INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (44, 1), (45, 1);
CREATE TABLE centrals (name TEXT PRIMARY KEY, host TEXT NOT NULL, port INTEGER, username TEXT,
  password_plain TEXT, api_token_plain TEXT, enabled INTEGER NOT NULL DEFAULT 1);
INSERT INTO centrals VALUES ('haus', 'ccu-{mark}.local', 2001, 'loom', '{password}', '{token}', 1),
  ('gäste', '192.0.2.17', 2001, '', '', NULL, 0);
CREATE TABLE config_sections (section TEXT PRIMARY KEY, value_json TEXT NOT NULL, version INTEGER NOT NULL,
  updated_at TEXT, updated_by TEXT, schema_version INTEGER NOT NULL DEFAULT 0);
INSERT INTO config_sections VALUES
  ('north.mqtt', '{{"host":"broker","password":"{mqtt}"}}', 3, '2026-02-03T04:05:06Z', 'änne', 1),
  ('north.matter', '{{"commissioning":{{"passcode":"{passcode}"}}}}', 1, NULL, NULL, 1);
CREATE TABLE users (subject TEXT PRIMARY KEY, password_hash TEXT NOT NULL, role TEXT NOT NULL);
INSERT INTO users VALUES ('änne', '$2a$12$notahash{mark}', 'admin'), ('gast', '$2a$12$notahash', 'viewer');
CREATE TABLE matter_fabrics (fabric_index INTEGER PRIMARY KEY, fabric_id BLOB NOT NULL, label TEXT);
INSERT INTO matter_fabrics VALUES (1, x'00ff10', '{mark}');
CREATE TABLE matter_node_identities (fabric_index INTEGER PRIMARY KEY
  REFERENCES matter_fabrics (fabric_index) ON DELETE CASCADE, noc BLOB NOT NULL);
INSERT INTO matter_node_identities VALUES (1, zeroblob(64));
CREATE TABLE paramsets (central_name TEXT, channel_address TEXT, paramset_key TEXT, paramset_json TEXT,
  PRIMARY KEY (central_name, channel_address, paramset_key)) WITHOUT ROWID;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {paramsets})
INSERT INTO paramsets SELECT 'haus', 'VCU' || printf('%07d', i) || ':1', 'MASTER',
  '{{"{mark}":"' || lower(hex(randomblob({blob}))) || '"}}' FROM n;
COMMIT;
PRAGMA wal_checkpoint(TRUNCATE);
"#,
        blob = PARAMSET_BYTES / 2
    )
}

/// A history, with migrations of its own.
pub(super) fn history(mark: &str) -> String {
    format!(
        "PRAGMA journal_mode = WAL;
CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL);
INSERT INTO goose_db_version (version_id, is_applied) VALUES (2, 1);
CREATE TABLE samples (at INTEGER, name TEXT, value REAL);
INSERT INTO samples VALUES (1, 'Küche {mark}', 21.5), (2, 'Küche {mark}', 21.7);
"
    )
}
