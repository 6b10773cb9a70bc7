//! Records of CCU restores in memory.
//!
//! Does NOT restore anything.

use super::{MemoryStateStore, already_exists, not_found, precision::microseconds};
use async_trait::async_trait;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId};
use loom_domain::ports::{CcuRestores, StoreError};
use std::cmp::Reverse;

#[async_trait]
impl CcuRestores for MemoryStateStore {
    async fn list_ccu_restores(&self) -> Result<Vec<CcuRestore>, StoreError> {
        let mut all: Vec<_> = self.lock().ccu_restores.values().cloned().collect();
        // Stable: records of one instant stay in the order of their ids.
        all.sort_by_key(|restore| Reverse(restore.created_at));
        Ok(all)
    }

    async fn find_ccu_restore(&self, id: &CcuRestoreId) -> Result<Option<CcuRestore>, StoreError> {
        Ok(self.lock().ccu_restores.get(id).cloned())
    }

    async fn create_ccu_restore(&self, restore: &CcuRestore) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.ccu_restores.contains_key(&restore.id) {
            return Err(already_exists("CCU restore", &restore.id));
        }
        state.ccu_restores.insert(restore.id.clone(), as_stored(restore));
        Ok(())
    }

    async fn update_ccu_restore(&self, restore: &CcuRestore) -> Result<(), StoreError> {
        let mut state = self.lock();
        let Some(old) = state.ccu_restores.get_mut(&restore.id) else {
            return Err(not_found("CCU restore", &restore.id));
        };
        *old = CcuRestore { created_at: old.created_at, ..as_stored(restore) };
        Ok(())
    }
}

fn as_stored(restore: &CcuRestore) -> CcuRestore {
    CcuRestore {
        created_at: microseconds(restore.created_at),
        updated_at: microseconds(restore.updated_at),
        ..restore.clone()
    }
}
