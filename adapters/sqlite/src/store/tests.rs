//! Proves what the pool promises: settings on every connection, writers that wait, readers that need not.

use super::*;
use crate::connection::connect;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryDsl, QueryableByName, RunQueryDsl, sql_query};
use jiff::Timestamp;
use loom_domain::account::Subject;
use loom_domain::audit::AuditEntry;
use loom_domain::audit_trail::{Actor, AuditAction, AuditDraft};
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreState, CcuRestoreStep};
use loom_domain::central::{Central, CentralName};
use loom_domain::config_batch::ConfigBatch;
use loom_domain::device::InterfaceRef;
use loom_domain::fabric::FabricIndex;
use loom_domain::ports::*;
use loom_domain::secret::SecretText;
use std::os::unix::fs::MetadataExt;
use std::pin::Pin;
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
    Central::new(CentralName::parse(&format!("c{n}")).unwrap(), "host", Timestamp::UNIX_EPOCH)
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
        synchronous: 2,
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
async fn what_cannot_come_again_is_brought_to_the_disk_before_a_write_returns() {
    const FULL: i64 = 2;
    const NORMAL: i64 = 1;
    let dir = TempDir::new().unwrap();
    // Of one connection, so that what a write set is seen afterwards. In a transaction it cannot be changed.
    let store = &SqliteStateStore::open_with(&dir.path().join("state.db"), 1).unwrap();
    let name = &CentralName::parse("home").unwrap();
    let interface = &InterfaceRef { central: name.clone(), interface_id: "HmIP-RF".to_owned() };
    let fabric = FabricIndex::parse(1).unwrap();
    let anna = &Subject::parse("anna").unwrap();
    let backup = &CcuBackupId::parse("a").unwrap();
    let (entry, restore) = (&audit_entry(), &restore(name, backup));
    let (batch, session) = (&ConfigBatch::default(), &SecretText::new("session".to_owned()));
    let roles: [(&str, i64, BoxFuture<'_>); 15] = [
        ("Centrals", FULL, done(store.remove_central(name))),
        ("ConfigSections", FULL, done(store.remove_section("logging"))),
        ("ConfigBatches", FULL, done(store.apply_config(batch))),
        ("Users", FULL, done(store.remove_user(anna))),
        ("Tokens", FULL, done(store.remove_token("fingerprint"))),
        ("Sessions", FULL, done(store.remove_session(session))),
        ("AuditLog", FULL, done(store.append_audit(entry))),
        ("MatterFabrics", FULL, done(store.remove_fabric(fabric))),
        ("MatterIdentities", FULL, done(store.put_acl(fabric, &[]))),
        ("CcuBackups", FULL, done(store.remove_ccu_backup(backup))),
        ("CcuRestores", FULL, done(store.update_ccu_restore(restore))),
        ("Devices", NORMAL, done(store.remove_device(interface, "address"))),
        ("Paramsets", NORMAL, done(store.remove_paramsets_of(interface))),
        ("Interfaces", NORMAL, done(store.drop_interface(interface))),
        ("LastSeen", NORMAL, done(store.note_users_seen(&[]))),
    ];
    for (role, wanted, write) in roles {
        store.run(|connection| Ok(connection.batch_execute("PRAGMA synchronous = OFF")?)).await.unwrap();
        write.await;
        let level = store.run(|connection| {
            let found = sql_query("SELECT synchronous AS level FROM pragma_synchronous");
            Ok(found.get_result::<Level>(connection)?.level)
        });
        assert_eq!(level.await.unwrap(), wanted, "{role}");
    }
}

#[test]
fn the_log_stays_the_same_whatever_connections_the_pool_closes() {
    let (store, dir) = fresh();
    let log = dir.path().join("state.db-wal");
    let before = log.metadata().unwrap().ino();
    let SqliteStateStore { pool, _log_keeper, .. } = store;
    // All of them at once, as the end of their lives may. A thread of the pool can hold one a moment longer.
    drop(pool);
    while times_open(&log) > 1 {
        std::thread::yield_now();
    }
    assert_eq!(log.metadata().unwrap().ino(), before);
}

/// How many descriptors of this process are open on a file.
fn times_open(path: &Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    open.filter_map(|link| std::fs::read_link(link).ok()).filter(|target| target == path).count()
}

#[derive(QueryableByName)]
struct Level {
    #[diesel(sql_type = BigInt)]
    level: i64,
}

type BoxFuture<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Whatever it comes to: what is not there cannot be removed, and is looked for in a transaction all the same.
fn done<'a, T>(write: impl Future<Output = Result<T, StoreError>> + 'a) -> BoxFuture<'a> {
    Box::pin(async { drop(write.await) })
}

fn audit_entry() -> AuditEntry {
    AuditDraft::new(&Actor::anonymous(""), AuditAction::TokenRevoke, "").at(Timestamp::UNIX_EPOCH)
}

fn restore(target: &CentralName, backup: &CcuBackupId) -> CcuRestore {
    CcuRestore {
        id: CcuRestoreId::parse("restore").unwrap(),
        backup: backup.clone(),
        target: target.clone(),
        step: CcuRestoreStep::Apply,
        state: CcuRestoreState::Running,
        safety_backup: None,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
    }
}
