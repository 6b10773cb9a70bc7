//! Envelopes of version 2.
//!
//! `enc:v2:` + fingerprint of the master key + `:` + standard base64 of a 24-byte random nonce, the ciphertext and a
//! 16-byte tag; XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). Its additional data are the version, table, row and
//! field, each as its length (u32, big endian) and its UTF-8 bytes, so that a value opens where it was sealed and
//! nowhere else.
//!
//! Does NOT know which values are secret.

use super::OpenError;
use crate::ports::{NoRandomness, Randomness};
use crate::secret::{KeyFingerprint, MasterKey, SecretPlace, SecretText};
use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

/// What every sealed value of version 2 begins with.
pub const PREFIX_V2: &str = "enc:v2:";

const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const VERSION: &str = "enc:v2";

/// Seals `secret` for its place. The empty text stays empty: it means "no secret", and its length would be no secret
/// anyway.
pub fn seal(
    key: &MasterKey,
    place: &SecretPlace,
    secret: &SecretText,
    randomness: &dyn Randomness,
) -> Result<String, NoRandomness> {
    if secret.reveal().is_empty() {
        return Ok(String::new());
    }
    let mut nonce = [0; NONCE_BYTES];
    randomness.fill(&mut nonce)?;
    let payload = Payload { msg: secret.reveal().as_bytes(), aad: &additional_data(place) };
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), payload)
        .map_err(|_| NoRandomness("the cipher refused a value longer than 256 GiB".into()))?;
    let mut body = nonce.to_vec();
    body.extend_from_slice(&sealed);
    Ok(format!("{PREFIX_V2}{}:{}", key.fingerprint(), STANDARD.encode(body)))
}

/// Opens an envelope that stands at `place`.
pub fn open(key: &MasterKey, place: &SecretPlace, envelope: &str) -> Result<SecretText, OpenError> {
    let (fingerprint, nonce, sealed) = take_apart(envelope).ok_or(OpenError::Malformed)?;
    if fingerprint != key.fingerprint() {
        return Err(OpenError::OtherKey(fingerprint));
    }
    let payload = Payload { msg: &sealed, aad: &additional_data(place) };
    let opened = cipher(key).decrypt(&XNonce::from(nonce), payload).map_err(|_| OpenError::Changed)?;
    let opened = Zeroizing::new(opened);
    let text = std::str::from_utf8(&opened).map_err(|_| OpenError::NotText)?;
    Ok(SecretText::new(text))
}

/// The key an envelope names, the nonce, and the ciphertext with its tag.
pub(super) fn take_apart(envelope: &str) -> Option<(KeyFingerprint, [u8; NONCE_BYTES], Vec<u8>)> {
    let (fingerprint, body) = envelope.strip_prefix(PREFIX_V2)?.split_once(':')?;
    let body = STANDARD.decode(body).ok()?;
    let (nonce, sealed) = body.split_first_chunk::<NONCE_BYTES>()?;
    let fingerprint = KeyFingerprint::parse(fingerprint)?;
    (sealed.len() >= TAG_BYTES).then(|| (fingerprint, *nonce, sealed.to_vec()))
}

fn additional_data(place: &SecretPlace) -> Vec<u8> {
    let mut data = Vec::new();
    for part in [VERSION, &place.table, &place.row, &place.field] {
        // A part longer than 4 GiB cannot come out of a database.
        data.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        data.extend_from_slice(part.as_bytes());
    }
    data
}

fn cipher(key: &MasterKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&(*key.bytes()).into())
}

#[cfg(test)]
#[path = "v2_tests.rs"]
mod tests;
