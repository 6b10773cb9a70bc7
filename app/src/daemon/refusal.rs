//! Why a daemon does not start, and what that comes to.
//!
//! Does NOT know exit codes (`cli`).

use super::KeyFailure;
use crate::backends::BackendError;
use crate::sealing::SealingError;
use crate::state_backups::FolderError;
use crate::wire::{CreateError, KeyJobError, KeyJobErrorKind};
use loom_adapter_sqlite::{AdoptError, OpenError};
use loom_domain::ports::{BoxError, CcuFilesError, KeyError, NoRandomness, StoreError, TargetError};
use loom_domain::usecases::TakeBackupError;
use std::io;

/// Why the daemon does not start. Fragments read after "failed to start: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration names adapters that are not there.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The data dir cannot be made or locked.
    #[error("the data dir `{path}` cannot be used: {source}\nhint: {}", data_dir_hint(source))]
    DataDir {
        /// The data dir.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Somebody else has it.
    #[error(
        "the data dir `{path}` is in use by {by}\nhint: one daemon per data dir; wait for a restore to end"
    )]
    Busy {
        /// The data dir.
        path: String,
        /// Who.
        by: String,
    },
    /// A restore was interrupted and cannot be brought to its end.
    #[error(transparent)]
    Recovery(#[from] TargetError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database of a Go daemon cannot be taken over.
    #[error("the state of the Go daemon cannot be adopted: {0}")]
    Adopt(#[from] AdoptError),
    /// The database of a Go daemon is not touched before there is a backup of it.
    #[error("no backup could be taken before taking over the state of the Go daemon: {0}")]
    NoBackup(#[source] Box<CreateError>),
    /// The master key.
    #[error(transparent)]
    Key(#[from] KeyFailure),
    /// A change of the master key was interrupted and cannot be brought to its end.
    #[error(transparent)]
    KeySwitch(Box<KeyJobError>),
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The config file cannot become state.
    #[error("the config file cannot be taken over into the state: {0}")]
    Seed(String),
    /// The folder for archives cannot be used.
    #[error("the folder for archives cannot be used: {0}\nhint: `state_backups.dir` names it")]
    Archives(#[from] FolderError),
    /// Archives cannot be sealed as configured.
    #[error("archives of the state cannot be sealed as the configuration asks for: {0}")]
    Sealing(#[from] SealingError),
    /// The folder for CCU backups cannot be used.
    #[error("the folder for CCU backups cannot be used: {0}\nhint: `backup.dir` names it")]
    CcuBackups(#[source] CcuFilesError),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on `{address}`: {source}\nhint: `listen.rest` names the address; {}",
        listen_hint(source)
    )]
    Listen {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The system gives no random numbers.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// A thread of ours broke.
    #[error("a part of the start broke: {0}")]
    Broken(#[source] BoxError),
}

/// What a failed start comes to, for an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartErrorKind {
    /// The configuration has to change.
    Configuration,
    /// The master key has to be looked after.
    Key,
    /// Something exists, is in use or is too new.
    Refused,
    /// Anything else.
    Unexpected,
}

impl StartError {
    /// What it comes to.
    pub fn kind(&self) -> StartErrorKind {
        match self {
            Self::Backend(_) | Self::Seed(_) | Self::Sealing(_) => StartErrorKind::Configuration,
            // What is away now may be there in a moment: whoever starts the daemon again does right.
            Self::Key(KeyFailure::Key(KeyError::Unreachable { .. } | KeyError::NotStored { .. })) => {
                StartErrorKind::Unexpected
            }
            Self::Key(KeyFailure::Key(_)) => StartErrorKind::Key,
            Self::KeySwitch(error) => match error.kind() {
                KeyJobErrorKind::Key => StartErrorKind::Key,
                KeyJobErrorKind::Refused => StartErrorKind::Refused,
                _ => StartErrorKind::Unexpected,
            },
            Self::NoBackup(error)
                if matches!(
                    **error,
                    CreateError::TakeBackup(
                        TakeBackupError::Key(_) | TakeBackupError::NoMasterKey | TakeBackupError::KeyGone(_)
                    )
                ) =>
            {
                StartErrorKind::Key
            }
            Self::Busy { .. }
            | Self::Recovery(
                TargetError::Busy { .. } | TargetError::Blocked { .. } | TargetError::Waits { .. },
            )
            | Self::Open(OpenError::GoDaemon { .. } | OpenError::Newer { .. } | OpenError::Foreign { .. })
            | Self::Adopt(AdoptError::Newer { .. }) => StartErrorKind::Refused,
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                StartErrorKind::Refused
            }
            _ => StartErrorKind::Unexpected,
        }
    }

    pub(super) fn panicked(error: tokio::task::JoinError) -> Self {
        Self::Broken(error.into())
    }
}

fn data_dir_hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            "it is a file, or below one; name a folder"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on its disk",
        io::ErrorKind::ReadOnlyFilesystem => "its disk is mounted read-only",
        _ => "it has to belong to the user the daemon runs as",
    }
}

fn listen_hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AddrInUse => "is another daemon running?",
        io::ErrorKind::AddrNotAvailable => "it has to be one of this machine",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a right of their own",
        _ => "it has to be one that this machine can serve",
    }
}
