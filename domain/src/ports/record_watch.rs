//! The watch over records of CCU backups and restores: for whoever shows them while they change.
//!
//! Does NOT keep them, and is not told of records that go.

use super::Silent;
use crate::ccu_backup::CcuBackup;
use crate::ccu_restore::CcuRestore;

/// Is told of records. Driven port; adapters: the HTTP API's, [`Silent`]. Never waits and cannot fail.
///
/// # Contract
/// - It is told of each state of a record that was stored, after it was stored, in that order.
pub trait RecordWatch: Send + Sync {
    /// This is how the record of a backup now is in the store.
    fn backup_changed(&self, backup: &CcuBackup);
    /// This is how the record of a restore now is in the store.
    fn restore_changed(&self, restore: &CcuRestore);
}

impl RecordWatch for Silent {
    fn backup_changed(&self, _backup: &CcuBackup) {}
    fn restore_changed(&self, _restore: &CcuRestore) {}
}
