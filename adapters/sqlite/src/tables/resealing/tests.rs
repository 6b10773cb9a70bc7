//! Proves that a re-sealing whose sync failed cannot come back once it was ruled out.
//!
//! Does NOT repeat the contract (`loom_contract::resealing`).

use super::*;
use crate::connection::{apply_settings, connect};
use diesel::connection::SimpleConnection;
use loom_domain::audit::AuditFilter;
use loom_domain::audit_trail::{Actor, AuditAction, AuditDraft};
use loom_domain::ports::AuditLog;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const NEW: &str = "00112233445566bb";

#[tokio::test]
async fn what_was_ruled_out_does_not_come_back_after_a_loss_of_power() {
    let (store, dir) = (half_committed().await, TempDir::new().unwrap());
    let (store, live) = (store.0, store.1.path().join("live.db"));
    // The store knows nothing of the commit, which is what made abandoning the new key a trap.
    assert_eq!(store.resealed_with().await.unwrap(), None);
    let comes_back = after_loss_of_power(&live, dir.path().join("before.db")).await;
    assert_eq!(comes_back, KeyFingerprint::parse(NEW));
    assert!(store.rule_out(&record()).await.unwrap());
    assert_eq!(after_loss_of_power(&live, dir.path().join("after.db")).await, None);
    let filter = AuditFilter {
        device_prefix: None,
        action_part: None,
        central: None,
        since: None,
        until: None,
        limit: 9,
    };
    assert_eq!(store.query_audit(&filter).await.unwrap().len(), 2);
}

/// A store in whose log a commit follows that its index does not know: as it is when the sync of that commit failed.
async fn half_committed() -> (SqliteStateStore, TempDir) {
    let dir = TempDir::new().unwrap();
    let (live, twin) = (dir.path().join("live.db"), dir.path().join("twin.db"));
    let store = SqliteStateStore::open(&live).unwrap();
    store.append_audit(&record().audit).await.unwrap();
    copy(&live, &twin);
    let mut committing = connect(&twin).unwrap();
    apply_settings(&mut committing).unwrap();
    let statement = format!(
        "INSERT INTO sealing_key (only_row, fingerprint, at) VALUES (1, '{NEW}', '2026-11-23T12:00:00Z')"
    );
    committing.batch_execute(&statement).unwrap();
    let (before, with_commit) = (fs::read(log_of(&live)).unwrap(), fs::read(log_of(&twin)).unwrap());
    assert!(with_commit.len() > before.len() && with_commit.starts_with(&before));
    fs::write(log_of(&live), with_commit).unwrap();
    (store, dir)
}

/// What a program finds that starts from the files alone.
async fn after_loss_of_power(live: &Path, copied: PathBuf) -> Option<KeyFingerprint> {
    copy(live, &copied);
    SqliteStateStore::open(&copied).unwrap().resealed_with().await.unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    fs::copy(log_of(from), log_of(to)).unwrap();
}

fn log_of(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

fn record() -> ResealRecord {
    let audit =
        AuditDraft::new(&Actor::anonymous(""), AuditAction::KeyRotate, "").at(jiff::Timestamp::UNIX_EPOCH);
    ResealRecord { key: KeyFingerprint::parse(NEW).unwrap(), begun_at: audit.timestamp, audit }
}
