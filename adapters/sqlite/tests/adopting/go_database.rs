//! A database as a Go daemon leaves it at schema version 45, with a row or two in every table.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use loom_adapter_sqlite::{AdoptError, Adopted, adopt_go_database};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An envelope; its bytes mean nothing here.
pub(crate) const SEALED: &str = "enc:v1:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGk=";
/// What a browser holds.
pub(crate) const COOKIE: &str = "raw-cookie-value";

/// The file, gone when dropped.
pub(crate) struct GoDatabase {
    dir: TempDir,
}

impl GoDatabase {
    /// A full one, changed by `sql` afterwards.
    pub(crate) fn with(sql: &str) -> Self {
        let made = Self { dir: TempDir::new().unwrap() };
        made.run(&format!("{SCHEMA}\n{ROWS}"));
        made.run(sql);
        made
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("openccu-loom.db")
    }

    pub(crate) fn adopt(&self) -> Result<Adopted, AdoptError> {
        adopt_go_database(&self.path())
    }

    pub(crate) fn run(&self, sql: &str) {
        connect(&self.path()).batch_execute(sql).unwrap();
    }

    /// One column of text, a row an item.
    pub(crate) fn texts(&self, query: &str) -> Vec<String> {
        texts(&self.path(), query)
    }

    /// Every definition and every row of the whole database, in words.
    pub(crate) fn dump(&self) -> Vec<String> {
        let mut lines = self.texts(
            "SELECT type || ' ' || name || ': ' || coalesce(sql, '') AS text FROM sqlite_schema ORDER BY 1",
        );
        for table in self.texts("SELECT name AS text FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
            lines.extend(self.rows(&table));
        }
        lines
    }

    /// Every row of a table, in words that tell types apart.
    pub(crate) fn rows(&self, table: &str) -> Vec<String> {
        let columns = self.texts(&format!("SELECT name AS text FROM pragma_table_info('{table}')"));
        let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        self.texts(&format!(
            "SELECT '{table}: ' || {} AS text FROM \"{table}\" ORDER BY 1",
            quoted.join(" || ', ' || ")
        ))
    }
}

/// One column of text out of any database, a row an item.
pub(crate) fn texts(path: &Path, query: &str) -> Vec<String> {
    let cells: Vec<Cell> = sql_query(query).load(&mut connect(path)).unwrap();
    cells.into_iter().map(|cell| cell.text.unwrap_or_else(|| "NULL".to_owned())).collect()
}

fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Nullable<Text>)]
    text: Option<String>,
}

const SCHEMA: &str = r#"
PRAGMA journal_mode = WAL;
CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
  is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
CREATE TABLE interfaces (central_name TEXT NOT NULL, interface_id TEXT NOT NULL, interface_name TEXT NOT NULL, url TEXT,
  last_seen_version TEXT, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (central_name, interface_id));
CREATE TABLE devices (central_name TEXT NOT NULL, interface_id TEXT NOT NULL, address TEXT NOT NULL, type TEXT, parent TEXT,
  firmware TEXT, model TEXT, manufacturer TEXT, product_group TEXT, hash TEXT, description_json TEXT,
  updated_at TIMESTAMP, PRIMARY KEY (central_name, interface_id, address));
CREATE INDEX devices_by_model ON devices (model);
CREATE TABLE paramsets (central_name TEXT, interface_id TEXT, channel_address TEXT, paramset_key TEXT, hash TEXT,
  paramset_json TEXT, updated_at TIMESTAMP, schema_version INTEGER DEFAULT 3,
  PRIMARY KEY (central_name, interface_id, channel_address, paramset_key)) WITHOUT ROWID;
CREATE INDEX paramsets_by_hash ON paramsets (hash);
CREATE TABLE incidents (id TEXT PRIMARY KEY, central_name TEXT, interface_id TEXT, type TEXT, severity TEXT, message TEXT,
  details TEXT, first_seen TIMESTAMP, last_seen TIMESTAMP, count INTEGER, journal_excerpt TEXT);
