//! What an adopted database holds.

use crate::go_database::{COOKIE, GoDatabase, SEALED, texts};
use loom_adapter_sqlite::{LATEST_SCHEMA_VERSION, SqliteStateStore};
use loom_domain::account::{Role, Subject};
use loom_domain::audit::AuditFilter;
use loom_domain::central::CentralName;
use loom_domain::config_section::{ExpectedVersion, SectionWrite};
use loom_domain::credential::CredentialDigest;
use loom_domain::device::{InterfaceRef, ParamsetId};
use loom_domain::fabric::FabricIndex;
use loom_domain::ports::*;
use loom_domain::secret::{SecretText, SecretValue};
use serde_json::json;
use tempfile::TempDir;

fn adopted() -> (GoDatabase, SqliteStateStore) {
    let database = GoDatabase::with("");
    database.adopt().unwrap();
    let store = SqliteStateStore::open(&database.path()).unwrap();
    (database, store)
}

fn subject(name: &str) -> Subject {
    Subject::parse(name).unwrap()
}

fn haus() -> InterfaceRef {
    let central = CentralName::parse("haus").unwrap();
    InterfaceRef { central, interface_id: "haus-HmIP-RF".to_owned() }
}

#[test]
fn what_was_done_is_told() {
    let told = GoDatabase::with("").adopt().unwrap();
    assert_eq!((told.from_version, told.to_version), (45, LATEST_SCHEMA_VERSION));
    assert_eq!(told.rows.len(), 22);
    for (table, rows) in
        [("users", 2), ("devices", 2), ("paramsets", 1), ("values_cache", 1), ("audit_log", 2)]
    {
        assert_eq!(told.rows[table], rows, "{table}");
    }
    assert!(told.rows.values().all(|rows| *rows > 0), "{:?}", told.rows);
    let left_out = [("devices", 1), ("paramsets", 2), ("values_cache", 1)];
    assert_eq!(told.left_out, left_out.map(|(table, rows)| (table.to_owned(), rows)).into());
    let dropped = ["matter_resumption.cats", "paramsets.hash", "paramsets.schema_version"];
    assert_eq!(told.dropped_columns, dropped.map(String::from).into());
    assert_eq!(told.kept_tables, ["adopted_goose_db_version", "alarm_journal"].map(String::from).into());
}

#[tokio::test]
async fn accounts_come_back_with_canonical_names_and_times_in_utc() {
    let (_database, store) = adopted();
    let users = store.list_users().await.unwrap();
    let seen: Vec<_> = users
        .iter()
        .map(|user| (user.subject.as_str(), user.role, user.created_at.to_string(), user.last_seen_at))
        .collect();
    let unknown = "1970-01-01T00:00:00Z".to_owned();
    let expected = [
        ("gast", Role::Viewer, unknown, None),
        ("änne", Role::Admin, "2026-06-08T10:00:00Z".to_owned(), None),
    ];
    assert_eq!(seen, expected);
    assert_eq!(users[1].password_hash, SecretText::new("$2a$12$hash"));
    assert_eq!(users[1].updated_at.to_string(), "2026-06-08T10:00:00.123456Z");

    let tokens = store.list_tokens().await.unwrap();
    assert_eq!(
        (&tokens[0].subject, tokens[0].last_seen_at, tokens[0].expires_at),
        (&subject("änne"), None, None)
    );
    assert_eq!(tokens[1].created_at.to_string(), "2026-06-08T10:00:00Z");
    assert_eq!(tokens[1].expires_at.unwrap().to_string(), "2027-06-08T10:00:00Z");
}

#[tokio::test]
async fn a_session_goes_on_and_its_cookie_is_nowhere_in_the_database() {
    let (database, store) = adopted();
    let digest = CredentialDigest::of(&SecretText::new(COOKIE));
    let found = store.find_session(&SecretText::new(digest.as_str())).await.unwrap().unwrap();
    assert_eq!((found.subject, found.role, found.token_id), (subject("änne"), Role::Admin, None));
    assert_eq!(found.expires_at.as_second(), 4_000_000_000);
    assert!(!database.dump().iter().any(|line| line.contains(COOKIE)));
}

