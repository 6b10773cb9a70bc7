//! The interfaces role: what is remembered of each interface whose devices are cached.
//!
//! Does NOT hold devices (`ports::devices`) and does NOT ask centrals.

use super::StoreError;
use crate::device::{CachedInterface, InterfaceRef};
use async_trait::async_trait;

/// Remembers interfaces. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::interfaces`)
/// - What was put comes back equal; putting it again replaces it.
/// - Removing an interface removes its devices and paramsets with it, and nothing of others.
#[async_trait]
pub trait Interfaces: Send + Sync {
    /// One interface.
    async fn find_interface(&self, interface: &InterfaceRef) -> Result<Option<CachedInterface>, StoreError>;
    /// Inserts or replaces one.
    async fn put_interface(&self, interface: &CachedInterface) -> Result<(), StoreError>;
    /// Forgets an interface with everything cached of it, in one transaction; an unknown one is no error.
    async fn drop_interface(&self, interface: &InterfaceRef) -> Result<(), StoreError>;
}