CREATE TABLE audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TIMESTAMP NOT NULL, user TEXT, action TEXT,
  device_address TEXT, channel_no INTEGER, paramset TEXT, peer TEXT, parameter TEXT, note TEXT, changes_json TEXT);
CREATE INDEX audit_log_by_timestamp ON audit_log (timestamp);
CREATE TABLE master_values (central_name TEXT, interface_id TEXT, channel_address TEXT, parameter_name TEXT, value_json TEXT,
  updated_at TEXT, PRIMARY KEY (central_name, interface_id, channel_address, parameter_name));
CREATE TABLE values_cache (central_name TEXT, interface_id TEXT, channel_address TEXT, parameter_name TEXT, value_json TEXT,
  value_type TEXT, last_seen_at INTEGER, last_changed_at INTEGER, cache_schema_version INTEGER DEFAULT 1,
  PRIMARY KEY (central_name, interface_id, channel_address, parameter_name));
CREATE TABLE users (subject TEXT PRIMARY KEY, password_hash TEXT NOT NULL, role TEXT NOT NULL, created_at TIMESTAMP,
  updated_at TIMESTAMP, last_seen_at TIMESTAMP);
CREATE TABLE tokens (fingerprint TEXT PRIMARY KEY, token_hash TEXT NOT NULL, subject TEXT, role TEXT, created_at TIMESTAMP,
  last_seen_at TIMESTAMP, expires_at TIMESTAMP);
CREATE TABLE centrals (name TEXT PRIMARY KEY, host TEXT NOT NULL, port INTEGER, json_rpc_port INTEGER, username TEXT,
  password_env TEXT, password_plain TEXT, tls BOOLEAN, tls_insecure_skip_verify BOOLEAN, primary_interface TEXT,
  interfaces_json TEXT, ports_json TEXT, visibility_json TEXT, enabled BOOLEAN DEFAULT 1, created_at TIMESTAMP,
  updated_at TIMESTAMP, behavior_json TEXT DEFAULT '', serial TEXT DEFAULT '', system_type TEXT, api_token_env TEXT,
  api_token_plain TEXT, tls_fingerprint TEXT, api_token_file TEXT);
CREATE TABLE config_sections (section TEXT PRIMARY KEY, value_json TEXT NOT NULL, version INTEGER NOT NULL DEFAULT 1,
  updated_at TIMESTAMP, updated_by TEXT, schema_version INTEGER NOT NULL DEFAULT 0);
CREATE TABLE auth_sessions (id TEXT PRIMARY KEY, subject TEXT, scheme TEXT, role TEXT, token_id TEXT, created_unix INTEGER,
  expires_unix INTEGER);
CREATE TABLE user_preferences (subject TEXT, key TEXT, value_json TEXT, updated_unix INTEGER, PRIMARY KEY (subject, key));
CREATE TABLE matter_fabrics (fabric_index INTEGER PRIMARY KEY, fabric_id BLOB NOT NULL, node_id BLOB, root_public_key BLOB,
  vendor_id INTEGER, label TEXT, compressed_id BLOB, created_at TIMESTAMP, updated_at TIMESTAMP, root_cert BLOB,
  UNIQUE (fabric_id, root_public_key));
CREATE TABLE matter_node_identities (fabric_index INTEGER PRIMARY KEY
  REFERENCES matter_fabrics (fabric_index) ON DELETE CASCADE, noc BLOB, icac BLOB, private_key BLOB, ipk BLOB,
  created_at TIMESTAMP);
CREATE TABLE matter_group_keys (fabric_index INTEGER, group_key_set_id INTEGER, security_policy INTEGER, epoch_key_0 BLOB,
  epoch_key_1 BLOB, epoch_key_2 BLOB, epoch_start_0 INTEGER, epoch_start_1 INTEGER, epoch_start_2 INTEGER,
  PRIMARY KEY (fabric_index, group_key_set_id));
CREATE TABLE matter_group_key_map (fabric_index INTEGER, group_id INTEGER, group_key_set_id INTEGER,
  PRIMARY KEY (fabric_index, group_id));
CREATE TABLE matter_acl_entries (id INTEGER PRIMARY KEY AUTOINCREMENT, fabric_index INTEGER, privilege INTEGER,
  auth_mode INTEGER, subjects_json TEXT, targets_json TEXT, position INTEGER);
