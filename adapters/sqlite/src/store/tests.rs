//! Proves what the pool promises: settings on every connection, writers that wait, readers that need not.

use super::*;
use crate::connection::connect;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryDsl, QueryableByName, RunQueryDsl, sql_query};
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::Centrals;
use tempfile::TempDir;

#[derive(QueryableByName, Debug, PartialEq)]
struct Set {
    #[diesel(sql_type = BigInt)]
    busy_timeout: i64,
    #[diesel(sql_type = Text)]
    journal_mode: String,
    #[diesel(sql_type = BigInt)]
    foreign_keys: i64,
    #[diesel(sql_type = BigInt)]
    synchronous: i64,
    #[diesel(sql_type = BigInt)]
    cache_size: i64,
    #[diesel(sql_type = BigInt)]
    temp_store: i64,
}

diesel::table! {
    matter_metadata (key) { key -> Text, value -> BigInt, }
}

fn fresh() -> (SqliteStateStore, TempDir) {
    let dir = TempDir::new().unwrap();
    (SqliteStateStore::open(&dir.path().join("state.db")).unwrap(), dir)
}

fn central(n: u32) -> Central {
    Central::new(CentralName::parse(&format!("c{n}")).unwrap(), "host", jiff::Timestamp::UNIX_EPOCH)
}

#[test]
fn every_connection_of_the_pool_has_the_settings() {
    let (store, _dir) = fresh();
    let mut all: Vec<_> = (0..MOST_CONNECTIONS).map(|_| store.pool.get().unwrap()).collect();
    let query = "SELECT (SELECT timeout FROM pragma_busy_timeout) AS busy_timeout, journal_mode, foreign_keys, \
                 synchronous, cache_size, temp_store FROM pragma_journal_mode, pragma_foreign_keys, \
                 pragma_synchronous, pragma_cache_size, pragma_temp_store";
    let expected = Set {
        busy_timeout: 5000,
        journal_mode: "wal".to_owned(),
        foreign_keys: 1,
        synchronous: 1,
        cache_size: -20_000,
        temp_store: 2,
    };
    for connection in &mut all {
        assert_eq!(sql_query(query).get_result::<Set>(&mut **connection).unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_get_through_while_many_writers_wait_for_another_process() {
    let (store, dir) = fresh();
    let mut other = connect(&dir.path().join("state.db")).unwrap();
    other.batch_execute("BEGIN IMMEDIATE").unwrap();
    let writers: Vec<_> = (0..3 * MOST_CONNECTIONS)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.put_central(&central(n)).await })
        })
        .collect();
    for _ in 0..100 {
        assert_eq!(store.list_centrals().await.unwrap(), []);
    }
    other.batch_execute("COMMIT").unwrap();
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(store.list_centrals().await.unwrap().len(), 48);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_two_stores_on_one_file_wait_for_each_other() {
    let (first, dir) = fresh();
    let second = SqliteStateStore::open(&dir.path().join("state.db")).unwrap();
    let writers = [(first.clone(), 0), (second, 100)].map(|(store, from)| {
        tokio::spawn(async move {
            for n in from..from + 100 {
                store.put_central(&central(n)).await.unwrap();
            }
        })
    });
    for writer in writers {
        writer.await.unwrap();
    }
    assert_eq!(first.list_centrals().await.unwrap().len(), 200);
}

#[tokio::test]
async fn a_write_that_fails_half_way_leaves_nothing_behind() {
    let (store, _dir) = fresh();
    let failed: Result<(), _> = store
        .write(|connection| {
            sql_query("INSERT INTO matter_metadata VALUES ('half', 1)").execute(connection)?;
            Err(Error::TooLarge(1))
        })
        .await;
    assert!(matches!(failed, Err(StoreError::Unavailable(_))));
    let left = store
        .read(|connection| {
            Ok(sql_query("DELETE FROM matter_metadata WHERE key = 'half'").execute(connection)?)
        })
        .await;
    assert_eq!(left.unwrap(), 0);
}

#[tokio::test]
async fn a_reader_sees_one_instant_while_another_writes() {
    let (store, dir) = fresh();
    let mut other = connect(&dir.path().join("state.db")).unwrap();
    let seen = store.read(move |connection| {
        let keys = || matter_metadata::table.count();
        let before: i64 = keys().get_result(connection)?;
        other.batch_execute("INSERT INTO matter_metadata VALUES ('new', 1)")?;
        let after: i64 = keys().get_result(connection)?;
        Ok((before, after))
    });
    assert_eq!(seen.await.unwrap(), (1, 1));
}

#[tokio::test]
async fn a_durable_write_is_brought_to_the_disk_and_later_ones_as_usual() {
    #[derive(QueryableByName)]
    struct Level {
        #[diesel(sql_type = BigInt)]
        synchronous: i64,
    }
    let level = |connection: &mut SqliteConnection| {
        Ok(sql_query("PRAGMA synchronous").get_result::<Level>(connection)?.synchronous)
    };
    let (store, _dir) = fresh();
    assert_eq!(store.write_durably(level).await.unwrap(), 2);
    assert_eq!(store.write(level).await.unwrap(), 1);
    let refused =
        store.write_durably(|_| Err::<(), _>(StoreError::NoMasterKey("field".to_owned()).into())).await;
    refused.unwrap_err();
    assert_eq!(store.write(level).await.unwrap(), 1);
}
