//! Key wrapping: a key outside of this program that wraps master keys and never leaves its service or token.
//!
//! Does NOT keep what was wrapped (`ports::key_switch`) and does NOT create master keys.

use super::KeyError;
use crate::secret::{MasterKey, WrappedKey, Wrapper};
use async_trait::async_trait;
use std::sync::Arc;

/// Wraps and unwraps master keys. Driven port; adapters: `keys` (AWS KMS API, PKCS#11), `memory`.
///
/// # Contract (each line has a case in `loom_contract::key_wrapping`)
/// - A wrapped key unwraps to the key it was made from, also by another instance with the same rights.
/// - The document holds no byte sequence of the key, and names its fingerprint.
/// - A document whose context or ciphertext was changed, or that names another key, does not unwrap; the error names the
///   wrapper.
/// - A wrapping key that does not exist, and one whose use is denied, are told apart.
/// - What wraps and cannot be reached is `Unreachable`, after a bounded time.
/// - No error quotes the key or any part of it.
#[async_trait]
pub trait KeyWrapping: Send + Sync {
    /// Wraps `key` for the data dir of that id.
    async fn wrap(&self, key: &MasterKey, data_dir_id: &str) -> Result<WrappedKey, KeyError>;
    /// Unwraps.
    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyError>;
}

/// The wrappers of this program, each where it was built in.
#[derive(Clone, Default)]
pub struct KeyWrappings {
    /// The AWS KMS API.
    pub kms: Option<Arc<dyn KeyWrapping>>,
    /// PKCS#11.
    pub pkcs11: Option<Arc<dyn KeyWrapping>>,
}

impl KeyWrappings {
    /// The wrapper of that kind, or an error that says that this program has none.
    pub fn of(&self, wrapper: Wrapper) -> Result<&dyn KeyWrapping, KeyError> {
        let found = match wrapper {
            Wrapper::Kms => &self.kms,
            Wrapper::Pkcs11 => &self.pkcs11,
        };
        found.as_deref().ok_or(KeyError::NotInThisProgram(wrapper))
    }

    /// Those there are.
    pub fn known(&self) -> Vec<Wrapper> {
        Wrapper::ALL.into_iter().filter(|wrapper| self.of(*wrapper).is_ok()).collect()
    }
}

impl std::fmt::Debug for KeyWrappings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.known()).finish()
    }
}
