//! The memory state store keeps the contract of every role.

use loom_adapter_memory::MemoryStateStore;
use loom_domain::ports::StateStore;
use std::sync::Arc;

fn fresh() -> (Arc<MemoryStateStore>, ()) {
    (Arc::new(MemoryStateStore::new()), ())
}

// Compiles or does not: the composition root hands the store out as this.
const _: fn(Arc<MemoryStateStore>) -> Arc<dyn StateStore> = |store| store;

loom_contract::state_store_contract!(fresh());
loom_contract::resealing_contract!(fresh());
