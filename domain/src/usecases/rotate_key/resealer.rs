//! What one stored secret becomes under the new key.
//!
//! Does NOT read or write it.

use crate::ports::{Randomness, Resealer, StoreError};
use crate::secret::{MasterKey, SecretPlace, SecretText, envelope};
use std::sync::Arc;

/// Opens with the old key and seals with the new one; a value in clear is sealed too.
pub(super) struct ValueResealer {
    pub(super) old: MasterKey,
    pub(super) new: MasterKey,
    pub(super) leave_unreadable: bool,
    pub(super) randomness: Arc<dyn Randomness>,
}

impl Resealer for ValueResealer {
    fn reseal(&self, place: &SecretPlace, stored: &str) -> Result<Option<String>, StoreError> {
        if stored.is_empty() {
            return Ok(None);
        }
        let secret = match envelope::is_sealed(stored) {
            false => SecretText::new(stored),
            true => match envelope::open(&self.old, place, stored) {
                Ok(secret) => secret,
                Err(_) if self.leave_unreadable => return Ok(None),
                // It was written after everything had been looked at.
                Err(error) => {
                    let reason = error.to_string();
                    return Err(StoreError::Unreadable { what: "secret", name: place.to_string(), reason });
                }
            },
        };
        let sealed = envelope::seal(&self.new, place, &secret, self.randomness.as_ref());
        sealed.map(Some).map_err(|error| StoreError::Unavailable(Box::new(error)))
    }
}
