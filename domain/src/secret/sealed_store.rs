//! The sealing decorator: wraps the roles of a state store that carry secrets.
//!
//! Values are sealed on the way into any store and opened on the way out, so a new store has encryption at rest for
//! free; roles without secrets of this kind pass through, and so does re-sealing, which sees values as they are stored.
//! Does NOT find the key and does NOT know which store it wraps.

mod centrals;
mod config_batches;
mod config_sections;

use crate::pass_through::pass_through;
use crate::ports::{Randomness, StoreError};
use crate::secret::{HeldKeys, SecretPlace, SecretText, SecretValue, WriteTurn, envelope};
use std::sync::Arc;

/// Whether secrets may be stored in clear while there is no master key (`security.allow_plaintext_secrets`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plaintext {
    /// Such a write is refused.
    Refused,
    /// The operator allowed it.
    Allowed,
}

/// A store whose secrets are sealed.
///
/// A value that cannot be opened comes out as [`SecretValue::Sealed`] (a section's leaf: as its envelope), the values
/// beside it in clear. Written back like that it is stored as it was. Any other text of a section's leaf is a secret in
/// clear, also one that begins like an envelope or is one.
///
/// Writes of secrets take turns with each other and with a change of the key ([`HeldKeys`]); reads wait for nobody.
pub struct SealedStore<S: ?Sized> {
    sealing: Sealing,
    inner: Arc<S>,
}

impl<S: ?Sized> SealedStore<S> {
    /// Wraps `inner`.
    pub fn new(
        inner: Arc<S>,
        keys: Arc<HeldKeys>,
        plaintext: Plaintext,
        randomness: Arc<dyn Randomness>,
    ) -> Self {
        Self { sealing: Sealing { keys, plaintext, randomness }, inner }
    }
}

pass_through!(SealedStore: Resealing, Users, Tokens, Sessions, LastSeen, CcuBackups, CcuRestores, Interfaces);
pass_through!(SealedStore: Devices, Paramsets, AuditLog, MatterFabrics, MatterIdentities);

/// The key and the rules; shared by all wrapped roles.
struct Sealing {
    keys: Arc<HeldKeys>,
    plaintext: Plaintext,
    randomness: Arc<dyn Randomness>,
}

impl Sealing {
    /// To be held until the inner store took what was sealed.
    async fn turn(&self) -> Result<WriteTurn<'_>, StoreError> {
        self.keys.writing().await.map_err(|error| StoreError::Unavailable(Box::new(error)))
    }

    /// The text to store for a value; `words` name it in an error.
    fn seal(&self, value: &SecretText, place: &SecretPlace, words: &str) -> Result<String, StoreError> {
        match (self.keys.current(), self.plaintext) {
            (Some(held), _) => envelope::seal(&held.key, place, value, self.randomness.as_ref())
                .map_err(|error| StoreError::Unavailable(Box::new(error))),
            (None, _) if value.reveal().is_empty() => Ok(String::new()),
            // Stored in clear it would be taken for a sealed value.
            (None, Plaintext::Allowed) if !envelope::is_sealed(value.reveal()) => {
                Ok(value.reveal().to_owned())
            }
            (None, _) => Err(StoreError::NoMasterKey(words.to_owned())),
        }
    }

    /// The value behind a stored envelope, if the key opens it.
    fn open(&self, place: &SecretPlace, sealed: &str) -> Option<SecretText> {
        self.keys.open(place, sealed)
    }

    fn seal_value(
        &self,
        value: &SecretValue,
        place: &SecretPlace,
        words: &str,
    ) -> Result<SecretValue, StoreError> {
        match value {
            SecretValue::Sealed(_) => Ok(value.clone()),
            SecretValue::Clear(secret) => {
                let stored = self.seal(secret, place, words)?;
                let sealed = self.keys.current().is_some() && !stored.is_empty();
                Ok(if sealed {
                    SecretValue::Sealed(stored)
                } else {
                    SecretValue::Clear(SecretText::new(stored))
                })
            }
        }
    }

    fn open_value(&self, value: SecretValue, place: &SecretPlace) -> SecretValue {
        match value {
            SecretValue::Sealed(sealed) => match self.open(place, &sealed) {
                Some(secret) => SecretValue::Clear(secret),
                None => SecretValue::Sealed(sealed),
            },
            clear @ SecretValue::Clear(_) => clear,
        }
    }
}
