//! The SQLite state store keeps the contract of every role.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::ports::StateStore;
use std::sync::Arc;
use tempfile::TempDir;

fn fresh() -> (Arc<SqliteStateStore>, TempDir) {
    let dir = TempDir::new().unwrap();
    (Arc::new(SqliteStateStore::open(&dir.path().join("openccu-loom.db")).unwrap()), dir)
}

// Compiles or does not: the composition root hands the store out as this.
const _: fn(Arc<SqliteStateStore>) -> Arc<dyn StateStore> = |store| store;

loom_contract::state_store_contract!(fresh());
loom_contract::resealing_contract!(fresh());
