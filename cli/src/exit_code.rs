//! Exit codes: one number per kind of outcome, a contract with scripts (`docs/cli-json.md`).
//!
//! Does NOT print.

use crate::daemon_client::{DaemonError, JobFailureKind, Problem};
use crate::failure::Failure;
use loom_app::bootstrap::BootstrapError;
use loom_app::daemon::StartErrorKind;
use loom_app::key_kit::KitError;
use loom_app::telemetry::TelemetryError;
use loom_app::{ConfigJobErrorKind, KeyJobErrorKind};
use loom_domain::ports::{FilesError, SinkError, SnapshotError, SourceError, TargetError};
use loom_domain::restore_plan::Refusal;
use loom_domain::usecases::{ExamineError, RestoreError, TakeBackupError};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// Done.
    Done = 0,
    /// Something unexpected: a disk, a permission, a damaged live database.
    Unexpected = 1,
    /// The command line, the config file or the data dir it names is not right.
    Usage = 2,
    /// Done, but not all of it.
    Partly = 3,
    /// An archive is damaged, hostile or none at all.
    Damaged = 4,
    /// The master key is missing, malformed or another one.
    Key = 5,
    /// Refused: something exists, is in use or is too new.
    Refused = 6,
    /// A central is unreachable or refused.
    Central = 7,
    /// The passphrase of an archive is missing or another one.
    Passphrase = 8,
    /// No identity at hand opens an archive.
    Identity = 9,
}

impl ExitCode {
    /// The number.
    pub(crate) fn number(self) -> u8 {
        self as u8
    }

    /// The worst news of several outcomes: damage outweighs whatever is missing to open an archive, and that everything
    /// else.
    pub(crate) fn worst(outcomes: &[Self]) -> Self {
        let worst_first = [
            Self::Damaged,
            Self::Key,
            Self::Passphrase,
            Self::Identity,
            Self::Unexpected,
            Self::Central,
            Self::Usage,
            Self::Refused,
            Self::Partly,
        ];
        worst_first.into_iter().find(|code| outcomes.contains(code)).unwrap_or(Self::Done)
    }
}

impl From<&Failure> for ExitCode {
    fn from(failure: &Failure) -> Self {
        match failure {
            Failure::Bootstrap(error) => match error {
                BootstrapError::Unreadable { .. } => Self::Unexpected,
                _ => Self::Usage,
            },
            Failure::Config(_) | Failure::Usage(_) | Failure::Sealing(_) => Self::Usage,
            Failure::Passphrase(_) => Self::Passphrase,
            Failure::Telemetry(TelemetryError::Traces(_)) => Self::Usage,
            Failure::Telemetry(_) => Self::Unexpected,
            Failure::Start(error) => match error.kind() {
                StartErrorKind::Configuration => Self::Usage,
                StartErrorKind::Key => Self::Key,
                StartErrorKind::Refused => Self::Refused,
                StartErrorKind::Unexpected => Self::Unexpected,
            },
            Failure::Key(_) => Self::Key,
            Failure::Kit(error) => match error.as_ref() {
                KitError::Key(_) | KitError::NoKey | KitError::OpensNothing { .. } => Self::Key,
                KitError::Restore(error) => of_target(error),
                KitError::KeyChange(error) => of_key_job(error.kind()),
                _ => Self::Usage,
            },
            Failure::TakeBackup(error) => of_backup(error),
            Failure::Restore(error) => of_restore(error),
            Failure::Examine(error) => of_examination(error),
            Failure::Source(error) => of_source(error),
            Failure::Target(error) => of_target(error),
            Failure::ConfigExport(error) | Failure::ConfigImport(error) => match error.kind() {
                ConfigJobErrorKind::Usage => Self::Usage,
                ConfigJobErrorKind::Key => Self::Key,
                ConfigJobErrorKind::Refused => Self::Refused,
                ConfigJobErrorKind::Unexpected => Self::Unexpected,
            },
            Failure::Document { .. } => Self::Usage,
            Failure::KeyJob { error, .. } => of_key_job(error.kind()),
            Failure::Daemon { error, .. } => of_daemon(error),
            Failure::Job(failed) => of_job(failed.kind),
            Failure::NotKept(_) => Self::Damaged,
            Failure::Refused(_) => Self::Refused,
            Failure::Other(_) => Self::Unexpected,
        }
    }
}

