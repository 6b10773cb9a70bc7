//! Key provider: where the master key of a data dir comes from.
//!
//! Does NOT seal anything. Resolving never creates a key; only a daemon creates one (`ports::key_vault`).

use super::BoxError;
use crate::secret::{BadMasterKey, BadWrappedKey, KeyFingerprint, MasterKey, Wrapper};
use async_trait::async_trait;
use std::fmt;

/// Resolves the master key. Driven port; adapters: `keys` (file, env, wrapped, chain), `memory`; `secret::HeldKeys`.
///
/// # Contract (each line has a case in `loom_contract::key_provider`)
/// - A configured key is returned with the place it came from.
/// - Nothing configured is `None`, not an error; nothing is created.
/// - A configured but broken key is an error that names the source, never `None`.
/// - No error quotes the key or any part of it.
#[async_trait]
pub trait KeyProvider: Send + Sync {
    /// The key, if one is configured here.
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError>;
}

/// A key and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedKey {
    /// The key.
    pub key: MasterKey,
    /// Where it came from.
    pub source: KeySource,
}

/// A place a key can come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// An environment variable, by its name.
    Environment(String),
    /// A file, by its path.
    File(String),
    /// A credential the service manager handed over, by the path of its file.
    Credential(String),
    /// A wrapped key, by the path of its file.
    Wrapped {
        /// What unwraps it.
        wrapper: Wrapper,
        /// The file.
        path: String,
        /// The wrapping key, such as the id of a key of KMS or the label of one on a token.
        wrapping_key: String,
    },
    /// An archive that carries the key of its state.
    Archive,
    /// A fake in memory.
    Memory,
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "environment variable `{name}`"),
            Self::File(path) => write!(f, "file `{path}`"),
            Self::Credential(path) => write!(f, "credential `{path}`"),
            Self::Wrapped { wrapper, path, wrapping_key } => {
                write!(f, "file `{path}`, wrapped by the {wrapper} key `{wrapping_key}`")
            }
            Self::Archive => f.write_str("the archive's own `secret.key`"),
            Self::Memory => f.write_str("memory"),
        }
    }
}

/// Why there is no key although one is configured. Fragments read after "failed to load the master key: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// What is there is no key.
    #[error(
        "{origin} holds no master key: {reason}\nhint: a key is the base64 of 32 bytes, as from `openssl rand -base64 32`"
    )]
    Malformed {
        /// Where.
        origin: KeySource,
        /// What is wrong.
        reason: BadMasterKey,
    },
    /// What is there is no wrapped key.
    #[error(
        "{origin} holds no wrapped master key: {reason}\nhint: take the file from an archive of this data dir"
    )]
    BadWrapping {
        /// Where.
        origin: KeySource,
        /// What is wrong.
        reason: BadWrappedKey,
    },
    /// Others than its owner can read the file.
    #[error("{origin} can be read by others (mode {mode:04o})\nhint: {mend}")]
    Exposed {
        /// Where.
        origin: KeySource,
        /// Permission bits of the file.
        mode: u32,
        /// The command that mends it.
        mend: String,
    },
    /// The file is a link, which whoever planted it can turn to another key.
    #[error("{origin} is a link\nhint: {mend}")]
    Link {
        /// Where.
        origin: KeySource,
        /// The command that mends it.
        mend: String,
    },
    /// The file belongs to somebody who is neither this process's user, nor root, nor the owner of the data dir.
    #[error("{origin} belongs to another user (uid {uid})\nhint: {mend}")]
    ForeignOwner {
        /// Where.
        origin: KeySource,
        /// Its owner.
        uid: u32,
        /// The command that mends it.
        mend: String,
    },
    /// The wrapping key exists, and its use is denied.
    #[error("{origin} cannot be unwrapped or wrapped, access is denied: {cause}\nhint: {mend}")]
    Denied {
        /// Where.
        origin: KeySource,
        /// The words of the service or token.
        cause: BoxError,
        /// What would have to be allowed, and to whom.
        mend: String,
    },
    /// There is no such wrapping key, or it is disabled or about to be deleted.
    #[error(
        "{origin} cannot be unwrapped or wrapped, the wrapping key cannot be used: {cause}\nhint: {mend}"
    )]
    NoWrappingKey {
        /// Where.
        origin: KeySource,
        /// The words of the service or token.
        cause: BoxError,
        /// What to look at.
        mend: String,
    },
    /// The wrapping key does not open it: it was made with another key or for another data dir, or it was changed.
    #[error("{origin} does not unwrap: {cause}\nhint: take the file from an archive of this data dir")]
    NotUnwrapped {
        /// Where.
        origin: KeySource,
        /// The words of the service or token.
        cause: BoxError,
    },
    /// The service or token cannot be reached, or asks to come back later.
    #[error("{origin} cannot be unwrapped or wrapped now: {cause}\nhint: {mend}")]
    Unreachable {
        /// Where.
        origin: KeySource,
        /// Why.
        #[source]
        cause: BoxError,
        /// What to look at.
        mend: String,
    },
    /// A setting that is needed to wrap or unwrap is missing or wrong.
    #[error("the {wrapper} wrapper is not set up: {reason}")]
    NotSetUp {
        /// Which.
        wrapper: Wrapper,
        /// What is missing; may end in a hint.
        reason: String,
    },
    /// This program was built without that wrapper.
    #[error("this program was built without the {0} wrapper\nhint: use one that has the feature `{0}`")]
    NotInThisProgram(Wrapper),
    /// A switch to another key was begun and not ended.
    #[error(
        "a change of the master key is under way or was interrupted\nhint: `key status` brings it to its end"
    )]
    SwitchPending,
    /// The new key of a switch is nowhere.
    #[error(
        "neither {origin} nor what was staged holds the key {key}\nhint: put that key there, from an archive, a copy or the emergency sheet"
    )]
    StagedKeyGone {
        /// The place where it can be put: that which it was to have, or `secret.key` for one that only moves.
        origin: KeySource,
        /// Its public name.
        key: KeyFingerprint,
    },
    /// The source cannot be read.
    #[error("{origin} cannot be read: {cause}")]
    Unreadable {
        /// Where.
        origin: KeySource,
        /// Why.
        #[source]
        cause: BoxError,
    },
    /// A new key cannot be stored durably.
    #[error("{origin} cannot be written: {cause}")]
    NotStored {
        /// Where.
        origin: KeySource,
        /// Why.
        #[source]
        cause: BoxError,
    },
    /// What lies where a key has to go, or to go away, cannot be replaced or moved. Nothing was changed.
    #[error("{origin} cannot be replaced: {reason}\nhint: {mend}")]
    Blocked {
        /// Where.
        origin: KeySource,
        /// What is in the way of it.
        reason: String,
        /// What would have to be done there.
        mend: String,
    },
    /// There is a key already.
    #[error("{0} already holds a master key")]
    AlreadyExists(KeySource),
}

impl KeyError {
    /// The same, told of `origin`: who unwraps does not know where the wrapped key lies.
    #[must_use]
    pub fn told_of(mut self, place: KeySource) -> Self {
        if let Self::Denied { origin, .. }
        | Self::NoWrappingKey { origin, .. }
        | Self::NotUnwrapped { origin, .. }
        | Self::Unreachable { origin, .. } = &mut self
        {
            *origin = place;
        }
        self
    }
}
