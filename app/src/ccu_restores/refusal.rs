//! Why a restore cannot even be begun or resumed.
//!
//! Does NOT hold failures of restores: those are on the record.

use crate::ccu_backups::CcuBackupError;
use crate::central_gateways::CentralGatewayError;
use crate::jobs::JobRefused;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ccu_restore::{BadCcuRestoreId, CcuRestoreId};
use loom_domain::central::CentralName;
use loom_domain::ports::StoreError;
use loom_domain::usecases::ConsentRefusal;

/// Why a restore is not begun. Fragments read after "failed to restore: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CcuRestoreFailure {
    /// The backup.
    #[error(transparent)]
    Backup(#[from] CcuBackupError),
    /// Nobody knows where it comes from, and nobody said where it shall go.
    #[error(
        "where CCU backup `{0}` comes from is not known\nhint: name the central to restore to in `target`"
    )]
    NoTarget(CcuBackupId),
    /// The central cannot be tried.
    #[error(transparent)]
    Gateway(#[from] CentralGatewayError),
    /// It was not shown that it is meant.
    #[error(transparent)]
    Consent(#[from] ConsentRefusal),
    /// Something has the central to itself.
    #[error("central `{central}` is busy with {by}\nhint: wait until that is over")]
    Busy {
        /// The central.
        central: CentralName,
        /// With what.
        by: String,
    },
    /// There is none of that id.
    #[error("restore `{0}` does not exist")]
    NotFound(CcuRestoreId),
    /// It does not wait for a decision.
    #[error("restore `{0}` is not interrupted\nhint: only an interrupted restore can be resumed")]
    NotInterrupted(CcuRestoreId),
    /// A newer restore may have changed the central since, so what is on it now proves nothing about this one.
    #[error(
        "restore `{id}` was overtaken by restore `{newer}` of the same central\nhint: look at `{newer}`; to have the backup of \
         `{id}` after all, restore it anew"
    )]
    Overtaken {
        /// The restore.
        id: CcuRestoreId,
        /// The newest one that got as far as changing the central.
        newer: CcuRestoreId,
    },
    /// Its id cannot be made.
    #[error(transparent)]
    Id(BadCcuRestoreId),
    /// No job is taken.
    #[error(transparent)]
    Refused(#[from] JobRefused),
    /// The records.
    #[error(transparent)]
    Store(#[from] StoreError),
}
