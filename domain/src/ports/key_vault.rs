//! Key vault: where the master key of a new data dir is created.
//!
//! Does NOT resolve keys (`ports::key_provider`). Only a daemon creates a key; the command line never does.

use super::{KeyError, ResolvedKey};
use async_trait::async_trait;

/// Creates the master key of a new data dir. Driven port; adapters: `keys` (file), `memory`.
///
/// # Contract (each line has a case in `loom_contract::key_vault`)
/// - A created key is what the matching provider resolves from then on.
/// - An existing key is never replaced: `AlreadyExists`; of two creators at once exactly one succeeds.
#[async_trait]
pub trait KeyVault: Send + Sync {
    /// Creates a fresh key and stores it durably.
    async fn create(&self) -> Result<ResolvedKey, KeyError>;
}