CREATE TABLE matter_endpoints (central_name TEXT, device_address TEXT, channel_no INTEGER, dp_kind TEXT, dp_key TEXT,
  endpoint_id INTEGER, device_type INTEGER, created_at TIMESTAMP, updated_at TIMESTAMP,
  PRIMARY KEY (central_name, device_address, channel_no, dp_kind, dp_key));
CREATE TABLE matter_resumption (fabric_index INTEGER, peer_node_id BLOB, resumption_id BLOB UNIQUE, shared_secret BLOB,
  created_at TIMESTAMP, last_used_at TIMESTAMP, cats BLOB, PRIMARY KEY (fabric_index, peer_node_id));
CREATE TABLE matter_exposures (central_name TEXT, device_address TEXT, channel_no INTEGER, dp_kind TEXT, dp_key TEXT,
  enabled BOOLEAN, friendly_name TEXT, actor TEXT, created_at TIMESTAMP, updated_at TIMESTAMP,
  PRIMARY KEY (central_name, device_address, channel_no, dp_kind, dp_key));
CREATE TABLE matter_metadata (key TEXT PRIMARY KEY, value INTEGER NOT NULL);
-- What nothing here knows.
CREATE TABLE alarm_journal (id INTEGER PRIMARY KEY AUTOINCREMENT, central TEXT REFERENCES centrals (name), what TEXT, blob);
CREATE INDEX alarm_journal_by_central ON alarm_journal (central);
CREATE VIEW alarm_centrals AS SELECT name FROM centrals JOIN alarm_journal ON central = name;
CREATE TRIGGER alarm_guard AFTER DELETE ON alarm_journal BEGIN DELETE FROM incidents WHERE id = old.what; END;
"#;

const ROWS: &str = r#"
INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (44, 1), (45, 1);
INSERT INTO interfaces VALUES
  ('haus', 'haus-HmIP-RF', 'HmIP-RF', 'http://ccu:2010', '3.87', '2026-06-08 10:00:00'),
  ('haus', 'haus-CUxD', 'CUxD', NULL, '', NULL);
INSERT INTO devices VALUES
  ('haus', 'haus-HmIP-RF', '000A1', 'HmIP-eTRV-2', '', '1.4', 'Küche', 'eQ-3', NULL, 'abc', '{"ADDRESS":"000A1"}',
   '2026-06-08 12:00:00.123456789 +0200 CEST m=+0.100000001'),
  ('haus', 'haus-HmIP-RF', '000A1:1', NULL, '000A1', NULL, NULL, NULL, NULL, NULL, CAST('{"ADDRESS":"ü"}' AS BLOB), NULL),
  ('haus', 'haus-HmIP-RF', 'BAD', NULL, '', NULL, NULL, NULL, NULL, NULL, '{not json', NULL);
INSERT INTO paramsets (central_name, interface_id, channel_address, paramset_key, hash, paramset_json, updated_at) VALUES
  ('haus', 'haus-HmIP-RF', '000A1:1', 'MASTER', 'h1', '{ "T": 21.50 }', '2026-06-08T10:00:00Z'),
  ('haus', 'haus-HmIP-RF', '000A1:2', 'MASTER', 'h2', '', '2026-06-08T10:00:00Z'),
  ('kein name', 'haus-HmIP-RF', '000A1:3', 'MASTER', 'h3', '{}', '2026-06-08T10:00:00Z');
INSERT INTO incidents VALUES ('i1', 'haus', 'haus-HmIP-RF', 'lost', 'warning', 'weg', NULL, '2026-06-08 10:00:00',
  '2026-06-08 12:00:00 +0200 CEST', NULL, '');
INSERT INTO audit_log VALUES
  (3, '2026-06-08 10:00:00', 'änne', 'user_create', NULL, NULL, NULL, NULL, NULL, 'neu', NULL),
  (7, '2026-06-08T10:00:00.5Z', 'änne', 'paramset_write', '000A1', 0, 'MASTER', '', 'T', '', '[{"parameter":"T"}]');
