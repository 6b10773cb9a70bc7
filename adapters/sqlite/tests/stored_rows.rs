//! How rows sit in the tables: rows another program wrote, rows that cannot be read, and the bytes of ours.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use jiff::Timestamp;
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::account::Subject;
use loom_domain::central::{Central, CentralName};
use loom_domain::device::{InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::{Centrals, ParamsetCounts, Paramsets, Sessions, StoreError, Users};
use loom_domain::secret::{SecretText, SecretValue};
use tempfile::TempDir;

struct Fresh {
    store: SqliteStateStore,
    raw: SqliteConnection,
    _dir: TempDir,
}

fn fresh(sql: &str) -> Fresh {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("openccu-loom.db");
    let store = SqliteStateStore::open(&path).unwrap();
    let mut raw = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    raw.batch_execute(sql).unwrap();
    Fresh { store, raw, _dir: dir }
}

fn master(channel: &str) -> ParamsetId {
    let central = CentralName::parse("home").unwrap();
    ParamsetId {
        interface: InterfaceRef { central, interface_id: "HmIP-RF".to_owned() },
        channel_address: channel.to_owned(),
        paramset_key: "MASTER".to_owned(),
    }
}

#[tokio::test]
async fn a_paramset_that_carries_its_content_itself_reads_the_same() {
    let Fresh { store, _dir, .. } = fresh(
        "INSERT INTO paramsets VALUES
            ('home', 'HmIP-RF', 'A:1', 'MASTER', NULL, '{\"TEMPERATURE\": 21.5}', '2026-11-22 22:15:30'),
            ('home', 'HmIP-RF', 'B:1', 'MASTER', NULL, '{\"TEMPERATURE\": 21.5}', '2026-11-22 22:15:30')",
    );
    let inline = store.find_paramset(&master("A:1")).await.unwrap().unwrap();
    assert_eq!(inline.content, "{\"TEMPERATURE\": 21.5}");
    assert_eq!(inline.updated_at.to_string(), "2026-11-22T22:15:30Z");
    assert_eq!(store.count_paramsets().await.unwrap(), ParamsetCounts { paramsets: 2, contents: 1 });

    let newer = Paramset { content: "{}".to_owned(), ..inline };
    store.put_paramsets(std::slice::from_ref(&newer)).await.unwrap();
    assert_eq!(store.list_paramsets(&newer.id.interface, "A:1").await.unwrap(), [newer]);
    assert_eq!(store.count_paramsets().await.unwrap(), ParamsetCounts { paramsets: 2, contents: 2 });
}

#[tokio::test]
async fn a_paramset_whose_content_is_missing_is_unreadable() {
    let Fresh { store, _dir, .. } = fresh(
        "INSERT INTO paramsets VALUES ('home', 'HmIP-RF', 'A:1', 'MASTER', 7, NULL, '2026-11-22 22:15:30')",
    );
    let error = store.find_paramset(&master("A:1")).await.unwrap_err();
    assert_eq!(error.to_string(), "the stored paramset `A:1 MASTER` cannot be read: its content is missing");
}

#[tokio::test]
async fn equal_contents_are_one_packed_row() {
    let Fresh { store, mut raw, _dir } = fresh("");
    let paramset = |channel: &str| Paramset {
        id: master(channel),
        content: format!("{{\"a\":\"{}\"}}", "ü".repeat(1_000)),
        updated_at: Timestamp::UNIX_EPOCH,
    };
    store.put_paramsets(&[paramset("A:1"), paramset("B:1")]).await.unwrap();
    let contents =
        "SELECT typeof(paramset_json) || ' ' || (octet_length(paramset_json) < 100) || ' ' || uses AS text
                    FROM paramset_contents";
    assert_eq!(texts(&mut raw, contents), ["blob 1 2"]);
    assert_eq!(texts(&mut raw, "SELECT paramset_json AS text FROM paramsets"), ["NULL", "NULL"]);
}

#[tokio::test]
async fn a_row_that_cannot_be_read_is_named_and_hides_no_other() {
    let Fresh { store, _dir, .. } = fresh(
        "INSERT INTO users VALUES ('anna', 'hash', 'admin', 'yesterday', '2026-11-22 22:15:30', NULL),
                                  ('bernd', 'hash', 'viewer', '2026-11-22 22:15:30', '2026-11-22 22:15:30', NULL)",
    );
    let error = store.find_user(&Subject::parse("anna").unwrap()).await.unwrap_err();
    let StoreError::Unreadable { what, name, reason } = error else { panic!("{error}") };
    assert_eq!((what, name.as_str()), ("user", "anna"));
    assert!(reason.starts_with("created_at: "), "{reason}");
    assert!(store.find_user(&Subject::parse("bernd").unwrap()).await.unwrap().is_some());
}

#[tokio::test]
async fn a_session_that_cannot_be_read_does_not_show_its_id() {
    let Fresh { store, _dir, .. } =
        fresh("INSERT INTO auth_sessions VALUES ('c0ffee', 'anna', 'session', 'admin', NULL, 0, 1e18)");
    let error = store.find_session(&SecretText::new("c0ffee")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unreadable { .. }));
    let shown = format!("{error} {error:?}");
    assert!(shown.contains("anna") && !shown.contains("c0ffee"), "{shown}");
}

#[tokio::test]
async fn secrets_and_times_have_the_bytes_that_other_readers_expect() {
    let Fresh { store, mut raw, _dir } = fresh("");
    let now = "2026-11-22T23:15:30.5+01:00".parse().unwrap();
    let named = |name: &str| Central::new(CentralName::parse(name).unwrap(), "host", now);
    let clear = Central { password: Some(SecretValue::Clear(SecretText::new("geheim"))), ..named("a") };
    let sealed = Central { password: Some(SecretValue::Sealed("enc:v1:AA==".to_owned())), ..named("b") };
    for central in [clear, sealed, named("c")] {
        store.put_central(&central).await.unwrap();
    }
    let passwords = texts(&mut raw, "SELECT password_plain AS text FROM centrals ORDER BY name");
    assert_eq!(passwords, ["geheim", "enc:v1:AA==", "NULL"]);
    let times = texts(&mut raw, "SELECT DISTINCT created_at AS text FROM centrals");
    assert_eq!(times, ["2026-11-22T22:15:30.500000Z"]);
}

#[tokio::test]
async fn an_empty_password_column_means_no_password() {
    let Fresh { store, _dir, .. } = fresh(
        "INSERT INTO centrals (name, host, password_plain, created_at, updated_at)
         VALUES ('home', 'host', '', '2026-11-22 22:15:30', '2026-11-22T22:15:30Z')",
    );
    let found = store.find_central(&CentralName::parse("home").unwrap()).await.unwrap().unwrap();
    assert_eq!(found.password, None);
    assert_eq!(found.created_at, found.updated_at);
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Nullable<Text>)]
    text: Option<String>,
}

fn texts(raw: &mut SqliteConnection, query: &str) -> Vec<String> {
    let cells: Vec<Cell> = sql_query(query).load(raw).unwrap();
    cells.into_iter().map(|cell| cell.text.unwrap_or_else(|| "NULL".to_owned())).collect()
}
