//! Matter fabrics in memory, with the identity and access list of each.
//!
//! Does NOT check certificates.

use super::{MemoryStateStore, already_exists, not_found, precision::microseconds};
use async_trait::async_trait;
use loom_domain::fabric::{AclEntry, Fabric, FabricIndex, NodeIdentity};
use loom_domain::ports::{MatterFabrics, MatterIdentities, StoreError};

#[async_trait]
impl MatterFabrics for MemoryStateStore {
    async fn list_fabrics(&self) -> Result<Vec<Fabric>, StoreError> {
        Ok(self.lock().fabrics.values().cloned().collect())
    }

    async fn create_fabric(&self, fabric: &Fabric) -> Result<(), StoreError> {
        let mut state = self.lock();
        let clashes = |old: &Fabric| {
            old.index == fabric.index
                || (old.fabric_id == fabric.fabric_id && old.root_public_key == fabric.root_public_key)
        };
        if let Some(old) = state.fabrics.values().find(|old| clashes(old)) {
            return Err(already_exists("fabric", old.index.get()));
        }
        let stored = Fabric {
            created_at: microseconds(fabric.created_at),
            updated_at: microseconds(fabric.updated_at),
            ..fabric.clone()
        };
        state.fabrics.insert(fabric.index, stored);
        Ok(())
    }

    async fn remove_fabric(&self, index: FabricIndex) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.fabrics.remove(&index).is_none() {
            return Err(not_found("fabric", index.get()));
        }
        state.identities.remove(&index);
        state.access_lists.remove(&index);
        Ok(())
    }
}

#[async_trait]
impl MatterIdentities for MemoryStateStore {
    async fn find_identity(&self, index: FabricIndex) -> Result<Option<NodeIdentity>, StoreError> {
        Ok(self.lock().identities.get(&index).cloned())
    }

    async fn put_identity(&self, identity: &NodeIdentity) -> Result<(), StoreError> {
        let mut state = self.lock();
        if !state.fabrics.contains_key(&identity.fabric) {
            return Err(not_found("fabric", identity.fabric.get()));
        }
        let stored = NodeIdentity { created_at: microseconds(identity.created_at), ..identity.clone() };
        state.identities.insert(identity.fabric, stored);
        Ok(())
    }

    async fn list_acl(&self, index: FabricIndex) -> Result<Vec<AclEntry>, StoreError> {
        Ok(self.lock().access_lists.get(&index).cloned().unwrap_or_default())
    }

    async fn put_acl(&self, index: FabricIndex, entries: &[AclEntry]) -> Result<(), StoreError> {
        let mut state = self.lock();
        if !state.fabrics.contains_key(&index) {
            return Err(not_found("fabric", index.get()));
        }
        state.access_lists.insert(index, entries.to_vec());
        Ok(())
    }
}
