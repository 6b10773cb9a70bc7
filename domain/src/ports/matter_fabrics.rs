//! The Matter roles: fabrics, and the identity and access list that hang on each.
//!
//! Does NOT speak Matter. Resumption records and endpoints are caches and have no role here.

use super::StoreError;
use crate::fabric::{AclEntry, Fabric, FabricIndex, NodeIdentity};
use async_trait::async_trait;

/// Keeps Matter fabrics. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::matter_fabrics`)
/// - A stored fabric comes back equal in every field.
/// - A second fabric of one index, or of one pair of fabric id and root public key, is `AlreadyExists`.
/// - Fabrics are listed by index.
/// - Removing a fabric removes its identity and access list with it, and nobody else's.
/// - Removing an unknown index is `NotFound`.
#[async_trait]
pub trait MatterFabrics: Send + Sync {
    /// All fabrics, by index.
    async fn list_fabrics(&self) -> Result<Vec<Fabric>, StoreError>;
    /// Adds a fabric.
    async fn create_fabric(&self, fabric: &Fabric) -> Result<(), StoreError>;
    /// Removes a fabric and all that hangs on it.
    async fn remove_fabric(&self, index: FabricIndex) -> Result<(), StoreError>;
}

/// Keeps what hangs on a fabric. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::matter_fabrics`)
/// - An identity comes back equal; putting another replaces it.
/// - An access list comes back in the order it was put; putting another replaces it as a whole.
/// - Putting either for an unknown fabric is `NotFound`.
#[async_trait]
pub trait MatterIdentities: Send + Sync {
    /// The node identity in a fabric.
    async fn find_identity(&self, index: FabricIndex) -> Result<Option<NodeIdentity>, StoreError>;
    /// Stores the node identity of its fabric.
    async fn put_identity(&self, identity: &NodeIdentity) -> Result<(), StoreError>;
    /// The access list of a fabric, in order.
    async fn list_acl(&self, index: FabricIndex) -> Result<Vec<AclEntry>, StoreError>;
    /// Replaces the access list of a fabric.
    async fn put_acl(&self, index: FabricIndex, entries: &[AclEntry]) -> Result<(), StoreError>;
}
