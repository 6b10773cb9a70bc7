//! What is not adopted, and that it is left as it was.

use crate::go_database::{COOKIE, GoDatabase};
use loom_adapter_sqlite::{AdoptError, OpenError, SqliteStateStore, adopt_go_database};
use tempfile::TempDir;

#[test]
fn a_row_that_must_not_be_lost_stops_everything_and_nothing_has_changed() {
    let cases = [
        ("UPDATE users SET role = 'owner' WHERE subject = 'gast'", "users", "gast", "role: is no known role"),
        ("INSERT INTO users VALUES ('änne', 'h', 'admin', NULL, NULL, NULL)", "users", "änne", "same key"),
        ("UPDATE users SET created_at = 'neulich'", "users", "Änne", "created_at: is no time"),
        (
            "UPDATE users SET subject = 'a b' WHERE subject = 'gast'",
            "users",
            "a b",
            "subject: is no user name",
        ),
        ("UPDATE users SET password_hash = ''", "users", "Änne", "password_hash: is missing"),
        ("UPDATE tokens SET expires_at = 'nie'", "tokens", "aaaaaaaaaaaa", "expires_at: is no time"),
        (
            "UPDATE centrals SET name = 'gäste' WHERE name = 'garten'",
            "centrals",
            "gäste",
            "name: is no central name",
        ),
        ("UPDATE centrals SET port = 70000", "centrals", "haus", "port: `70000` is out of range"),
        ("UPDATE centrals SET interfaces_json = '{}'", "centrals", "haus", "interfaces_json: is no list"),
        ("UPDATE centrals SET ports_json = '{'", "centrals", "haus", "ports_json: is no JSON"),
        (
            "UPDATE config_sections SET value_json = 'geheim'",
            "config_sections",
            "north.mqtt",
            "value_json: is no JSON",
        ),
        (
            "UPDATE config_sections SET version = 'drei'",
            "config_sections",
            "north.mqtt",
            "version: is no whole number",
        ),
        (
            "UPDATE audit_log SET timestamp = x'ff' WHERE id = 7",
            "audit_log",
            "7",
            "timestamp: is no UTF-8 text",
        ),
        ("UPDATE matter_acl_entries SET privilege = 6", "matter_acl_entries", "5", "CHECK constraint failed"),
        ("UPDATE matter_node_identities SET noc = NULL", "matter_node_identities", "1", "noc: is missing"),
        (
            "UPDATE matter_metadata SET value = 'vier'",
            "matter_metadata",
            "next_fabric_index",
            "value: is no whole number",
        ),
    ];
    for (damage, table, row, reason) in cases {
        let database = GoDatabase::with(damage);
        let before = database.dump();
        let error = database.adopt().unwrap_err();
        let AdoptError::Row { table: told_table, row: told_row, reason: told_reason, .. } = &error else {
            panic!("{damage}: {error}")
        };
        assert_eq!((told_table.as_str(), told_row.as_str()), (table, row), "{damage}: {error}");
        assert!(told_reason.contains(reason), "{damage}: {error}");
        assert!(error.to_string().contains("\nhint: "), "{error}");
        for secret in [COOKIE, "geheim", "enc:v1", "$2a$"] {
            assert!(!format!("{error} {error:?}").contains(secret), "{damage}: {error}");
        }
        assert_eq!(database.dump(), before, "{damage}");
        let refusal = SqliteStateStore::open(&database.path()).err().unwrap();
        assert!(matches!(refusal, OpenError::GoDaemon { schema_version: Some(45), .. }), "{damage}");
    }
}

#[test]
fn a_statement_that_fails_in_the_middle_changes_nothing() {
    // An index of a name that our schema needs, on a table that stays as it is.
    let database = GoDatabase::with("CREATE INDEX tokens_by_hash ON alarm_journal (what)");
    let before = database.dump();
    let error = database.adopt().unwrap_err();
    assert!(matches!(error, AdoptError::Unavailable { .. }), "{error}");
    assert!(error.to_string().contains("tokens_by_hash"), "{error}");
    assert_eq!(database.dump(), before);
    database.run("DROP INDEX tokens_by_hash");
    database.adopt().unwrap();
}

#[test]
fn a_newer_go_daemon_is_refused() {
    let database = GoDatabase::with("INSERT INTO goose_db_version (version_id, is_applied) VALUES (46, 1)");
    let before = database.dump();
    let error = database.adopt().unwrap_err();
    assert!(matches!(error, AdoptError::Newer { found: 46, known: 45, .. }), "{error}");
    let path = database.path();
    assert_eq!(
        error.to_string().replace(path.to_str().unwrap(), "DB"),
        "`DB` is a state database of a Go daemon with schema version 46, newer than this binary can adopt (45)\n\
         hint: a newer version of OpenCCU-Loom may adopt it; until then the Go daemon that wrote it goes on with it"
    );
    assert_eq!(database.dump(), before);
}

#[test]
fn a_database_is_adopted_once() {
    let database = GoDatabase::with("");
    database.adopt().unwrap();
    let before = database.dump();
    let error = database.adopt().unwrap_err();
    assert!(matches!(error, AdoptError::NotOfAGoDaemon { .. }), "{error}");
    assert_eq!(database.dump(), before);
}

#[test]
fn what_is_no_database_of_a_go_daemon_is_refused_and_nothing_is_created() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("missing.db");
    let error = adopt_go_database(&missing).unwrap_err();
    assert!(matches!(error, AdoptError::Unavailable { .. }), "{error}");
    assert!(!missing.exists());

    let ours = dir.path().join("ours.db");
    drop(SqliteStateStore::open(&ours).unwrap());
    let unversioned = GoDatabase::with("DELETE FROM goose_db_version");
    for path in [ours, unversioned.path()] {
        let error = adopt_go_database(&path).unwrap_err();
        assert!(matches!(error, AdoptError::NotOfAGoDaemon { .. }), "{error}");
    }
    let noise = dir.path().join("noise.db");
    std::fs::write(&noise, [b'x'; 8192]).unwrap();
    let error = adopt_go_database(&noise).unwrap_err();
    assert!(matches!(error, AdoptError::Unavailable { .. }), "{error}");
    assert_eq!(std::fs::read(&noise).unwrap(), [b'x'; 8192]);
}
