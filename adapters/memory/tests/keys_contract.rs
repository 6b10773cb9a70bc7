//! The memory key keeps the contracts of key provider and key vault.

use loom_adapter_memory::{MemoryKey, MemoryRandomness};
use loom_contract::key_provider::KeyBed;
use loom_contract::key_vault::VaultBed;
use loom_domain::ports::{KeyProvider, KeySource, KeyVault};
use std::sync::Arc;

struct Bed(MemoryKey);

fn fresh() -> (Arc<Bed>, ()) {
    (Arc::new(Bed(MemoryKey::new(Arc::new(MemoryRandomness::default())))), ())
}

impl KeyBed for Bed {
    fn port(&self) -> Arc<dyn KeyProvider> {
        Arc::new(self.0.clone())
    }

    fn configure(&self, text: &str) {
        self.0.configure(text);
    }

    fn source(&self) -> KeySource {
        KeySource::Memory
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl VaultBed for Bed {
    fn vault(&self) -> Arc<dyn KeyVault> {
        Arc::new(self.0.clone())
    }

    fn provider(&self) -> Arc<dyn KeyProvider> {
        Arc::new(self.0.clone())
    }
}

loom_contract::key_provider_contract!(fresh());
loom_contract::key_vault_contract!(fresh());
