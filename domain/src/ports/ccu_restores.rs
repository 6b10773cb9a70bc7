//! The CCU restores role: records of restores, written step by step.
//!
//! Does NOT restore anything.

use super::StoreError;
use crate::ccu_restore::{CcuRestore, CcuRestoreId};
use async_trait::async_trait;

/// Keeps the records of CCU restores. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::ccu_restores`)
/// - A record comes back equal in every state and step.
/// - A second record of one id is `AlreadyExists`.
/// - Updating replaces every field but `created_at`; an unknown id is `NotFound`.
/// - Records are listed newest first, by `created_at`, then by id.
#[async_trait]
pub trait CcuRestores: Send + Sync {
    /// All records, newest first.
    async fn list_ccu_restores(&self) -> Result<Vec<CcuRestore>, StoreError>;
    /// The record of that id, if there is one.
    async fn find_ccu_restore(&self, id: &CcuRestoreId) -> Result<Option<CcuRestore>, StoreError>;
    /// Adds a record.
    async fn create_ccu_restore(&self, restore: &CcuRestore) -> Result<(), StoreError>;
    /// Replaces every field of an existing record but `created_at`. It is on disk when this returns.
    async fn update_ccu_restore(&self, restore: &CcuRestore) -> Result<(), StoreError>;
}
