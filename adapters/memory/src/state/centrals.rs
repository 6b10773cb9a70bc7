//! Centrals in memory.
//!
//! Does NOT remove the cached devices of a removed central.

use super::{MemoryStateStore, not_found, precision::microseconds};
use async_trait::async_trait;
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::{Centrals, StoreError};
use std::collections::BTreeMap;

#[async_trait]
impl Centrals for MemoryStateStore {
    async fn list_centrals(&self) -> Result<Vec<Central>, StoreError> {
        Ok(self.lock().centrals.values().cloned().collect())
    }

    async fn find_central(&self, name: &CentralName) -> Result<Option<Central>, StoreError> {
        Ok(self.lock().centrals.get(name).cloned())
    }

    async fn put_central(&self, central: &Central) -> Result<(), StoreError> {
        put(&mut self.lock().centrals, central);
        Ok(())
    }

    async fn remove_central(&self, name: &CentralName) -> Result<(), StoreError> {
        match self.lock().centrals.remove(name) {
            Some(_) => Ok(()),
            None => Err(not_found("central", name)),
        }
    }
}

/// Inserts or replaces one central; one that is replaced keeps its `created_at`.
pub(super) fn put(centrals: &mut BTreeMap<CentralName, Central>, central: &Central) {
    let created_at = centrals.get(&central.name).map_or(central.created_at, |old| old.created_at);
    let stored = Central {
        created_at: microseconds(created_at),
        updated_at: microseconds(central.updated_at),
        ..central.clone()
    };
    centrals.insert(central.name.clone(), stored);
}
