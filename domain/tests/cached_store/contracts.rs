//! The stack as a daemon wires it keeps the contract of every role, those it only passes on included.

use loom_adapter_memory::{MemoryRandomness, MemoryStateStore};
use loom_domain::cached_store::CachedStore;
use loom_domain::ports::{KeySource, ResolvedKey, StateStore};
use loom_domain::secret::sealed_store::{Plaintext, SealedStore};
use loom_domain::secret::{HeldKeys, MasterKey};
use std::sync::Arc;

type Stack = CachedStore<SealedStore<MemoryStateStore>>;

fn fresh() -> (Arc<Stack>, ()) {
    let key = ResolvedKey { key: MasterKey::from_bytes([7; 32]), source: KeySource::Memory };
    let keys = Arc::new(HeldKeys::new(Some(key)));
    let store = Arc::new(MemoryStateStore::new());
    let sealed = SealedStore::new(store, keys, Plaintext::Refused, Arc::new(MemoryRandomness::default()));
    (Arc::new(CachedStore::new(Arc::new(sealed))), ())
}

// Compiles or does not: the composition root hands the stack out as this.
const _: fn(Arc<Stack>) -> Arc<dyn StateStore> = |stack| stack;

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
