//! What is remembered of interfaces, in memory.
//!
//! Does NOT hold their devices; forgetting an interface drops them.

use super::{MemoryStateStore, precision::microseconds};
use async_trait::async_trait;
use loom_domain::device::{CachedInterface, InterfaceRef};
use loom_domain::ports::{Interfaces, StoreError};

#[async_trait]
impl Interfaces for MemoryStateStore {
    async fn find_interface(&self, interface: &InterfaceRef) -> Result<Option<CachedInterface>, StoreError> {
        Ok(self.lock().interfaces.get(interface).cloned())
    }

    async fn put_interface(&self, interface: &CachedInterface) -> Result<(), StoreError> {
        let stored = CachedInterface {
            read_at: microseconds(interface.read_at),
            compared_at: microseconds(interface.compared_at),
            ..interface.clone()
        };
        self.lock().interfaces.insert(interface.interface.clone(), stored);
        Ok(())
    }

    async fn drop_interface(&self, interface: &InterfaceRef) -> Result<(), StoreError> {
        let mut state = self.lock();
        state.interfaces.remove(interface);
        state.devices.retain(|(at, _), _| at != interface);
        state.paramsets.remove_where(|id| id.interface == *interface);
        Ok(())
    }
}
