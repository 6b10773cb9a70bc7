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
        Ok(records.into_iter().find(|record| {
            record.central.as_ref() == Some(central)
                && matches!(record.state, CcuBackupState::Completed { .. })
                && record.contents.as_ref().is_some_and(|contents| contents.origin.is_some())
        }))
    }

    /// Tells the figures the newest good backup of each of these centrals.
    pub(super) async fn refresh_figures(&self, centrals: &[CentralName]) {
        for central in centrals {
            match self.newest(central).await {
                Ok(newest) => self.figure(central, newest.as_ref()),
                Err(error) => tracing::warn!(%error, %central, "the CCU backups cannot be listed"),
            }
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
