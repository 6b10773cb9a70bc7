//! Why a job on archives of the state failed, in words for whoever reads them far from a command line.
//!
//! Does NOT decide what is a failure.

use crate::jobs::JobFailure;
use crate::wire::CreateError;
use loom_domain::ports::{FilesError, SinkError, SnapshotError, StagingError, TargetError};
use loom_domain::usecases::{ExamineError, TakeBackupError};

const MAKE_ROOM: &str = "make room there, or remove old archives; `state_backups.dir` names the folder";
const MAKE_ROOM_FOR_DATABASES: &str =
    "make room there: the databases of the data dir lie there once more meanwhile";
const MEND_SCRATCH: &str = "a sealed archive is made in the data dir; the user the daemon runs as has to be able to write there, with room for its databases once more";
const MEND_FOLDER: &str =
    "`state_backups.dir` names the folder; the user the daemon runs as has to be able to write there";

/// Why there is no backup. Hints that speak of the command line are put in the words of the daemon.
pub(super) fn of_backup(error: &CreateError) -> JobFailure {
    let failure = JobFailure::of(error);
    match error {
        CreateError::TakeBackup(TakeBackupError::Sink(SinkError::AlreadyExists(_))) => {
            failure.with_hint("something else wrote it meanwhile; start again")
        }
        CreateError::TakeBackup(TakeBackupError::Sink(SinkError::Full(_))) => failure.with_hint(MAKE_ROOM),
        CreateError::TakeBackup(TakeBackupError::Snapshot(SnapshotError::Full { .. })) => {
            failure.with_hint(MAKE_ROOM_FOR_DATABASES)
        }
        CreateError::TakeBackup(TakeBackupError::Sink(SinkError::Unavailable { .. })) => {
            failure.with_hint(MEND_FOLDER)
        }
        CreateError::NoScratch { .. } => failure.with_hint(MEND_SCRATCH),
        CreateError::TakeBackup(TakeBackupError::Files(FilesError::Missing(_))) => failure
            .with_hint("the data dir was taken away under the running daemon; stop it and bring it back"),
        CreateError::Target(TargetError::Busy { .. }) => failure.with_hint("try again when that is over"),
        _ => failure,
    }
}

/// Why there is no verdict on an archive.
pub(super) fn of_verification(error: &ExamineError) -> JobFailure {
    let failure = JobFailure::of(error);
    match error {
        ExamineError::Staging(StagingError::Full(_)) => failure.with_hint(MAKE_ROOM_FOR_DATABASES),
        _ => failure,
    }
}
