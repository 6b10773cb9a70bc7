//! Passphrase source: whoever knows the passphrase of an archive, or can ask somebody.
//!
//! Does NOT check it; opening the archive does.

use super::BoxError;
use crate::secret::SecretText;
use async_trait::async_trait;

/// Gives a passphrase when an archive turns out to need one. Driven port; adapters: `cli` (file, terminal).
///
/// # Contract
/// - It is asked only once an archive was seen to be sealed for a passphrase.
/// - `None` says that there is nobody to ask; the archive then stays closed.
#[async_trait]
pub trait PassphraseSource: Send + Sync {
    /// The passphrase.
    async fn passphrase(&self) -> Result<Option<SecretText>, BoxError>;
}
