//! What is at work on a central: a backup or a restore, each in its turn.
//!
//! Does NOT end what broke off; whoever finds it does.

use super::BACKUP_JOB;
use crate::ccu_restores::RESTORE_JOB;
use crate::central_gateways::central_lane;
use crate::jobs::Jobs;
use loom_domain::ccu_backup::CcuBackup;
use loom_domain::ccu_restore::CcuRestore;
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuBackups, CcuRestores, StoreError};
use std::fmt;

/// A record that has not ended.
pub(crate) enum OpenWork {
    Restore(CcuRestore),
    Backup(CcuBackup),
}

/// Whether any job that takes or restores backups has a central to itself, or is about to.
pub(crate) fn is_at_work(jobs: &Jobs, central: &CentralName) -> bool {
    jobs.open_in(&central_lane(central)).iter().any(|job| matches!(job.kind, BACKUP_JOB | RESTORE_JOB))
}

/// The record of a central that has not ended; of a restore and the backup it takes first, the restore.
pub(crate) async fn open_work(
    backups: &dyn CcuBackups,
    restores: &dyn CcuRestores,
    central: &CentralName,
) -> Result<Option<OpenWork>, StoreError> {
    let restores = restores.list_ccu_restores().await?;
    let open = restores.into_iter().find(|record| record.target == *central && !record.has_ended());
    if let Some(open) = open {
        return Ok(Some(OpenWork::Restore(open)));
    }
    let backups = backups.list_ccu_backups().await?;
    let is_open = |record: &CcuBackup| record.central.as_ref() == Some(central) && !record.has_ended();
    Ok(backups.into_iter().find(is_open).map(OpenWork::Backup))
}

impl fmt::Display for OpenWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restore(record) => write!(f, "restore `{}`", record.id),
            Self::Backup(record) => write!(f, "CCU backup `{}`", record.id),
        }
    }
}
