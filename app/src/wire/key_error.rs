//! Why a verb about master keys did nothing, or not all of it.
//!
//! Does NOT choose exit codes (`cli`).

use super::ConfigJobError;
use loom_adapter_archive::LockError;
use loom_domain::ports::{BoxError, KeyError, SourceError, StoreError, TargetError};
use loom_domain::usecases::{
    CheckKeyError, MoveKeyError, RecoverKeySwitchError, RetireKeysError, RotateKeyError,
};
use std::path::Path;

/// Why a job with keys failed. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the error it is named after")]
pub enum KeyJobError {
    #[error("data dir `{0}` does not exist\nhint: name the right one with --config or --data-dir")]
    NoDataDir(String),
    #[error(
        "data dir `{0}` has no state yet\nhint: start the daemon once; it makes the state and its master key"
    )]
    NoState(String),
    #[error(
        "data dir `{dir}` is in use by {by}\nhint: stop it first; a daemon rotates its key itself, by `key rotate --running`"
    )]
    Busy { dir: String, by: String },
    #[error("data dir `{dir}` cannot be used: {source}")]
    Unusable { dir: String, source: std::io::Error },
    #[error(
        "the key is a credential of the service manager, which only you can change\nhint: name another place with --to, and take the credential out of the unit afterwards"
    )]
    Credential,
    #[error(
        "`{path}` holds no new master key: {reason}\nhint: write a line OPENCCU_LOOM_NEW_SECRET_KEY= with the output of `openssl rand -base64 32` into it"
    )]
    NewKeyFile { path: String, reason: String },
    #[error(
        "a new key would be gone with this command if it came out of `{0}`: it is no regular file\nhint: write a line OPENCCU_LOOM_NEW_SECRET_KEY= with the output of `openssl rand -base64 32` into the file the daemon's environment is set from, and name that file with --new-key-file"
    )]
    NewKeyNotKept(String),
    #[error(
        "the new key in `{path}` may be gone after a power cut: {source}\nhint: look after the disk that file lies on, or write the key into a file on another one"
    )]
    NewKeyNotDurable { path: String, source: std::io::Error },
    #[error(
        "the daemon would not find a key there: `backends.keys` is `{backend}`, which does not look at `{target}`\nhint: set `backends.keys: file` in the config file first"
    )]
    NotLookedAt { backend: &'static str, target: &'static str },
    #[error(
        "the change of the master key cannot be brought to its end without the database\nhint: put `openccu-loom.db` back; if it is lost for good, first move `.loom-key-*` out of the data dir and keep it"
    )]
    NoDatabase,
    #[error(
        "the change of the master key cannot be brought to its end with this database: {0}\nhint: it is damaged: move `openccu-loom.db*` and `.loom-key-*` out of the data dir, keep both, and restore an archive"
    )]
    BrokenDatabase(#[source] BoxError),
    #[error(
        "a change of the master key was interrupted, and the key files may not fit the sealed values\nhint: start the daemon again, which brings the change to its end"
    )]
    Interrupted,
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    State(Box<ConfigJobError>),
    #[error("the master key cannot be loaded: {0}")]
    Key(#[from] KeyError),
    #[error(transparent)]
    Rotate(#[from] RotateKeyError),
    #[error(transparent)]
    Move(#[from] MoveKeyError),
    #[error("a change of the master key was interrupted and cannot be brought to its end: {0}")]
    Recover(#[from] RecoverKeySwitchError),
    #[error(transparent)]
    Retire(#[from] RetireKeysError),
    #[error(transparent)]
    Check(#[from] CheckKeyError),
    #[error("the archives that may need an old key cannot be looked at: {}", of_folder(.0))]
    Archives(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyJobErrorKind {
    /// Name something else.
    Usage,
    /// Look after the master key.
    Key,
    /// Give way to somebody, or consent.
    Refused,
    /// Look after the machine.
    Unexpected,
}

impl KeyJobError {
    /// What a caller can do about it.
    pub fn kind(&self) -> KeyJobErrorKind {
        use super::ConfigJobErrorKind as State;
        match self {
            Self::NoDataDir(_)
            | Self::NoState(_)
            | Self::NotLookedAt { .. }
            | Self::Archives(SourceError::NotFound(_))
            | Self::Retire(RetireKeysError::Unknown(_)) => KeyJobErrorKind::Usage,
            Self::Busy { .. }
            | Self::Retire(RetireKeysError::Needed { .. })
            | Self::Move(MoveKeyError::AlreadyThere(_))
            | Self::Target(
                TargetError::Busy { .. }
                | TargetError::Blocked { .. }
                | TargetError::Waits { .. }
                | TargetError::BroughtToEnd(_),
            ) => KeyJobErrorKind::Refused,
            Self::Key(error)
            | Self::Move(MoveKeyError::Key(error) | MoveKeyError::NotCompleted(error))
            | Self::Rotate(RotateKeyError::Key(error) | RotateKeyError::NotCompleted(error))
            | Self::Recover(RecoverKeySwitchError::Key(error))
            | Self::Retire(RetireKeysError::Key(error)) => of_key(error),
            Self::Retire(RetireKeysError::NotAll { cause, .. }) => of_key(cause),
            Self::Move(MoveKeyError::Store(_))
            | Self::Rotate(
                RotateKeyError::Store(_)
                | RotateKeyError::Randomness(_)
                | RotateKeyError::NotResealed(_)
                | RotateKeyError::OutcomeUnknown(_),
            ) => KeyJobErrorKind::Unexpected,
            Self::NoDatabase
            | Self::Interrupted
            | Self::Credential
            | Self::NewKeyFile { .. }
            | Self::NewKeyNotKept(_)
            | Self::Move(_)
            | Self::Rotate(_) => KeyJobErrorKind::Key,
            Self::State(error) => match error.kind() {
                State::Usage => KeyJobErrorKind::Usage,
                State::Key => KeyJobErrorKind::Key,
                State::Refused => KeyJobErrorKind::Refused,
                State::Unexpected => KeyJobErrorKind::Unexpected,
            },
            _ => KeyJobErrorKind::Unexpected,
        }
    }

    pub(super) fn locked(data_dir: &Path, error: LockError) -> Self {
        let dir = data_dir.display().to_string();
        match error {
            LockError::Busy { by } => Self::Busy { dir, by },
            LockError::Io(source) => Self::Unusable { dir, source },
        }
    }
}

fn of_key(error: &KeyError) -> KeyJobErrorKind {
    match error {
        // A disk that is full or broken, and no key that is missing or wrong.
        KeyError::NotStored { .. } => KeyJobErrorKind::Unexpected,
        KeyError::Blocked { .. } => KeyJobErrorKind::Refused,
        _ => KeyJobErrorKind::Key,
    }
}

/// Why a folder of archives cannot be looked at: what is not there is the folder, no archive.
fn of_folder(error: &SourceError) -> String {
    match error {
        SourceError::NotFound(folder) => format!(
            "folder `{folder}` does not exist\nhint: mount it, make it if there were no archives in it, or name the right one"
        ),
        other => other.to_string(),
    }
}

impl From<ConfigJobError> for KeyJobError {
    fn from(error: ConfigJobError) -> Self {
        Self::State(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_domain::ports::KeySource;

    #[test]
    fn a_full_disk_and_what_is_in_the_way_are_no_matter_of_the_key() {
        let origin = || KeySource::File("/data/secret.key".to_owned());
        let full = || KeyError::NotStored { origin: origin(), cause: "no space left".into() };
        let blocked = || {
            let (reason, mend) = ("it is a folder".to_owned(), "move it".to_owned());
            KeyError::Blocked { origin: origin(), reason, mend }
        };
        let pending = || KeyError::SwitchPending;
        let ways: [fn(KeyError) -> KeyJobError; 6] = [
            |error| error.into(),
            |error| RotateKeyError::Key(error).into(),
            |error| RotateKeyError::NotCompleted(error).into(),
            |error| MoveKeyError::Key(error).into(),
            |error| MoveKeyError::NotCompleted(error).into(),
            |error| RecoverKeySwitchError::Key(error).into(),
        ];
        for way in ways {
            assert_eq!(way(full()).kind(), KeyJobErrorKind::Unexpected);
            assert_eq!(way(blocked()).kind(), KeyJobErrorKind::Refused);
            assert_eq!(way(pending()).kind(), KeyJobErrorKind::Key);
        }
    }
}
