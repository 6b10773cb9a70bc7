//! Where the daemon's master key is looked for, as the configuration names the backend.
//!
//! Does NOT look (`key`).

use super::key::KeyPlaces;
use crate::backends::{Backends, KeyBackend};
use crate::bootstrap::SECRET_KEY_VARIABLE;
use crate::config::DaemonConfig;
use crate::wire;
use loom_adapter_keys::EnvKey;
use loom_adapter_memory::MemoryKey;
use loom_domain::ports::{KeyWrappings, Randomness};
use std::sync::Arc;

/// The places of a key.
pub(super) fn of(
    config: &DaemonConfig,
    backends: Backends,
    wrappings: &KeyWrappings,
    randomness: &Arc<dyn Randomness>,
) -> KeyPlaces {
    match backends.keys {
        KeyBackend::Env => {
            let environment = config.environment.clone();
            let all = Arc::new(EnvKey::new(SECRET_KEY_VARIABLE, move |name| environment(name)));
            KeyPlaces { all, in_data_dir: None, vault: None }
        }
        KeyBackend::File => KeyPlaces {
            all: wire::key_of_data_dir(&config.data_dir, &config.environment, wrappings),
            in_data_dir: Some(wire::key_within_data_dir(&config.data_dir, wrappings)),
            vault: Some(Arc::new(wire::key_file_of_data_dir(&config.data_dir))),
        },
        KeyBackend::Memory => {
            let key = MemoryKey::new(randomness.clone());
            KeyPlaces { all: Arc::new(key.clone()), in_data_dir: None, vault: Some(Arc::new(key)) }
        }
    }
}