fn of_key_job(kind: KeyJobErrorKind) -> ExitCode {
    match kind {
        KeyJobErrorKind::Usage => ExitCode::Usage,
        KeyJobErrorKind::Key => ExitCode::Key,
        KeyJobErrorKind::Refused => ExitCode::Refused,
        KeyJobErrorKind::Unexpected => ExitCode::Unexpected,
    }
}

fn of_backup(error: &TakeBackupError) -> ExitCode {
    match error {
        TakeBackupError::Files(FilesError::Missing(_) | FilesError::NoFolder(_)) => ExitCode::Usage,
        TakeBackupError::Snapshot(SnapshotError::Missing(_) | SnapshotError::Foreign { .. }) => {
            ExitCode::Usage
        }
        TakeBackupError::Sink(SinkError::AlreadyExists(_)) => ExitCode::Refused,
        TakeBackupError::Sink(SinkError::Form(_)) => ExitCode::Usage,
        TakeBackupError::Key(_) | TakeBackupError::NoMasterKey | TakeBackupError::KeyGone(_) => ExitCode::Key,
        _ => ExitCode::Unexpected,
    }
}

fn of_restore(error: &RestoreError) -> ExitCode {
    match error {
        RestoreError::Refused(refusals) => of_refusals(refusals),
        RestoreError::BroughtToEnd | RestoreError::KeyChanges => ExitCode::Refused,
        RestoreError::Key(_) => ExitCode::Key,
        RestoreError::Examine(error) => of_examination(error),
        RestoreError::Target(error) => of_target(error),
        _ => ExitCode::Unexpected,
    }
}

/// What a plan's refusals come to.
pub(crate) fn of_refusals(refusals: &[Refusal]) -> ExitCode {
    // Those a restore meets before it reads the archive outweigh whatever is in it.
    let unread = |refusal: &Refusal| {
        matches!(refusal, Refusal::StateExists(_) | Refusal::Interrupted(_) | Refusal::InUse { .. })
    };
    if refusals.iter().any(unread) {
        return ExitCode::Refused;
    }
    let code = |refusal: &Refusal| match refusal {
        Refusal::Damaged(_) => ExitCode::Damaged,
        Refusal::UnreadableSecrets { .. } => ExitCode::Key,
        _ => ExitCode::Refused,
    };
    ExitCode::worst(&refusals.iter().map(code).collect::<Vec<_>>())
}

fn of_examination(error: &ExamineError) -> ExitCode {
    match error {
        ExamineError::Source(error) => of_source(error),
        ExamineError::NoManifest | ExamineError::Manifest(_) => ExitCode::Damaged,
        _ => ExitCode::Unexpected,
    }
}

fn of_source(error: &SourceError) -> ExitCode {
    match error {
        SourceError::NotFound(_) => ExitCode::Usage,
        SourceError::Damaged { .. } | SourceError::Hostile(_) | SourceError::Foreign(_) => ExitCode::Damaged,
        SourceError::KeyNeeded | SourceError::KeyWrong => ExitCode::Key,
        SourceError::PassphraseNeeded | SourceError::PassphraseWrong => ExitCode::Passphrase,
        SourceError::IdentityNeeded { .. } => ExitCode::Identity,
        _ => ExitCode::Unexpected,
    }
}

fn of_daemon(error: &DaemonError) -> ExitCode {
    match error {
        DaemonError::Problem(problem) => of_problem(problem),
        _ => ExitCode::Unexpected,
    }
}

fn of_problem(problem: &Problem) -> ExitCode {
    match problem.status {
        _ if problem.is_damage() => ExitCode::Damaged,
        // What the command line names is wrong, or is not there, as with a file.
        400 | 404 => ExitCode::Usage,
        401 | 403 | 409 | 412 | 413 | 422 | 429 => ExitCode::Refused,
        502 => ExitCode::Central,
        _ => ExitCode::Unexpected,
    }
}

fn of_job(kind: JobFailureKind) -> ExitCode {
    match kind {
        JobFailureKind::Central => ExitCode::Central,
        JobFailureKind::Damaged => ExitCode::Damaged,
        JobFailureKind::Key => ExitCode::Key,
        JobFailureKind::Refused => ExitCode::Refused,
        JobFailureKind::Storage | JobFailureKind::Cancelled | JobFailureKind::Other => ExitCode::Unexpected,
    }
}

fn of_target(error: &TargetError) -> ExitCode {
    match error {
        TargetError::Busy { .. }
        | TargetError::Blocked { .. }
        | TargetError::Waits { .. }
        | TargetError::BroughtToEnd(_)
        | TargetError::NothingToUndo(_) => ExitCode::Refused,
        _ => ExitCode::Unexpected,
    }
}
