//! The stack as a daemon wires it keeps the contract of every role it changes anything about, and of those it passes on.
//!
//! Does NOT run the suite of `Resealing`: that one looks at what the store below keeps, which is sealed here.

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

loom_contract::state_store_contract!(fresh());
