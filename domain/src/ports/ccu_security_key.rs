//! The security key role of a central: whether one is set, and whether a given one is it.
//!
//! Does NOT set or show keys.

use super::CcuError;
use crate::secret::SecretText;
use async_trait::async_trait;

/// Asks about the central's security key. Driven port; adapters: `homematic`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::ccu_gateway`)
/// - Only the key that is set is accepted; while none is set, none is.
#[async_trait]
pub trait CcuSecurityKey: Send + Sync {
    /// Whether somebody set a key of their own.
    async fn has_security_key(&self) -> Result<bool, CcuError>;
    /// Whether `key` is the one that is set.
    async fn is_security_key(&self, key: &SecretText) -> Result<bool, CcuError>;
}
