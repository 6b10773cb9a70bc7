//! The stored CCU backups role: records of `.sbk` files, from queued to completed or failed.
//!
//! Does NOT hold the files' bytes.

use super::StoreError;
use crate::ccu_backup::{CcuBackup, CcuBackupId};
use async_trait::async_trait;

/// Keeps the records of CCU backups. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::ccu_backups`)
/// - A record comes back equal in every state.
/// - A second record of one id is `AlreadyExists`.
/// - Updating replaces every field but `created_at`.
/// - Updating or removing an unknown id is `NotFound`.
/// - Records are listed newest first, by `created_at`, then by id.
#[async_trait]
pub trait CcuBackups: Send + Sync {
    /// All records, newest first.
    async fn list_ccu_backups(&self) -> Result<Vec<CcuBackup>, StoreError>;
    /// The record of that id, if there is one.
    async fn find_ccu_backup(&self, id: &CcuBackupId) -> Result<Option<CcuBackup>, StoreError>;
    /// Adds a record.
    async fn create_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError>;
    /// Replaces every field of an existing record but `created_at`.
    async fn update_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError>;
    /// Removes a record.
    async fn remove_ccu_backup(&self, id: &CcuBackupId) -> Result<(), StoreError>;
}