#[test]
fn sessions_and_preferences_that_are_of_no_use_are_left_out_and_counted() {
    let session = |id: &str, scheme: &str, role: &str, ends: &str| {
        format!(
            "INSERT INTO auth_sessions VALUES ('{id}', 'gast', '{scheme}', '{role}', '', 1780912800, {ends});"
        )
    };
    let database = GoDatabase::with(
        &[
            session("a", "session", "root", "4000000000"),
            session("b", "session", "viewer", "NULL"),
            session("c", "session", "viewer", "1780912801"),
            session("d", "oidc", "viewer", "4000000000"),
            session("e", "ingress", "viewer", "4000000000"),
            session("f", "session", "viewer", "4000000000"),
            "INSERT INTO user_preferences VALUES ('gast', 'theme', 'dark', 1780912800);".to_owned(),
        ]
        .concat(),
    );
    let told = database.adopt().unwrap();
    for (table, taken, left_out) in [("auth_sessions", 2, 5), ("user_preferences", 1, 1)] {
        assert_eq!((told.rows[table], told.left_out[table]), (taken, left_out), "{table}");
    }
    let subjects = "SELECT subject AS text FROM auth_sessions ORDER BY subject";
    assert_eq!(database.texts(subjects), ["gast", "änne"]);
}

#[tokio::test]
async fn centrals_come_back_and_what_go_left_empty_is_nothing() {
    let (_database, store) = adopted();
    let centrals = store.list_centrals().await.unwrap();
    let [garten, haus] = &centrals[..] else { panic!("{centrals:?}") };
    assert_eq!(haus.password, Some(SecretValue::Sealed(SEALED.to_owned())));
    assert_eq!((haus.port, haus.json_rpc_port, &haus.password_env), (Some(2001), None, &None));
    assert!(haus.tls && haus.enabled && !haus.tls_insecure_skip_verify);
    assert_eq!(haus.interfaces, ["HmIP-RF", "CUxD"]);
    assert_eq!(
        (&haus.ports, &haus.visibility, &haus.behavior),
        (&json!({}), &json!({}), &json!({"a": [1, 2]}))
    );
    assert_eq!((&haus.serial, &haus.tls_fingerprint, &haus.api_token_file), (&None, &None, &None));

    assert_eq!(garten.api_token, Some(SecretValue::Clear(SecretText::new("clear token"))));
    assert_eq!((garten.password_env.as_deref(), garten.enabled, garten.tls), (Some("GARTEN"), false, false));
    assert_eq!((&garten.ports, garten.interfaces.len()), (&json!({"HmIP-RF": 2010}), 0));
}

#[tokio::test]
async fn sections_keep_their_versions_and_go_on_from_there() {
    let (database, store) = adopted();
    let mqtt = store.find_section("north.mqtt").await.unwrap().unwrap();
    assert_eq!((mqtt.version, &mqtt.value["password"]), (3, &json!(SEALED)));
    let values = database.texts("SELECT value_json AS text FROM config_sections ORDER BY section");
    assert_eq!(values[1], format!("{{\"password\":\"{SEALED}\", \"port\": 1883}}"), "byte for byte");
    let locale = store.find_section("locale").await.unwrap().unwrap();
    assert_eq!(
        (locale.version, locale.value, locale.updated_by),
        (2, json!({"language": "de"}), String::new())
    );
    let write = SectionWrite {
        name: "locale".to_owned(),
        value: json!({}),
        expected: ExpectedVersion::Exactly(2),
        at: locale.updated_at,
        by: "anna".to_owned(),
    };
    assert_eq!(store.write_section(&write).await.unwrap(), 3);
    assert!(store.seeded_at().await.unwrap().is_some(), "a second seeding would bring back what was removed");
}

#[tokio::test]
async fn caches_come_back_where_they_can_be_read() {
    let (_database, store) = adopted();
    let devices = store.list_devices(&haus()).await.unwrap();
    let addresses: Vec<_> = devices.iter().map(|device| device.address.as_str()).collect();
    assert_eq!(addresses, ["000A1", "000A1:1"]);
    assert_eq!(devices[0].updated_at.to_string(), "2026-06-08T10:00:00.123456Z");
    assert_eq!((devices[1].firmware.as_str(), &devices[1].description), ("", &json!({"ADDRESS": "ü"})));
    let id = ParamsetId {
        interface: haus(),
        channel_address: "000A1:1".to_owned(),
        paramset_key: "MASTER".to_owned(),
    };
    assert_eq!(store.find_paramset(&id).await.unwrap().unwrap().content, "{ \"T\": 21.50 }");
    assert_eq!(store.count_paramsets().await.unwrap(), ParamsetCounts { paramsets: 1, contents: 1 });
    // It does not say when its descriptions were read.
    assert_eq!(store.find_interface(&haus()).await.unwrap(), None);
}

