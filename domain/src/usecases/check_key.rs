//! Check a stored copy of a master key: is it the key of this data dir, and does it open what is sealed there?
//!
//! Does NOT change anything and does NOT read the copy.

use super::TakeKeyInventory;
use crate::ports::{KeyError, KeyProvider, Resealing, StoreError};
use crate::secret::{KeyFingerprint, MasterKey};
use std::sync::Arc;

/// Checks keys against one data dir.
pub struct CheckKey {
    /// Knows the key of the data dir.
    pub keys: Arc<dyn KeyProvider>,
    /// Shows the values that are sealed in it.
    pub resealing: Arc<dyn Resealing>,
}

/// What a key turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedKey {
    /// Its public name.
    pub fingerprint: KeyFingerprint,
    /// Public name of the data dir's own key, if that one can be had.
    pub present: Option<KeyFingerprint>,
    /// Sealed values it opens.
    pub opens: u64,
    /// Sealed values there are.
    pub total: u64,
}

impl CheckedKey {
    /// It opens every sealed value, and it is the data dir's own key where that one is known. Where neither is there to
    /// prove it, it is not good.
    pub fn is_good(&self) -> bool {
        let proven = match &self.present {
            Some(present) => *present == self.fingerprint,
            None => self.total > 0,
        };
        proven && self.opens == self.total
    }
}

/// Why a key could not be checked. Fragments read after "failed to check the key: ".
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct CheckKeyError(#[from] StoreError);

impl CheckKey {
    /// Checks `given`. A data dir whose own key cannot be had is no reason to say nothing: it is then what the error in
    /// second place says.
    pub async fn run(&self, given: &MasterKey) -> Result<(CheckedKey, Option<KeyError>), CheckKeyError> {
        let (present, missing) = match self.keys.resolve().await {
            Ok(present) => (present.map(|present| present.key.fingerprint()), None),
            Err(error) => (None, Some(error)),
        };
        let inventory = TakeKeyInventory { resealing: self.resealing.clone() }.run(Some(given)).await?;
        let total = inventory.v1() + inventory.v2();
        let opens = total - inventory.unreadable();
        Ok((CheckedKey { fingerprint: given.fingerprint(), present, opens, total }, missing))
    }
}
