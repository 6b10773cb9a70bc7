//! A death right before the commit, and that the lists of tables are those of the schema.

use super::tables::{DISPENSABLE, NOT_IN_COMMON, RECORDS};
use super::*;
use crate::inspect::{NumberRow, ordinary_tables};
use diesel::{RunQueryDsl, sql_query};
use std::fs;
use tempfile::TempDir;

const ROWS: i64 = 2000;

#[test]
fn the_lists_name_every_table_of_the_schema() {
    let mut connection = SqliteConnection::establish(":memory:").unwrap();
    migrate(&mut connection).unwrap();
    let mut ours = ordinary_tables(&mut connection).unwrap();
    ours.retain(|table| table != "__diesel_schema_migrations");
    let mut listed: Vec<_> = [&DISPENSABLE[..], &RECORDS, &NOT_IN_COMMON].concat();
    listed.retain(|table| *table != "goose_db_version");
    listed.sort_unstable();
    assert_eq!(ours, listed);
}

#[test]
fn whoever_dies_right_before_the_commit_leaves_the_go_database() {
    let dir = TempDir::new().unwrap();
    let [live, dead] = ["live.db", "dead.db"].map(|name| dir.path().join(name));
    let mut keeps_the_log = SqliteConnection::establish(live.to_str().unwrap()).unwrap();
    keeps_the_log
        .batch_execute(&format!(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id INTEGER, is_applied INTEGER);
             INSERT INTO goose_db_version VALUES (1, 45, 1);
             CREATE TABLE users (subject TEXT PRIMARY KEY, password_hash TEXT, role TEXT);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {ROWS})
             INSERT INTO users SELECT 'u' || i, hex(randomblob(200)), 'admin' FROM n;
             PRAGMA wal_checkpoint(TRUNCATE);"
        ))
        .unwrap();

    let mut connection = connect(&live).unwrap();
    // So few pages in memory that most of the work is in the log before the commit.
    connection.batch_execute("PRAGMA cache_size = 10").unwrap();
    let died: Result<(), Stop> = connection.immediate_transaction(|connection| {
        assert_eq!(adopt(connection)?.rows["users"].cast_signed(), ROWS);
        fs::copy(&live, &dead).unwrap();
        assert!(fs::copy(live.with_extension("db-wal"), dead.with_extension("db-wal")).unwrap() > 500_000);
        Err(Stop::NothingToAdopt)
    });
    assert!(died.is_err());

    for path in [&live, &dead] {
        let mut after = connect(path).unwrap();
        assert_eq!(ordinary_tables(&mut after).unwrap(), ["goose_db_version", "users"]);
        assert_eq!(count(&mut after, "users"), Some(ROWS));
        drop(after);
        assert_eq!(adopt_go_database(path).unwrap().rows["users"].cast_signed(), ROWS);
        assert_eq!(count(&mut connect(path).unwrap(), "users WHERE role = 'admin'"), Some(ROWS));
    }
}

fn count(connection: &mut SqliteConnection, of: &str) -> Option<i64> {
    sql_query(format!("SELECT count(*) AS value FROM {of}"))
        .get_result::<NumberRow>(connection)
        .unwrap()
        .value
}
