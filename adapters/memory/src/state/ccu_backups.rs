//! Records of CCU backups in memory.
//!
//! Does NOT hold their bytes.

use super::{MemoryStateStore, already_exists, not_found, precision::microseconds};
use async_trait::async_trait;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId};
use loom_domain::ports::{CcuBackups, StoreError};
use std::cmp::Reverse;

#[async_trait]
impl CcuBackups for MemoryStateStore {
    async fn list_ccu_backups(&self) -> Result<Vec<CcuBackup>, StoreError> {
        let mut all: Vec<_> = self.lock().ccu_backups.values().cloned().collect();
        // Stable: records of one instant stay in the order of their ids.
        all.sort_by_key(|backup| Reverse(backup.created_at));
        Ok(all)
    }

    async fn find_ccu_backup(&self, id: &CcuBackupId) -> Result<Option<CcuBackup>, StoreError> {
        Ok(self.lock().ccu_backups.get(id).cloned())
    }

    async fn create_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.ccu_backups.contains_key(&backup.id) {
            return Err(already_exists("CCU backup", &backup.id));
        }
        state.ccu_backups.insert(backup.id.clone(), as_stored(backup));
        Ok(())
    }

    async fn update_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError> {
        let mut state = self.lock();
        let Some(old) = state.ccu_backups.get_mut(&backup.id) else {
            return Err(not_found("CCU backup", &backup.id));
        };
        *old = CcuBackup { created_at: old.created_at, ..as_stored(backup) };
        Ok(())
    }

    async fn remove_ccu_backup(&self, id: &CcuBackupId) -> Result<(), StoreError> {
        match self.lock().ccu_backups.remove(id) {
            Some(_) => Ok(()),
            None => Err(not_found("CCU backup", id)),
        }
    }
}

fn as_stored(backup: &CcuBackup) -> CcuBackup {
    CcuBackup {
        created_at: microseconds(backup.created_at),
        updated_at: microseconds(backup.updated_at),
        ..backup.clone()
    }
}
