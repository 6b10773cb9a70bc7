//! Re-sealing: every secret value of a state store gets another envelope, all of them or none.
//!
//! Does NOT know keys or ciphers: what a value becomes is said by whoever asks.

use super::StoreError;
use crate::audit::AuditEntry;
use crate::secret::{KeyFingerprint, SecretPlace};
use async_trait::async_trait;
use jiff::Timestamp;
use std::sync::Arc;

/// Replaces secret values in place. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::resealing`)
/// - Every secret-classed value that is set is shown once, with its place, as it is stored; nothing is changed by that.
/// - Values of all tables are replaced, the record of the key is set and the audit entry is written, or nothing of all that.
/// - A value for which nothing is given stays as it is, and so does everything beside the values.
/// - An error for one value ends it, and nothing was changed.
/// - The re-sealing that was done last is not ruled out; any other is, and its audit entry is written.
/// - One with the same key that was begun at another instant is another one.
/// - Memory does not grow with the number of values.
#[async_trait]
pub trait Resealing: Send + Sync {
    /// Shows every secret value as it is stored.
    async fn visit_secrets(&self, visitor: Arc<dyn SecretVisitor>) -> Result<(), StoreError>;
    /// Replaces every secret value, in one transaction. It is durable when this returns: key files change next.
    async fn reseal(
        &self,
        resealer: Arc<dyn Resealer>,
        record: &ResealRecord,
    ) -> Result<Resealed, StoreError>;
    /// Whether the `reseal` of this key and instant was not done and never will be, if it failed; the audit entry is
    /// written then. `false`: it was the last one, and nothing was written. Before this returns `true`, a failed `reseal`
    /// may turn out to have happened, even after a loss of power: its error may be that of the last sync. Afterwards it
    /// cannot, for a write that came later is on the disk. An error leaves it open.
    async fn rule_out(&self, record: &ResealRecord) -> Result<bool, StoreError>;
    /// Public name of the key the values were last re-sealed with, as far as is known: see `rule_out`.
    async fn resealed_with(&self) -> Result<Option<KeyFingerprint>, StoreError>;
}

/// Is shown secret values, sealed and clear ones. Called from a thread that may block.
pub trait SecretVisitor: Send + Sync {
    /// One value.
    fn visit(&self, place: &SecretPlace, stored: &str);
}

/// Says what a secret value becomes. Called from a thread that may block, once per value; pure.
pub trait Resealer: Send + Sync {
    /// The text to store from now on; `None` leaves the value as it is, an error ends everything.
    fn reseal(&self, place: &SecretPlace, stored: &str) -> Result<Option<String>, StoreError>;
}

/// What is written in the same transaction as the values, or as the ruling.
#[derive(Debug, Clone, PartialEq)]
pub struct ResealRecord {
    /// The key the values are sealed with from now on.
    pub key: KeyFingerprint,
    /// When the change of the key was begun. Adapters may keep whole microseconds of it.
    pub begun_at: Timestamp,
    /// Who did it.
    pub audit: AuditEntry,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Values that were replaced.
    pub replaced: u64,
    /// Values that stayed as they are.
    pub left: u64,
}
