//! The places of a key, and the key service, in memory keep their contracts.
//!
//! Does NOT test what is sealed with a key.

use loom_adapter_memory::{MemoryKeyPlaces, MemoryRandomness, MemoryWrapping, WrappingMood};
use loom_contract::key_switch::{SwitchBed, first_key};
use loom_contract::key_wrapping::WrappingBed;
use loom_domain::ports::{KeyProvider, KeySwitch, KeyTarget, KeyWrapping, OldKeys};
use loom_domain::secret::{MasterKey, WrappedKey, Wrapper};
use std::sync::Arc;

loom_contract::key_switch_contract!((Arc::new(Places::new(service())), ()));
loom_contract::key_wrapping_contract!((Arc::new(Services), ()));

fn service() -> MemoryWrapping {
    MemoryWrapping::new(MasterKey::from_bytes([99; 32]), Arc::new(MemoryRandomness::default()))
}

fn in_mood(mood: WrappingMood) -> Arc<dyn KeyWrapping> {
    let service = service();
    service.be(mood);
    Arc::new(service)
}

struct Places(MemoryKeyPlaces, MemoryWrapping);

impl Places {
    fn new(kms: MemoryWrapping) -> Self {
        Self(MemoryKeyPlaces::new(Some(first_key()), kms.clone()), kms)
    }
}

impl SwitchBed for Places {
    fn switch(&self) -> Arc<dyn KeySwitch> {
        Arc::new(self.0.clone())
    }
    fn old_keys(&self) -> Arc<dyn OldKeys> {
        Arc::new(self.0.clone())
    }
    fn provider(&self) -> Arc<dyn KeyProvider> {
        Arc::new(self.0.clone())
    }
    fn targets(&self) -> Vec<KeyTarget> {
        vec![KeyTarget::Wrapped(Wrapper::Kms), KeyTarget::File]
    }
    fn entries(&self) -> usize {
        self.0.entries()
    }
    fn lose_wrappers(&self) {
        self.1.be(WrappingMood::Away);
    }
}

struct Services;

impl WrappingBed for Services {
    fn port(&self) -> Arc<dyn KeyWrapping> {
        in_mood(WrappingMood::Willing)
    }
    fn without_key(&self) -> Arc<dyn KeyWrapping> {
        in_mood(WrappingMood::WithoutKey)
    }
    fn denied(&self) -> Arc<dyn KeyWrapping> {
        in_mood(WrappingMood::Denying)
    }
    fn away(&self) -> Arc<dyn KeyWrapping> {
        in_mood(WrappingMood::Away)
    }
    fn name_another_key(&self, wrapped: &mut WrappedKey) {
        wrapped.settings.insert("key_id".to_owned(), "another".to_owned());
    }
}
