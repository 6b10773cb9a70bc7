//! Places of a key to which nothing gets, as on a disk that is gone.
//!
//! Does NOT keep a change from being staged or given up.

use async_trait::async_trait;
use loom_adapter_memory::MemoryKeyPlaces;
use loom_domain::ports::{KeyError, KeySource, KeySwitch, PendingSwitch, SwitchOrder, Switched};
use loom_domain::secret::{KeyFingerprint, MasterKey};
use std::collections::BTreeMap;

/// Places where no change is completed.
pub(crate) struct Stuck(pub(crate) MemoryKeyPlaces);

#[async_trait]
impl KeySwitch for Stuck {
    async fn pending(&self) -> Result<Option<PendingSwitch>, KeyError> {
        self.0.pending().await
    }

    async fn stage(&self, key: &MasterKey, order: &SwitchOrder) -> Result<PendingSwitch, KeyError> {
        self.0.stage(key, order).await
    }

    async fn complete(&self, _: &PendingSwitch) -> Result<Switched, KeyError> {
        Err(KeyError::NotStored { origin: KeySource::Memory, cause: "the disk is gone".into() })
    }

    async fn abandon(&self, pending: &PendingSwitch) -> Result<(), KeyError> {
        self.0.abandon(pending).await
    }

    async fn lie_there(&self) -> Result<BTreeMap<String, KeyFingerprint>, KeyError> {
        self.0.lie_there().await
    }
}
