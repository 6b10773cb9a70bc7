//! What is true of snapshots of SQLite databases beyond their contract.

use crate::bed::{SqliteBed, connect, count};
use diesel::SqliteConnection;
use diesel::connection::SimpleConnection;
use loom_adapter_sqlite::SqliteStateStore;
use loom_contract::database_bed::DatabaseBed;
use loom_domain::archive::{MemberPath, SchemaLineage};
use loom_domain::ports::{MAX_CHUNK_BYTES, Progress, Silent, Snapshot, SnapshotError, Stage};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

const ROWS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
                    INSERT INTO t SELECT i, hex(randomblob(400)) FROM n;";

async fn take(bed: &SqliteBed, name: &str) -> Result<Snapshot, SnapshotError> {
    bed.snapshots().take_snapshot(&MemberPath::parse(name.as_bytes()).unwrap(), &Silent).await
}

/// Reads a snapshot back into a database.
async fn read_back(bed: &SqliteBed, mut snapshot: Snapshot) -> (PathBuf, SqliteConnection) {
    let mut bytes = Vec::new();
    while let Some(chunk) = snapshot.content.next_chunk().await.unwrap() {
        assert!((1..=MAX_CHUNK_BYTES).contains(&chunk.len()));
        bytes.extend_from_slice(&chunk);
    }
    let location = bed.stage(&bytes);
    let connection = connect(&location);
    (location, connection)
}

#[tokio::test]
async fn a_snapshot_is_taken_beside_an_open_state_store() {
    let bed = SqliteBed::new();
    let store = SqliteStateStore::open(&bed.main()).unwrap();
    let snapshot = take(&bed, "openccu-loom.db").await.unwrap();
    assert_eq!(snapshot.facts.lineage, SchemaLineage::Loom);
    drop(store);
}

#[tokio::test]
async fn content_larger_than_a_chunk_comes_back_whole_after_the_data_dir_is_gone() {
    let bed = SqliteBed::new();
    bed.create(&bed.data_dir().join("x.db"), &format!("CREATE TABLE t (i, x); {ROWS}"));
    let snapshot = take(&bed, "x.db").await.unwrap();
    assert!(snapshot.bytes > MAX_CHUNK_BYTES as u64);
    assert_eq!(snapshot.facts.tables["t"], 2000);
    fs::remove_dir_all(bed.data_dir()).unwrap();
    let (location, mut connection) = read_back(&bed, snapshot).await;
    assert_eq!(count(&mut connection, "t"), 2000);
    assert_eq!(bed.judge().judge(&location).await.unwrap().problems, [""; 0]);
}

#[tokio::test]
async fn the_goose_lineage_is_read_from_applied_versions_only() {
    let bed = SqliteBed::new();
    bed.create(
        &bed.main(),
        "CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id, is_applied, tstamp);
         INSERT INTO goose_db_version VALUES (1, 0, 1, ''), (2, 44, 1, ''), (3, 45, 0, '');",
    );
    let facts = take(&bed, "openccu-loom.db").await.unwrap().facts;
    assert_eq!((facts.lineage, facts.schema_version), (SchemaLineage::Goose, Some(44)));
}

#[tokio::test]
async fn virtual_tables_and_their_content_are_not_counted_but_copied() {
    let bed = SqliteBed::new();
    bed.create(
        &bed.data_dir().join("x.db"),
        "CREATE VIRTUAL TABLE notes USING fts5(text); INSERT INTO notes VALUES ('hello world');
         CREATE TABLE notes_of_mine (x); CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT);
         CREATE VIEW shown AS SELECT 1;",
    );
    let snapshot = take(&bed, "x.db").await.unwrap();
    assert_eq!(snapshot.facts.tables.keys().collect::<Vec<_>>(), ["counted", "notes_of_mine"]);
    let (_, mut connection) = read_back(&bed, snapshot).await;
    assert_eq!(count(&mut connection, "notes WHERE notes MATCH 'world'"), 1);
}

#[tokio::test]
async fn a_database_with_a_rollback_journal_is_snapshotted_beside_its_writer() {
    let bed = SqliteBed::new();
    let path = bed.data_dir().join("x.db");
    let mut writer = connect(&path);
    writer
        .batch_execute("PRAGMA journal_mode = DELETE; CREATE TABLE t (x); INSERT INTO t VALUES (1);")
        .unwrap();
    writer.batch_execute("BEGIN IMMEDIATE; INSERT INTO t VALUES (2);").unwrap();
    assert!(bed.data_dir().join("x.db-journal").exists());
    assert_eq!(take(&bed, "x.db").await.unwrap().facts.tables["t"], 1);
    writer.batch_execute("COMMIT").unwrap();
    assert_eq!(take(&bed, "x.db").await.unwrap().facts.tables["t"], 2);
}

#[tokio::test]
async fn a_locked_database_is_waited_for() {
    let bed = SqliteBed::new();
    let mut writer = connect(&bed.data_dir().join("x.db"));
    writer.batch_execute("PRAGMA journal_mode = DELETE; CREATE TABLE t (x); BEGIN EXCLUSIVE;").unwrap();
    let (snapshot, ()) = tokio::join!(take(&bed, "x.db"), async {
        // Long enough for the reader to meet the lock; it waits for seconds.
        tokio::time::sleep(Duration::from_millis(150)).await;
        writer.batch_execute("COMMIT").unwrap();
    });
    assert_eq!(snapshot.unwrap().facts.tables["t"], 0);
}

