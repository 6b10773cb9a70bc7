//! Observed, a store keeps the contract of every role.

use super::telling::Told;
use loom_adapter_memory::MemoryStateStore;
use loom_domain::observed_store::ObservedStore;
use loom_domain::ports::StateStore;
use std::sync::Arc;

type Observed = ObservedStore<dyn StateStore>;

fn fresh() -> (Arc<Observed>, ()) {
    let store: Arc<dyn StateStore> = Arc::new(MemoryStateStore::new());
    (Arc::new(ObservedStore::new(store, Arc::new(Told::default()))), ())
}

// Compiles or does not: the composition root hands the store out as this.
const _: fn(Arc<Observed>) -> Arc<dyn StateStore> = |store| store;

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
