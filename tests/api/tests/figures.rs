//! What `/metrics` and `/health` tell follows what happens to the daemon, as it happens.
//!
//! Does NOT hold the text format: that is proved where it is written.

#![expect(clippy::unwrap_used, reason = "a claim fails by panicking")]

use loom_adapter_sqlite::SqliteStateStore;
use loom_api_tests::{Backend, TestDaemon, jobs, on_each_backend};
use loom_domain::central::{Central, CentralName};
use loom_domain::config_section::{ExpectedVersion, SectionWrite};
use loom_domain::ports::{Centrals, ConfigSections};
use loom_domain::secret::{SecretText, SecretValue};
use serde_json::{Value, json};
use std::process::Command;

on_each_backend! {
    each_write_of_a_request_is_timed,
    centrals_that_come_and_go_bring_and_take_their_figures,
    a_backup_of_the_state_shows_in_the_figures,
}

/// The value of one series, spelled as it is served.
async fn figure(daemon: &TestDaemon, series: &str) -> Option<f64> {
    let text = daemon.as_viewer().get("/metrics").await.expect(200).text();
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

async fn each_write_of_a_request_is_timed(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let writes = "openccu_loom_store_write_duration_seconds_count";
    let before = figure(&daemon, writes).await.unwrap();
    daemon.add_user("anna", "correct horse", "viewer").await;
    let after = figure(&daemon, writes).await.unwrap();
    assert!(after >= before + 2.0, "the user and its audit entry: {before}, {after}");
    let none = "openccu_loom_store_errors_total{kind=\"unavailable\"}";
    assert_eq!(figure(&daemon, none).await, Some(0.0));
}

async fn centrals_that_come_and_go_bring_and_take_their_figures(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let never =
        |name: &str| format!("openccu_loom_backup_never_succeeded{{kind=\"ccu\",central=\"{name}\"}}");
    let admin = daemon.as_admin();
    let row = json!({ "name": "attic", "host": "ccu.lan", "interfaces": ["HmIP-RF"] });
    admin.post("/centrals", &row).await.expect(201);
    assert_eq!(figure(&daemon, &never("attic")).await, Some(1.0));
    let mut document = admin.get("/config/export").await.expect(200).json();
    document["centrals"][0]["name"] = json!("cellar");
    admin.post("/config/import?mode=replace", &document).await.expect(200);
    assert_eq!(figure(&daemon, &never("attic")).await, None);
    assert_eq!(figure(&daemon, &never("cellar")).await, Some(1.0));
    admin.delete("/centrals/cellar").await.expect(204);
    assert_eq!(figure(&daemon, &never("cellar")).await, None);
}

async fn a_backup_of_the_state_shows_in_the_figures(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let of_state = |name: &str| format!("openccu_loom_backup_{name}{{kind=\"state\",central=\"\"}}");
    assert_eq!(figure(&daemon, &of_state("never_succeeded")).await, Some(1.0));
    let begun = daemon.as_admin().post("/state-backups", &json!({})).await.expect(202).json();
    jobs::completed(&daemon.as_admin(), begun["job"].as_str().unwrap()).await;
    for (name, at_least) in [("last_bytes", 1.0), ("last_duration_seconds", 0.0), ("age_seconds", 0.0)] {
        let value = figure(&daemon, &of_state(name)).await;
        assert!(value.is_some_and(|value| value >= at_least), "{name}: {value:?}");
    }
    assert_eq!(figure(&daemon, &of_state("never_succeeded")).await, Some(0.0));
    let succeeded = "openccu_loom_jobs_total{kind=\"state_backup\",outcome=\"succeeded\"}";
    assert_eq!(figure(&daemon, succeeded).await, Some(1.0));
}

/// A daemon on SQLite whose state was changed by hand while it was stopped.
async fn tampered(tamper: impl AsyncFnOnce(&SqliteStateStore)) -> TestDaemon {
    let mut daemon = TestDaemon::start(Backend::Sqlite).await;
    daemon.stop().await;
    let store = SqliteStateStore::open(&daemon.data_dir().join("openccu-loom.db")).unwrap();
    tamper(&store).await;
    drop(store);
    daemon.start_again().await;
    daemon
}

async fn health_of(daemon: &TestDaemon, component: &str) -> Value {
    let report = daemon.as_admin().get("/health").await.expect(200).json();
    let parts = report["components"].as_array().unwrap().iter();
    parts.into_iter().find(|part| part["name"] == component).unwrap()["status"].clone()
}

#[tokio::test]
async fn a_stored_setting_that_does_not_apply_is_a_complaint_until_it_is_mended() {
    let daemon = tampered(async |store| {
        let write = SectionWrite {
            name: "locale".to_owned(),
            value: json!({ "locale": "klingon" }),
            expected: ExpectedVersion::Any,
            at: "2026-06-08T12:00:00Z".parse().unwrap(),
            by: "a hand".to_owned(),
        };
        store.write_section(&write).await.unwrap();
    });
    let daemon = daemon.await;
    assert_eq!(figure(&daemon, "config_overlay_failed").await, Some(1.0));
    assert_eq!(figure(&daemon, "openccu_loom_health{component=\"config.overlay\"}").await, Some(2.0));
    assert_eq!(health_of(&daemon, "config.overlay").await, "degraded");
    daemon.as_admin().put("/config/sections/locale", &json!({ "locale": "de" })).await.expect(200);
    assert_eq!(figure(&daemon, "config_overlay_failed").await, Some(0.0));
    assert_eq!(figure(&daemon, "openccu_loom_health{component=\"config.overlay\"}").await, Some(0.0));
    assert_eq!(health_of(&daemon, "config.overlay").await, "healthy");
}

#[tokio::test]
async fn a_secret_that_lies_in_clear_is_told_until_it_is_stored_again() {
    let daemon = tampered(async |store| {
        let name = CentralName::parse("attic").unwrap();
        let mut central = Central::new(name, "ccu.lan", "2026-06-08T12:00:00Z".parse().unwrap());
        central.password = Some(SecretValue::Clear(SecretText::new("sesam")));
        store.put_central(&central).await.unwrap();
    });
    let daemon = daemon.await;
    assert_eq!(figure(&daemon, "config_secrets_plaintext").await, Some(1.0));
    let row = json!({ "enabled": true, "interfaces": [], "password_plain": "sesam" });
    daemon.as_admin().put("/centrals/attic", &row).await.expect(204);
    assert_eq!(figure(&daemon, "config_secrets_plaintext").await, Some(0.0));
}

#[tokio::test]
async fn without_a_key_the_gauge_tells_that_secrets_would_be_stored_in_clear() {
    for (allowed, told) in [(true, 1.0), (false, 0.0)] {
        let settings = json!({
            "backends": { "keys": "env" },
            "security": { "allow_plaintext_secrets": allowed },
        });
        let daemon = TestDaemon::with(Backend::Sqlite, settings).await;
        assert_eq!(figure(&daemon, "config_secrets_plaintext").await, Some(told), "{allowed}");
        assert_eq!(health_of(&daemon, "config.secrets").await, "degraded");
    }
}

/// Changes the schema of a running daemon's database from outside.
fn sqlite3(daemon: &TestDaemon, statement: &str) {
    let database = daemon.data_dir().join("openccu-loom.db");
    let mut sqlite3 = Command::new("sqlite3");
    let output = sqlite3.args(["-batch", "-cmd", ".timeout 10000"]).arg(database).arg(statement).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn a_change_without_an_audit_entry_is_counted_and_complained_about_until_the_next_entry() {
    let daemon = TestDaemon::start(Backend::Sqlite).await;
    let missing = "openccu_loom_audit_write_failures_total";
    let errors = "openccu_loom_store_errors_total{kind=\"unavailable\"}";
    assert_eq!(figure(&daemon, missing).await, Some(0.0));
    sqlite3(
        &daemon,
        "CREATE TRIGGER no BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'not now'); END",
    );
    daemon.add_user("anna", "correct horse", "viewer").await;
    assert_eq!((figure(&daemon, missing).await, figure(&daemon, errors).await), (Some(1.0), Some(1.0)));
    assert_eq!(health_of(&daemon, "audit").await, "degraded");
    sqlite3(&daemon, "DROP TRIGGER no");
    daemon.add_user("berta", "correct horse", "viewer").await;
    assert_eq!(health_of(&daemon, "audit").await, "healthy");
    assert_eq!(figure(&daemon, missing).await, Some(1.0));
}