INSERT INTO audit_log VALUES (90, '2026-06-08 10:00:00', 'x', 'y', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
DELETE FROM audit_log WHERE id = 90;
INSERT INTO master_values VALUES ('haus', 'haus-HmIP-RF', '000A1:1', 'T', '21.5', '2026-06-08T10:00:00.123Z');
INSERT INTO values_cache VALUES ('haus', 'haus-HmIP-RF', '000A1:1', 'LEVEL', '0.5', 'float', 1780912800, 1780912800.0, 1),
  ('haus', 'haus-HmIP-RF', '000A1:1', 'STATE', 'true', 'complex', 1780912800, 1780912800, 1);
INSERT INTO users VALUES
  ('Änne', '$2a$12$hash', 'admin', '2026-06-08 10:00:00', '2026-06-08 12:00:00.123456789 +0200 CEST m=+0.1', NULL),
  ('gast', '$2a$12$other', 'viewer', NULL, '2026-06-08T12:00:00+02:00', '0001-01-01 00:00:00 +0000 UTC');
INSERT INTO tokens VALUES ('aaaaaaaaaaaa', 'aaaaaaaaaaaa0000', 'Änne', 'operator', '2026-06-08 10:00:00', '', NULL),
  ('bbbbbbbbbbbb', 'bbbbbbbbbbbb0000', 'gast', 'viewer', 1780912800, NULL, '2027-06-08 12:00:00 +0200 CEST');
INSERT INTO centrals VALUES
  ('haus', 'ccu.local', 2001, 0, 'loom', '', 'enc:v1:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGk=', 'true', 0, '',
   '["HmIP-RF","CUxD"]', 'null', '', 1, '2026-06-08 10:00:00', '2026-06-08 10:00:00', '{"a":[1, 2]}', '', 'ccu3', '', NULL,
   '', ''),
  ('garten', '192.0.2.17', NULL, NULL, NULL, 'GARTEN', NULL, NULL, NULL, NULL, NULL, '{"HmIP-RF":2010}', NULL, 0, NULL, NULL,
   NULL, NULL, NULL, NULL, 'clear token', NULL, NULL);
INSERT INTO config_sections VALUES
  ('north.mqtt', '{"password":"enc:v1:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGk=", "port": 1883}', 3,
   '2026-02-03T04:05:06Z', 'änne', 1),
  ('locale', CAST('{"language":"de"}' AS BLOB), '2', NULL, NULL, 1);
INSERT INTO auth_sessions VALUES ('raw-cookie-value', 'Änne', 'session', 'admin', '', 1780912800, 1780999200);
INSERT INTO user_preferences VALUES ('Änne', 'theme', '"dark"', 1780912800);
INSERT INTO matter_fabrics VALUES (1, x'0000000000000001', x'0000000000000002', x'04aa', 65521, NULL, x'0303', '2026-06-08 10:00:00',
  '2026-06-08 10:00:00', NULL);
INSERT INTO matter_node_identities VALUES (1, x'1530', x'', x'a1', 'ipk as text', '2026-06-08 10:00:00');
INSERT INTO matter_group_keys VALUES (1, 42, 0, x'01', NULL, NULL, 0, NULL, NULL);
INSERT INTO matter_group_key_map VALUES (1, 7, 42);
INSERT INTO matter_acl_entries VALUES (5, 1, 5, 2, '[112233]', 'null', 0);
INSERT INTO matter_endpoints VALUES ('haus', '000A1', 1, 'custom', 'climate', 2, 769, '2026-06-08 10:00:00', NULL);
INSERT INTO matter_resumption VALUES (1, x'02', x'03', x'04', '2026-06-08 10:00:00', '2026-06-08 10:00:00', x'05');
INSERT INTO matter_exposures VALUES ('haus', '000A1', 1, 'custom', 'climate', 'true', 'Heizung', '', NULL, NULL);
INSERT INTO matter_metadata VALUES ('next_fabric_index', 4), ('next_endpoint_id', 3);
INSERT INTO alarm_journal VALUES (12, 'haus', 'Fenster', x'00ff');
"#;
