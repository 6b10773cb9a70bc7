//! Secrets: values that never appear in Debug, Display, logs or errors, and how they are sealed.
//!
//! Does NOT find the master key (`ports::key_provider`) and does NOT store anything.

pub mod classify;
pub mod envelope;
mod held_keys;
mod master_key;
mod place;
pub mod sealed_store;
mod wrapped_key;

pub use held_keys::{ChangeBrokeOff, HeldKeys, KeyChange, WriteTurn};
pub use master_key::{BadMasterKey, KeyFingerprint, MasterKey};
pub use place::SecretPlace;
pub use wrapped_key::{BadWrappedKey, WrappedKey, Wrapper};

use std::fmt;
use zeroize::Zeroizing;

/// A secret text. Wiped on drop; `Debug` shows only that there is one.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret itself. Every call is a place to look at in a review.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Secret bytes. Wiped on drop; `Debug` shows only that there are some.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Takes the bytes over.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A secret-classed value: in clear above the sealing decorator, sealed below it.
///
/// A value that could not be opened stays `Sealed` above the decorator too, so that writing it back loses nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SecretValue {
    /// The secret itself.
    Clear(SecretText),
    /// An envelope such as `enc:v1:…`.
    Sealed(String),
}