#[tokio::test]
async fn what_a_dead_writer_left_in_a_journal_is_rolled_back_in_the_snapshot_only() {
    let bed = SqliteBed::new();
    let elsewhere = bed.stage(b"");
    let mut writer = connect(&elsewhere);
    let create =
        format!("PRAGMA journal_mode = DELETE; CREATE TABLE t (i, x); {ROWS} PRAGMA cache_size = 5;");
    writer.batch_execute(&create).unwrap();
    writer.batch_execute("BEGIN; UPDATE t SET x = 'half'; DELETE FROM t WHERE i > 1000;").unwrap();
    for ending in ["", "-journal"] {
        let from = format!("{}{ending}", elsewhere.display());
        fs::copy(from, bed.data_dir().join(format!("x.db{ending}"))).unwrap();
    }
    let before = bed.files();
    let snapshot = take(&bed, "x.db").await.unwrap();
    assert_eq!(bed.files(), before);
    let (location, mut connection) = read_back(&bed, snapshot).await;
    assert_eq!(count(&mut connection, "t"), 2000);
    assert_eq!(count(&mut connection, "t WHERE x = 'half'"), 0);
    assert_eq!(bed.judge().judge(&location).await.unwrap().problems, [""; 0]);
    assert_eq!(bed.kept_bytes(), 0);
}

#[tokio::test]
async fn a_log_without_shared_memory_is_part_of_the_snapshot() {
    let bed = SqliteBed::new();
    let elsewhere = bed.stage(b"");
    let mut writer = connect(&elsewhere);
    let create = "PRAGMA journal_mode = WAL; CREATE TABLE t (x); PRAGMA wal_checkpoint(TRUNCATE);
                  INSERT INTO t VALUES (1), (2), (3);";
    writer.batch_execute(create).unwrap();
    for ending in ["", "-wal"] {
        let from = format!("{}{ending}", elsewhere.display());
        fs::copy(from, bed.data_dir().join(format!("x.db{ending}"))).unwrap();
    }
    // A user who may write makes shared memory; any other copies the files. Root may always write.
    for mode in [0o700, 0o500] {
        let before = bed.files();
        fs::set_permissions(bed.data_dir(), Permissions::from_mode(mode)).unwrap();
        let snapshot = take(&bed, "x.db").await;
        fs::set_permissions(bed.data_dir(), Permissions::from_mode(0o700)).unwrap();
        assert_eq!(snapshot.unwrap().facts.tables["t"], 3, "{mode:o}");
        assert_eq!(bed.files(), before, "{mode:o}");
        drop(fs::remove_file(bed.data_dir().join("x.db-shm")));
    }
    assert_eq!(bed.kept_bytes(), 0);
}

#[tokio::test]
async fn a_database_in_a_folder_that_cannot_be_written_is_snapshotted() {
    let bed = SqliteBed::new();
    bed.create_main();
    bed.commit_pair();
    bed.close();
    fs::set_permissions(bed.data_dir(), Permissions::from_mode(0o500)).unwrap();
    let snapshot = take(&bed, "openccu-loom.db").await;
    fs::set_permissions(bed.data_dir(), Permissions::from_mode(0o700)).unwrap();
    assert_eq!(snapshot.unwrap().facts.tables["users"], 1);
}

#[tokio::test]
async fn a_stranger_is_named_by_its_tables() {
    let bed = SqliteBed::new();
    bed.create_foreign("openccu-loom.db");
    let error = take(&bed, "openccu-loom.db").await.unwrap_err().to_string();
    assert_eq!(error, "`openccu-loom.db` is no OpenCCU-Loom database: its tables are `notes`, `tags`");
}

#[tokio::test]
async fn a_folder_in_place_of_a_database_is_foreign() {
    let bed = SqliteBed::new();
    fs::create_dir(bed.main()).unwrap();
    let error = take(&bed, "openccu-loom.db").await.unwrap_err();
    assert!(matches!(&error, SnapshotError::Foreign { .. }), "{error}");
}

#[tokio::test]
async fn a_missing_scratch_folder_is_unavailable() {
    let bed = SqliteBed::new();
    bed.create_main();
    fs::remove_dir(bed.scratch_dir()).unwrap();
    let error = take(&bed, "openccu-loom.db").await.unwrap_err();
    assert!(matches!(&error, SnapshotError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn a_snapshot_is_private_and_soon_without_a_name() {
    let bed = SqliteBed::new();
    bed.create_main();
    let snapshot = take(&bed, "openccu-loom.db").await.unwrap();
    assert_eq!(fs::read_dir(bed.scratch_dir()).unwrap().count(), 0);
    assert_eq!(bed.kept_bytes(), snapshot.bytes);
}

#[tokio::test]
async fn progress_begins_with_an_estimate_and_ends_with_the_size() {
    #[derive(Default)]
    struct Told(Mutex<Vec<(Option<u64>, u64)>>);
    impl Progress for Told {
        fn begin(&self, stage: Stage, object: &str, total_bytes: Option<u64>) {
            assert_eq!((stage, object), (Stage::Snapshot, "x.db"));
            self.0.lock().unwrap().push((total_bytes, 0));
        }
        fn reached(&self, bytes: u64) {
            self.0.lock().unwrap().push((None, bytes));
        }
    }
    let bed = SqliteBed::new();
    bed.create(&bed.data_dir().join("x.db"), &format!("CREATE TABLE t (i, x); {ROWS}"));
    let told = Told::default();
    let path = MemberPath::parse(b"x.db").unwrap();
    let snapshot = bed.snapshots().take_snapshot(&path, &told).await.unwrap();
    let told = told.0.into_inner().unwrap();
    assert_eq!(told.first(), Some(&(Some(snapshot.bytes), 0)));
    assert_eq!(told.last(), Some(&(None, snapshot.bytes)));
}