#[tokio::test]
async fn the_audit_log_keeps_its_numbers_and_gives_none_twice() {
    let (_database, store) = adopted();
    let entries = store.query_audit(&AuditFilter::default()).await.unwrap();
    let numbers: Vec<_> = entries.iter().map(|recorded| recorded.id).collect();
    assert_eq!(numbers, [7, 3]);
    let newest = &entries[0].entry;
    assert_eq!((newest.channel_no, &newest.peer, &newest.note), (Some(0), &None, &None));
    assert_eq!(newest.changes, Some(json!([{"parameter": "T"}])));
    // 90 was given and removed.
    assert_eq!(store.append_audit(newest).await.unwrap(), 91);
}

#[tokio::test]
async fn no_controller_has_to_be_paired_again() {
    let (database, store) = adopted();
    let fabric = FabricIndex::parse(1).unwrap();
    let fabrics = store.list_fabrics().await.unwrap();
    assert_eq!((fabrics.len(), fabrics[0].vendor_id, fabrics[0].label.as_str()), (1, 65521, ""));
    let identity = store.find_identity(fabric).await.unwrap().unwrap();
    assert_eq!(
        (identity.icac, identity.private_key.reveal(), identity.ipk.reveal()),
        (None, &[0xa1][..], &b"ipk as text"[..])
    );
    let acl = store.list_acl(fabric).await.unwrap();
    assert_eq!((acl[0].privilege, &acl[0].subjects, &acl[0].targets), (5, &json!([112_233]), &json!([])));
    let metadata = database.rows("matter_metadata");
    assert_eq!(
        metadata,
        ["matter_metadata: 'next_endpoint_id', 3", "matter_metadata: 'next_fabric_index', 4"]
    );
    assert_eq!(
        database.rows("matter_group_keys"),
        ["matter_group_keys: 1, 42, 0, X'01', NULL, NULL, 0, NULL, NULL"]
    );
    assert_eq!(database.texts("SELECT friendly_name || enabled AS text FROM matter_exposures"), ["Heizung1"]);
}

#[test]
fn what_nothing_here_knows_stays_as_it_is() {
    let database = GoDatabase::with("");
    let unknown = "SELECT sql AS text FROM sqlite_schema WHERE name LIKE 'alarm%' ORDER BY name";
    let (definitions, rows) = (database.texts(unknown), database.rows("alarm_journal"));
    assert_eq!(definitions.len(), 4);
    let versions = database.rows("goose_db_version");
    database.adopt().unwrap();
    assert_eq!(database.texts(unknown), definitions);
    assert_eq!(database.rows("alarm_journal"), rows);
    assert_eq!(database.texts("SELECT name AS text FROM alarm_centrals"), ["haus"]);
    database.run("PRAGMA foreign_keys = ON; INSERT INTO alarm_journal (central) VALUES ('garten')");
    let kept: Vec<_> = versions.iter().map(|row| format!("adopted_{row}")).collect();
    assert_eq!(database.rows("adopted_goose_db_version"), kept);
}

#[test]
fn an_adopted_database_has_the_schema_of_a_new_one() {
    let (database, _store) = adopted();
    let dir = TempDir::new().unwrap();
    let new = dir.path().join("openccu-loom.db");
    drop(SqliteStateStore::open(&new).unwrap());
    let ours = "SELECT coalesce(sql, name) AS text FROM sqlite_schema
                WHERE tbl_name NOT LIKE 'alarm%' AND tbl_name NOT LIKE 'adopted%' ORDER BY name";
    assert_eq!(database.texts(ours), texts(&new, ours));
    assert_eq!(database.texts("SELECT integrity_check AS text FROM pragma_integrity_check"), ["ok"]);
}

#[test]
fn an_older_schema_gets_defaults_for_what_it_lacks() {
    let database = GoDatabase::with(
        "UPDATE goose_db_version SET version_id = 18 WHERE version_id > 18;
         DROP TABLE matter_exposures;
         ALTER TABLE config_sections DROP COLUMN schema_version;
         DROP VIEW alarm_centrals;
         ALTER TABLE centrals DROP COLUMN behavior_json;
         ALTER TABLE centrals DROP COLUMN serial;
         ALTER TABLE centrals DROP COLUMN system_type;
         ALTER TABLE tokens DROP COLUMN expires_at;",
    );
    let told = database.adopt().unwrap();
    assert_eq!((told.from_version, told.rows.len()), (18, 21));
    let behaviors = database.texts("SELECT behavior_json || coalesce(serial, '-') AS text FROM centrals");
    assert_eq!(behaviors, ["{}-", "{}-"]);
    assert_eq!(database.texts("SELECT count(*) || '' AS text FROM matter_exposures"), ["0"]);
}
