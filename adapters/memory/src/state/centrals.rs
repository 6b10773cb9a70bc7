//! Centrals in memory.
//!
//! Does NOT remove the cached devices of a removed central.

use super::{MemoryStateStore, not_found, precision::microseconds};
use async_trait::async_trait;
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::{Centrals, StoreError};

#[async_trait]
impl Centrals for MemoryStateStore {
    async fn list_centrals(&self) -> Result<Vec<Central>, StoreError> {
        Ok(self.lock().centrals.values().cloned().collect())
    }

    async fn find_central(&self, name: &CentralName) -> Result<Option<Central>, StoreError> {
        Ok(self.lock().centrals.get(name).cloned())
    }

    async fn put_central(&self, central: &Central) -> Result<(), StoreError> {
        let mut state = self.lock();
        let created_at = state.centrals.get(&central.name).map_or(central.created_at, |old| old.created_at);
        let stored = Central {
            created_at: microseconds(created_at),
            updated_at: microseconds(central.updated_at),
            ..central.clone()
        };
        state.centrals.insert(central.name.clone(), stored);
        Ok(())
    }

    async fn remove_central(&self, name: &CentralName) -> Result<(), StoreError> {
        match self.lock().centrals.remove(name) {
            Some(_) => Ok(()),
            None => Err(not_found("central", name)),
        }
    }
}
