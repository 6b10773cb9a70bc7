//! The figures of CCU backups: the newest good one of each central.
//!
//! Does NOT count failures (`creating`).

use super::{CcuBackupError, Inner};
use crate::telemetry::metrics::{BackupSubject, BackupSuccess};
use loom_domain::ccu_backup::{CcuBackup, CcuBackupState};
use loom_domain::central::CentralName;

impl Inner {
    /// The newest completed backup of a central.
    pub(super) async fn newest(&self, central: &CentralName) -> Result<Option<CcuBackup>, CcuBackupError> {
        let records = self.ports.records.list_ccu_backups().await?;
        Ok(newest_of(&records, central).cloned())
    }

    /// Tells the figures the newest good backup of each of these centrals.
    pub(super) async fn refresh_figures(&self, centrals: &[CentralName]) {
        match self.ports.records.list_ccu_backups().await {
            Ok(records) => {
                centrals.iter().for_each(|central| self.figure(central, newest_of(&records, central)));
            }
            Err(error) => tracing::warn!(%error, "the CCU backups cannot be listed"),
        }
    }

    pub(super) fn figure(&self, central: &CentralName, newest: Option<&CcuBackup>) {
        let good = newest.and_then(|record| match &record.state {
            CcuBackupState::Completed { size_bytes, .. } => Some(BackupSuccess {
                finished_at: record.updated_at,
                bytes: *size_bytes,
                duration: (record.updated_at - record.created_at).try_into().ok(),
            }),
            _ => None,
        });
        self.metrics.newest_backup(&BackupSubject::Ccu(central.clone()), good);
    }
}

/// The first completed backup of a central that was taken of it, in a list from new to old.
fn newest_of<'a>(records: &'a [CcuBackup], central: &CentralName) -> Option<&'a CcuBackup> {
    records.iter().find(|record| {
        record.central.as_ref() == Some(central)
            && matches!(record.state, CcuBackupState::Completed { .. })
            && record.contents.as_ref().is_some_and(|contents| contents.origin.is_some())
    })
}
