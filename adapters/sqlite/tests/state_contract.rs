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

loom_contract::centrals_contract!(fresh());
loom_contract::config_sections_contract!(fresh());
loom_contract::config_batches_contract!(fresh());
loom_contract::users_contract!(fresh());
loom_contract::tokens_contract!(fresh());
loom_contract::sessions_contract!(fresh());
loom_contract::last_seen_contract!(fresh());
loom_contract::interfaces_contract!(fresh());
loom_contract::devices_contract!(fresh());
loom_contract::paramsets_contract!(fresh());
loom_contract::audit_log_contract!(fresh());
loom_contract::matter_fabrics_contract!(fresh());
loom_contract::ccu_backups_contract!(fresh());
loom_contract::ccu_restores_contract!(fresh());
loom_contract::resealing_contract!(fresh());
