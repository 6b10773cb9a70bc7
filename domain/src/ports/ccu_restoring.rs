//! The restoring role of a central: gives a system backup back to it, one step at a time.
//!
//! Does NOT decide whether or in what order (`usecases::restore_central`), and does NOT wait for a central that restarts.

use super::{CcuError, Content};
use crate::secret::SecretText;
use async_trait::async_trait;
use std::time::Duration;

/// Gives a system backup back. Driven port; adapters: `homematic`, `memory`. All steps of one restore go through one
/// gateway.
///
/// # Contract (each line has a case in `loom_contract::ccu_restoring`)
/// - Bytes that are no system backup are refused when they are offered, and the central keeps its state.
/// - A content that is not as long as announced is an error, and the central keeps its state.
/// - What was offered and applied is the central's state after the next restart.
/// - What was only offered never becomes the central's state.
/// - Applying without an offer is refused.
/// - An offer that asks for a security key is not applied with another one or none.
/// - It has been up for less time after a restart than since before it.
#[async_trait]
pub trait CcuRestoring: Send + Sync {
    /// Gives `bytes` bytes to the central and has them looked at. It serves for one `apply_offer`.
    async fn offer_system_backup(
        &self,
        bytes: u64,
        content: Box<dyn Content>,
    ) -> Result<OfferedSystemBackup, CcuRestoreError>;
    /// Has the central take over what was offered. The point of no return; takes up to many minutes.
    async fn apply_offer(&self, key: Option<&SecretText>) -> Result<(), CcuRestoreError>;
    /// Has the central restart. It is away when this returns, or soon after.
    ///
    /// # Errors
    /// It is not known to have heard it; it may have.
    async fn restart(&self) -> Result<(), CcuError>;
    /// How long the central has been up, in whole seconds; what is left over is cut off. A central that cannot tell is
    /// `Refused` or `Misbehaved`.
    async fn up_for(&self) -> Result<Duration, CcuError>;
    /// Has the central start again what a failed `apply_offer` stopped.
    async fn revive(&self) -> Result<(), CcuError>;
}

/// What the central says of a backup that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfferedSystemBackup {
    /// Whether it wants a security key to apply it.
    pub wants_key: bool,
}

/// Why a central does not take a system backup back. Fragments read after "failed to restore: ", hints included.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CcuRestoreError {
    /// It did not answer as it should; what became of the step is told by the variant inside.
    #[error(transparent)]
    Ccu(#[from] CcuError),
    /// It was not even asked: the request never left us.
    #[error(transparent)]
    NotAsked(CcuError),
    /// To it, this is no system backup.
    #[error(
        "the central does not accept the file as a system backup: {0}\nhint: take another backup; this one may be damaged, or the central is out of space"
    )]
    NotAccepted(String),
    /// The key is not the one the central has.
    #[error("the security key is not the one of the central\nhint: give the key that is set on the central")]
    NotTheKeyOfTheCentral,
    /// The key is not the one the backup was made with.
    #[error(
        "the security key is not the one the backup was made with, or the backup is damaged\nhint: a damaged backup looks as \
         if it had a key of its own; if no key was ever set, use another backup"
    )]
    NotTheKeyOfTheBackup,
    /// The backup is newer than the central's firmware.
    #[error(
        "the backup comes from a newer firmware than the central has\nhint: update the central's firmware first"
    )]
    FirmwareTooOld,
    /// The central could not unpack it or use what is in it.
    #[error("the central could not take the backup over: {reason}")]
    NotApplied {
        /// What the central says, in words, with a hint.
        reason: String,
        /// Whether the backup may come into force at the next restart nevertheless.
        pending: bool,
    },
    /// Nobody knows whether it was applied: the conversation broke off in the middle, or the answer makes no sense.
    #[error("it is unknown whether the central took the backup over: {0}")]
    Unknown(String),
}
