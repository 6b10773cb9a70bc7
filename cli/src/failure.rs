//! A failed run: what was tried, and the error behind it.
//!
//! Does NOT choose exit codes (`exit_code`) and does NOT print (`output`).

use crate::daemon_client::{DaemonError, JobFailed};
use loom_app::bootstrap::BootstrapError;
use loom_app::config::ConfigError;
use loom_app::daemon::StartError;
use loom_app::key_kit::KitError;
use loom_app::sealing::SealingError;
use loom_app::telemetry::TelemetryError;
use loom_app::{ConfigJobError, KeyJobError};
use loom_domain::config_document::DocumentError;
use loom_domain::ports::{KeyError, SourceError, TargetError};
use loom_domain::usecases::{ExamineError, RestoreError, TakeBackupError};

/// Why a verb failed. Reads as a whole sentence after `error: `.
#[derive(Debug)]
pub(crate) enum Failure {
    Bootstrap(BootstrapError),
    Config(Box<ConfigError>),
    Telemetry(TelemetryError),
    Start(Box<StartError>),
    Usage(String),
    /// The archive cannot be sealed as the flags or the configuration ask for.
    Sealing(SealingError),
    /// A passphrase for a new archive was not chosen.
    Passphrase(String),
    Key(KeyError),
    Kit(Box<KitError>),
    TakeBackup(TakeBackupError),
    Restore(RestoreError),
    Examine(ExamineError),
    Source(SourceError),
    Target(TargetError),
    ConfigExport(Box<ConfigJobError>),
    ConfigImport(Box<ConfigJobError>),
    Document {
        file: String,
        error: DocumentError,
    },
    /// A change or look at master keys; `what` reads after "failed to ".
    KeyJob {
        what: &'static str,
        error: Box<KeyJobError>,
    },
    /// The daemon did not do it; `what` reads after "failed to ".
    Daemon {
        what: String,
        error: Box<DaemonError>,
    },
    /// The daemon took it, and it failed there.
    Job(Box<JobFailed>),
    /// What came is not what was kept, so it is not here.
    NotKept(String),
    /// Not done, because a consent is missing.
    Refused(String),
    Other(String),
}

/// What a missing right is called, whichever file it is about.
const NO_RIGHT: &str = "Permission denied (os error 13)";

impl Failure {
    /// The words for the operator: with what to do about a missing right, where nothing else is said.
    pub(crate) fn words(&self) -> String {
        let words = self.to_string();
        if words.contains(NO_RIGHT) && !words.contains("\nhint: ") {
            return words + "\nhint: run it as the user the daemon runs as, or as root";
        }
        words
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bootstrap(error) => write!(f, "failed to read the configuration: {error}"),
            Self::Config(error) => write!(f, "failed to read the configuration: {error}"),
            Self::Telemetry(error) => write!(f, "failed to start telemetry: {error}"),
            Self::Start(error) => write!(f, "failed to start: {error}"),
            Self::Usage(what)
            | Self::Other(what)
            | Self::NotKept(what)
            | Self::Refused(what)
            | Self::Passphrase(what) => f.write_str(what),
            Self::Sealing(error) => write!(f, "failed to seal the archive as asked for: {error}"),
            Self::Key(error) => write!(f, "failed to load the master key: {error}"),
            Self::Kit(error) => write!(f, "failed to make the emergency sheet: {error}"),
            Self::TakeBackup(error) => write!(f, "failed to take a backup: {error}"),
            Self::Restore(error @ (RestoreError::Refused(_) | RestoreError::Examine(_))) => {
                let next = match error {
                    RestoreError::Examine(error) => next_step(error),
                    _ => "",
                };
                write!(f, "failed to restore, nothing was changed: {error}{next}")
            }
            Self::Restore(error) => write!(f, "failed to restore: {error}"),
            Self::Examine(error) => write!(f, "failed to read the archive: {error}{}", next_step(error)),
            Self::Source(error) => write!(f, "failed to read the archive: {error}"),
            Self::Target(error) => write!(f, "failed to use the data dir: {error}"),
            Self::ConfigExport(error) => write!(f, "failed to export the configuration: {error}"),
            Self::ConfigImport(error) => {
                write!(f, "failed to import the configuration, nothing was changed: {error}")
            }
            Self::Document { file, error } => {
                write!(f, "failed to read the document `{file}`, nothing was changed: {error}")
            }
            Self::KeyJob { what, error } => write!(f, "failed to {what}: {error}"),
            Self::Daemon { what, error } => write!(f, "failed to {what}: {error}"),
            Self::Job(failed) => failed.fmt(f),
        }
    }
}

/// What to do about a damaged archive: nothing mends it.
fn next_step(error: &ExamineError) -> &'static str {
    match error {
        ExamineError::Source(SourceError::Damaged { .. }) | ExamineError::NoManifest => {
            "\nhint: take another archive; `backup list` shows those of a folder"
        }
        _ => "",
    }
}

macro_rules! from {
    ($($error:ty => $variant:ident),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        })+
    };
}

from! {
    BootstrapError => Bootstrap,
    TelemetryError => Telemetry,
    SealingError => Sealing,
    KeyError => Key,
    TakeBackupError => TakeBackup,
    RestoreError => Restore,
    ExamineError => Examine,
    SourceError => Source,
    TargetError => Target,
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(Box::new(error))
    }
}

impl From<KitError> for Failure {
    fn from(error: KitError) -> Self {
        Self::Kit(Box::new(error))
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::Start(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};

    #[test]
    fn a_missing_right_is_told_with_who_has_it() {
        let unreadable = |source| {
            Failure::Bootstrap(BootstrapError::Unreadable { path: "config.yaml".to_owned(), source })
        };
        let words = unreadable(Error::from_raw_os_error(13)).words();
        assert!(words.ends_with("\nhint: run it as the user the daemon runs as, or as root"), "{words}");
        assert!(!unreadable(Error::from(ErrorKind::IsADirectory)).words().contains("hint: "));
        let hinted = Failure::Other(format!("{}\nhint: other", Error::from_raw_os_error(13))).words();
        assert!(hinted.ends_with("hint: other"), "{hinted}");
    }
}
