//! Cached devices in memory.
//!
//! Does NOT hold paramsets; those of a removed device go with it.

use super::{MemoryStateStore, precision::microseconds};
use async_trait::async_trait;
use loom_domain::device::{Device, InterfaceRef};
use loom_domain::ports::{Devices, StoreError};

#[async_trait]
impl Devices for MemoryStateStore {
    async fn list_devices(&self, interface: &InterfaceRef) -> Result<Vec<Device>, StoreError> {
        let state = self.lock();
        Ok(state.devices.values().filter(|device| device.interface == *interface).cloned().collect())
    }

    async fn find_device(
        &self,
        interface: &InterfaceRef,
        address: &str,
    ) -> Result<Option<Device>, StoreError> {
        Ok(self.lock().devices.get(&(interface.clone(), address.to_owned())).cloned())
    }

    async fn put_devices(&self, devices: &[Device]) -> Result<(), StoreError> {
        let mut state = self.lock();
        for device in devices {
            let stored = Device { updated_at: microseconds(device.updated_at), ..device.clone() };
            state.devices.insert((device.interface.clone(), device.address.clone()), stored);
        }
        Ok(())
    }

    async fn remove_device(&self, interface: &InterfaceRef, address: &str) -> Result<u64, StoreError> {
        let goes = |at: &InterfaceRef, stored: &str| {
            let rest = stored.strip_prefix(address).filter(|_| at == interface);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
        };
        let mut state = self.lock();
        let before = state.devices.len();
        state.devices.retain(|(at, stored), _| !goes(at, stored));
        state.paramsets.remove_where(|id| goes(&id.interface, &id.channel_address));
        Ok((before - state.devices.len()) as u64)
    }

    async fn list_interfaces(&self) -> Result<Vec<InterfaceRef>, StoreError> {
        let state = self.lock();
        let mut interfaces: Vec<_> = state.devices.keys().map(|(interface, _)| interface.clone()).collect();
        // Devices are in the order of their interfaces.
        interfaces.dedup();
        Ok(interfaces)
    }
}
