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

loom_contract::state_store_contract!(fresh());
loom_contract::resealing_contract!(fresh());
