//! Why something cannot be done with CCU backups.
//!
//! Does NOT hold failures of jobs: those are on the record.

use crate::central_gateways::CentralGatewayError;
use crate::jobs::JobRefused;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuFilesError, StoreError};
use loom_domain::sbk::SbkVerdict;
use loom_domain::usecases::{GiveUpError, TakeUpError};

/// Why something cannot be done with CCU backups. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CcuBackupError {
    /// Nobody is configured.
    #[error("no central is configured\nhint: add one first")]
    NoCentral,
    /// Several are, and none was named.
    #[error("there are several centrals\nhint: name one of them in `central_name`: {}", listed(.0))]
    Ambiguous(Vec<CentralName>),
    /// The central cannot be tried.
    #[error(transparent)]
    Gateway(#[from] CentralGatewayError),
    /// Something has the central to itself.
    #[error("central `{central}` is busy with {by}\nhint: wait until that is over")]
    Busy {
        /// The central.
        central: CentralName,
        /// With what.
        by: String,
    },
    /// There is none of that id.
    #[error("CCU backup `{0}` does not exist")]
    NotFound(CcuBackupId),
    /// It has no file yet, or never will.
    #[error("CCU backup `{0}` is not completed")]
    NotCompleted(CcuBackupId),
    /// Its record is there, its file is not.
    #[error(
        "the file of CCU backup `{0}` is gone\nhint: bring the file back to its folder, or remove the record"
    )]
    FileGone(CcuBackupId),
    /// A job is at it.
    #[error("CCU backup `{id}` is in use by job `{job}`\nhint: wait until that is over")]
    InUse {
        /// The backup.
        id: CcuBackupId,
        /// The job.
        job: String,
    },
    /// It is taken as part of a restore.
    #[error("CCU backup `{0}` is being taken for a restore\nhint: wait until that is over")]
    UnderWay(CcuBackupId),
    /// It neither waits nor runs.
    #[error("CCU backup `{0}` is not under way")]
    NotUnderWay(CcuBackupId),
    /// What was uploaded is no good backup.
    #[error("the file is no good system backup")]
    Damaged(Box<SbkVerdict>),
    /// More than is taken.
    #[error("the file is larger than {limit_mib} MiB\nhint: `backup.upload_limit_mib` sets the limit")]
    TooLarge {
        /// The limit.
        limit_mib: u64,
    },
    /// Too many files are on their way in.
    #[error("too many uploads are under way\nhint: try again when they are done")]
    TooManyUploads,
    /// No job is taken.
    #[error(transparent)]
    Refused(#[from] JobRefused),
    /// The files.
    #[error(transparent)]
    Files(#[from] CcuFilesError),
    /// The records.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It was cancelled, but not everything could be cleared away.
    #[error(transparent)]
    GiveUp(#[from] GiveUpError),
    /// What a job that broke off left could not be brought to its end.
    #[error(transparent)]
    TakeUp(#[from] TakeUpError),
}

fn listed(names: &[CentralName]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
