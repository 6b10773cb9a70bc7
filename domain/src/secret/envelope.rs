//! The envelope of a sealed value: `enc:`, a version, and what that version puts behind it.
//!
//! Version 2 is written, version 1 is read for ever. Does NOT know which values are secret (`secret::classify`).

pub mod v1;
pub mod v2;

use super::{KeyFingerprint, MasterKey, SecretPlace, SecretText};
pub use v1::PREFIX_V1;
pub use v2::{PREFIX_V2, seal};

/// What every sealed value begins with, whatever its version; not all that begins with it is one.
pub const PREFIX: &str = "enc:v";

/// The version of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnvelopeVersion {
    /// `enc:v1:`, shared with every OpenCCU-Loom daemon.
    V1,
    /// `enc:v2:`, which names its key and opens in its place only.
    V2,
}

/// Why an envelope did not open. Never quotes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The text is no envelope of a known version.
    #[error("the value is not a well-formed envelope")]
    Malformed,
    /// The key is another one; an envelope of version 1 that was changed looks the same.
    #[error("the master key does not open the value: it is another key or the value was changed")]
    WrongKey,
    /// The envelope names another key.
    #[error("the value is sealed with the master key {0}")]
    OtherKey(KeyFingerprint),
    /// The key is the right one.
    #[error("the value was changed, or moved here from another place")]
    Changed,
    /// It opened to bytes that are no text.
    #[error("the opened value is not UTF-8")]
    NotText,
}

/// Says whether `text` claims to be a sealed value. It may have been cut, or be a password somebody chose.
pub fn is_sealed(text: &str) -> bool {
    version(text).is_some()
}

/// The version `text` claims to be an envelope of.
pub fn version(text: &str) -> Option<EnvelopeVersion> {
    if text.starts_with(PREFIX_V1) {
        Some(EnvelopeVersion::V1)
    } else if text.starts_with(PREFIX_V2) {
        Some(EnvelopeVersion::V2)
    } else {
        None
    }
}

/// Says whether `text` has the form of a sealed value to its last character, so that some key may open it.
pub fn is_well_formed(text: &str) -> bool {
    match version(text) {
        Some(EnvelopeVersion::V1) => v1::take_apart(text).is_some(),
        Some(EnvelopeVersion::V2) => v2::take_apart(text).is_some(),
        None => false,
    }
}

/// The key a well-formed envelope names; version 1 names none.
pub fn named_key(envelope: &str) -> Option<KeyFingerprint> {
    v2::take_apart(envelope).map(|(fingerprint, ..)| fingerprint)
}

/// Opens an envelope of any version that stands at `place`. A text that claims to be none is `Malformed`.
pub fn open(key: &MasterKey, place: &SecretPlace, envelope: &str) -> Result<SecretText, OpenError> {
    match version(envelope) {
        Some(EnvelopeVersion::V1) => v1::open(key, envelope),
        Some(EnvelopeVersion::V2) => v2::open(key, place, envelope),
        None => Err(OpenError::Malformed),
    }
}
