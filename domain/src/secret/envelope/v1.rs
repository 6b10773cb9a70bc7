//! Envelopes of version 1.
//!
//! `enc:v1:` + standard base64 of a 12-byte random nonce, the ciphertext and a 16-byte tag; AES-256-GCM without
//! additional data. Daemons before this one write it, and readers accept it for ever.
//!
//! Does NOT seal: what is written is of version 2. Does NOT bind a value to its place or name its key: version 1 cannot.

use super::OpenError;
use crate::secret::{MasterKey, SecretText};
use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// What every sealed value of version 1 begins with.
pub const PREFIX_V1: &str = "enc:v1:";

const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Opens an envelope. A text without the prefix is not an envelope and is `Malformed`.
pub fn open(key: &MasterKey, envelope: &str) -> Result<SecretText, OpenError> {
    let (nonce, sealed) = take_apart(envelope).ok_or(OpenError::Malformed)?;
    let cipher = Aes256Gcm::new(&(*key.bytes()).into());
    let opened = cipher.decrypt(&Nonce::from(nonce), &*sealed).map_err(|_| OpenError::WrongKey)?;
    let opened = Zeroizing::new(opened);
    let text = std::str::from_utf8(&opened).map_err(|_| OpenError::NotText)?;
    Ok(SecretText::new(text))
}

/// The nonce, and the ciphertext with its tag.
pub(super) fn take_apart(envelope: &str) -> Option<([u8; NONCE_BYTES], Vec<u8>)> {
    let body = STANDARD.decode(envelope.strip_prefix(PREFIX_V1)?).ok()?;
    let (nonce, sealed) = body.split_first_chunk::<NONCE_BYTES>()?;
    (sealed.len() >= TAG_BYTES).then(|| (*nonce, sealed.to_vec()))
}

#[cfg(test)]
#[path = "v1_tests.rs"]
mod tests;
