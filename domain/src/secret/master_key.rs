//! The master key: 32 bytes that seal the secret values of one data dir, and its public fingerprint.
//!
//! Does NOT read or write key files (adapter `keys`) and does NOT seal (`secret::envelope`).

use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// 32 secret bytes. Wiped on drop; no `Debug` and no `Display` shows them.
#[derive(Clone, PartialEq, Eq)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Why a text is no master key. Never quotes the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMasterKey {
    /// It is not standard base64 with padding.
    #[error("it is not standard base64")]
    NotBase64,
    /// It decodes to another number of bytes.
    #[error("it decodes to {0} bytes, 32 are needed")]
    WrongLength(usize),
    /// It is far too long to be one.
    #[error("it is longer than {0} bytes")]
    TooLong(u16),
}

impl MasterKey {
    /// Takes 32 bytes over.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Reads the text form: standard base64 of 32 bytes, white space around it ignored.
    pub fn from_base64(text: &str) -> Result<Self, BadMasterKey> {
        let bytes = Zeroizing::new(STANDARD.decode(text.trim()).map_err(|_| BadMasterKey::NotBase64)?);
        let mut exact =
            <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| BadMasterKey::WrongLength(bytes.len()))?;
        let key = Self::from_bytes(exact);
        exact.zeroize();
        Ok(key)
    }

    /// The text form: 44 characters of standard base64, without a line end.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }

    /// The bytes, for a cipher.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key's public name.
    pub fn fingerprint(&self) -> KeyFingerprint {
        let mut hash = Sha256::new_with_prefix(b"openccu-loom master key fingerprint v1\0");
        hash.update(self.0.as_slice());
        KeyFingerprint(crate::archive::hex(&hash.finalize()[..8]))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.fingerprint())
    }
}

/// The public name of a master key: 16 lower-case hex digits, the first 8 bytes of a SHA-256 over a
/// fixed prefix and the key. Safe to show; it tells keys apart and says nothing about them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyFingerprint(String);

impl KeyFingerprint {
    /// Accepts 16 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| Self(text.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips_and_ignores_white_space_around_it() {
        let key = MasterKey::from_bytes([7; 32]);
        let text = format!("  {}\n", *key.to_base64());
        assert_eq!(MasterKey::from_base64(&text).unwrap(), key);
    }

    #[test]
    fn a_key_of_another_length_is_refused_with_its_length() {
        assert_eq!(MasterKey::from_base64("AAAA").unwrap_err(), BadMasterKey::WrongLength(3));
        assert_eq!(MasterKey::from_base64("not base64!").unwrap_err(), BadMasterKey::NotBase64);
    }

    #[test]
    fn debug_shows_the_fingerprint_and_not_the_key() {
        let key = MasterKey::from_bytes([7; 32]);
        let shown = format!("{key:?}");
        assert!(shown.contains(key.fingerprint().as_str()));
        assert!(!shown.contains(key.to_base64().as_str()));
    }
}
