//! What a store opens, what it refuses and how, and what it leaves on the disk.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use jiff::Timestamp;
use loom_adapter_sqlite::{OpenError, SqliteStateStore};
use loom_domain::central::{Central, CentralName};
use loom_domain::config_batch::ConfigBatch;
use loom_domain::ports::{Centrals, ConfigBatches};
use std::ffi::OsStr;
use std::os::unix::{ffi::OsStrExt, fs::PermissionsExt};
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::{fs, io, thread};
use tempfile::TempDir;

fn database(path: &Path, sql: &str) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute(sql).unwrap();
    connection
}

fn home() -> Central {
    Central::new(CentralName::parse("home").unwrap(), "ccu.local", Timestamp::UNIX_EPOCH)
}

fn refusal(path: &Path) -> OpenError {
    SqliteStateStore::open(path).err().unwrap()
}

#[tokio::test]
async fn a_store_opened_again_still_has_its_data() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("openccu-loom.db");
    let seeding = ConfigBatch {
        centrals: vec![home()],
        seeded_at: Some(Timestamp::UNIX_EPOCH),
        ..ConfigBatch::default()
    };
    SqliteStateStore::open(&path).unwrap().apply_config(&seeding).await.unwrap();
    let again = SqliteStateStore::open(&path).unwrap();
    assert_eq!(again.list_centrals().await.unwrap(), [home()]);
    assert_eq!(again.seeded_at().await.unwrap(), seeding.seeded_at);
}

#[tokio::test]
async fn no_character_of_a_path_means_anything_but_itself() {
    let dir = TempDir::new().unwrap();
    let names: [&OsStr; 7] = [
        OsStr::new("mit leerzeichen und ümläut.db"),
        OsStr::new("state.db?mode=memory"),
        OsStr::new("file:state.db"),
        OsStr::new("100%25#fragment.db"),
        OsStr::new(":memory:"),
        OsStr::new("'quoted\" & more\n.db"),
        OsStr::from_bytes(b"not-utf-8-\xff.db"),
    ];
    for name in names {
        let path = dir.path().join(name);
        SqliteStateStore::open(&path).unwrap().put_central(&home()).await.unwrap();
        assert!(fs::read(&path).unwrap().starts_with(b"SQLite format 3\0"), "{name:?}");
        assert_eq!(
            SqliteStateStore::open(&path).unwrap().list_centrals().await.unwrap(),
            [home()],
            "{name:?}"
        );
    }
    let found = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(found.filter(|name| names.contains(&name.as_os_str())).count(), names.len());
}

#[test]
fn a_path_with_a_nul_byte_or_without_a_folder_is_refused() {
    let dir = TempDir::new().unwrap();
    for name in ["state\0.db", "missing/state.db"] {
        let error = refusal(&dir.path().join(name));
        assert!(matches!(error, OpenError::Unavailable { .. }), "{error}");
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_new_database_and_what_lies_beside_it_is_readable_by_its_owner_only() {
    let dir = TempDir::new().unwrap();
    let _store = SqliteStateStore::open(&dir.path().join("openccu-loom.db")).unwrap();
    let entries: io::Result<Vec<_>> = fs::read_dir(dir.path()).unwrap().collect();
    let mut names = Vec::new();
    for entry in entries.unwrap() {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    let expected =
        ["openccu-loom.db", "openccu-loom.db-migrate.lock", "openccu-loom.db-shm", "openccu-loom.db-wal"];
    assert_eq!(names, expected);
}

#[test]
fn many_who_open_a_new_database_at_once_all_succeed() {
    for _ in 0..5 {
        let dir = TempDir::new().unwrap();
        let start = Arc::new(Barrier::new(8));
        let openers: Vec<_> = (0..8)
            .map(|_| {
                let (path, start) = (dir.path().join("openccu-loom.db"), Arc::clone(&start));
                thread::spawn(move || {
                    start.wait();
                    SqliteStateStore::open(&path).map(drop)
                })
            })
            .collect();
        for opener in openers {
            opener.join().unwrap().unwrap();
        }
    }
}

#[test]
fn a_database_of_the_go_daemon_is_refused_by_name_and_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("openccu-loom.db");
    drop(database(
        &path,
        "PRAGMA journal_mode = WAL;
         CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
                                        is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
         INSERT INTO goose_db_version (version_id, is_applied) VALUES (0, 1), (44, 1), (45, 1), (46, 0);
         CREATE TABLE centrals (name TEXT PRIMARY KEY);",
    ));
    let before = fs::read(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::GoDaemon { schema_version: Some(45), .. }), "{error}");
    assert_eq!(
        error.to_string().replace(path.to_str().unwrap(), "DB"),
        "`DB` is a state database of the Go daemon (schema version 45), which cannot be opened before it was adopted\n\
         hint: starting the daemon adopts it, after taking a backup"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("other.db");
    drop(database(&path, "CREATE TABLE recipes (name TEXT); INSERT INTO recipes VALUES ('Käsespätzle');"));
    let before = fs::read(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_database_of_a_newer_release_is_refused_and_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("openccu-loom.db");
    drop(SqliteStateStore::open(&path).unwrap());
    drop(database(&path, "INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000999')"));
    let error = refusal(&path);
    assert!(matches!(error, OpenError::Newer { found: 999, .. }), "{error}");
    assert!(error.to_string().contains("newer than this binary supports"), "{error}");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let dir = TempDir::new().unwrap();
    for (name, content) in
        [("short", &b"xy"[..]), ("long", &[b'x'; 8192]), ("almost", b"SQLite format 4\0...")]
    {
        let path = dir.path().join(name);
        fs::write(&path, content).unwrap();
        let error = refusal(&path);
        assert!(matches!(error, OpenError::NotADatabase { .. }), "{error}");
        assert_eq!(fs::read(&path).unwrap(), content);
    }
    let error = refusal(dir.path());
    assert!(matches!(error, OpenError::Unavailable { .. }), "{error}");
}

#[test]
fn an_empty_file_becomes_a_database() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("openccu-loom.db");
    fs::write(&path, "").unwrap();
    SqliteStateStore::open(&path).unwrap();
    assert!(fs::read(&path).unwrap().starts_with(b"SQLite format 3\0"));
}
