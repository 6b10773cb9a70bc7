//! The devices role: the cached list of what hangs on each interface of a central.
//!
//! Does NOT hold paramsets (`ports::paramsets`) and does NOT ask centrals.

use super::StoreError;
use crate::device::{Device, InterfaceRef};
use async_trait::async_trait;

/// Caches device descriptions. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::devices`)
/// - A stored device comes back equal in every field, umlauts included.
/// - Putting a device of a known address replaces it.
/// - A batch is stored whole: a reader sees all of it or nothing of it.
/// - Devices of one interface are listed by address in byte order, without those of other interfaces.
/// - Removing a device removes its channels (`ADDRESS:n`) and the paramsets of all of them, and counts the devices and
///   channels.
/// - Interfaces that have devices are listed once each, by central, then by id, in byte order.
#[async_trait]
pub trait Devices: Send + Sync {
    /// Devices and channels of one interface, by address in byte order.
    async fn list_devices(&self, interface: &InterfaceRef) -> Result<Vec<Device>, StoreError>;
    /// One device or channel.
    async fn find_device(
        &self,
        interface: &InterfaceRef,
        address: &str,
    ) -> Result<Option<Device>, StoreError>;
    /// Inserts or replaces a batch in one transaction.
    async fn put_devices(&self, devices: &[Device]) -> Result<(), StoreError>;
    /// Removes a device, its channels and their paramsets in one transaction; returns how many devices and channels went.
    async fn remove_device(&self, interface: &InterfaceRef, address: &str) -> Result<u64, StoreError>;
    /// Every interface that has devices, by central, then by id, in byte order.
    async fn list_interfaces(&self) -> Result<Vec<InterfaceRef>, StoreError>;
}
