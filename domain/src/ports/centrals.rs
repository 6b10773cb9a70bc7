//! The centrals role: which Homematic control units are configured.
//!
//! Does NOT contact them and does NOT seal their passwords (`secret::sealed_store` wraps this role).

use super::StoreError;
use crate::central::{Central, CentralName};
use async_trait::async_trait;

/// Keeps the configured centrals. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::centrals`)
/// - A stored central comes back equal in every field, umlauts and JSON included.
/// - `put_central` of an existing name replaces every field but `created_at`.
/// - Centrals are listed by name, in byte order.
/// - Finding an unknown name is `None`; removing one is `NotFound`.
/// - Times come back as the same instant in UTC; what is finer than a microsecond is cut off.
/// - What was put is seen by every later reader, also while others write.
#[async_trait]
pub trait Centrals: Send + Sync {
    /// All centrals, by name in byte order.
    async fn list_centrals(&self) -> Result<Vec<Central>, StoreError>;
    /// The central of that name, if there is one.
    async fn find_central(&self, name: &CentralName) -> Result<Option<Central>, StoreError>;
    /// Inserts or replaces one central as a whole.
    async fn put_central(&self, central: &Central) -> Result<(), StoreError>;
    /// Removes one central. Cached devices of it stay until they are removed by their own role.
    async fn remove_central(&self, name: &CentralName) -> Result<(), StoreError>;
}
