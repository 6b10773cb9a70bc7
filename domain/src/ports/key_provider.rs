//! Key provider: where the master key of a data dir comes from.
//!
//! Does NOT seal anything. Resolving never creates a key; only a daemon creates one (`ports::key_vault`).

use super::BoxError;
use crate::secret::{BadMasterKey, MasterKey};
use async_trait::async_trait;
use std::fmt;

/// Resolves the master key. Driven port; adapters: `keys` (file, env, chain), later KMS, `memory`.
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
    /// There is a key already.
    #[error("{0} already holds a master key")]
    AlreadyExists(KeySource),
}
