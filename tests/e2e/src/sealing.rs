//! Sealed values and key files, made from the description of the format and not with this project's own code.
//!
//! Does NOT make good keys or nonces: they are for tests, and the same each time.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// A sealed value: `enc:v1:` + base64 of nonce, ciphertext and tag.
pub fn seal(key: [u8; 32], secret: &str) -> String {
    let mut nonce = [0; 12];
    for (at, byte) in secret.bytes().enumerate() {
        nonce[at % 12] ^= byte.rotate_left(u32::try_from(at % 8).unwrap());
    }
    let cipher = Aes256Gcm::new(&key.into());
    let sealed = cipher.encrypt(&Nonce::from(nonce), secret.as_bytes()).unwrap();
    format!("enc:v1:{}", STANDARD.encode([nonce.as_slice(), &sealed].concat()))
}

/// The secret in a sealed value, if the key opens it.
pub fn open(key: [u8; 32], sealed: &str) -> Option<String> {
    let bytes = STANDARD.decode(sealed.strip_prefix("enc:v1:")?).ok()?;
    let (nonce, sealed) = bytes.split_at_checked(12)?;
    let opened = Aes256Gcm::new(&key.into()).decrypt(&Nonce::try_from(nonce).ok()?, sealed).ok()?;
    String::from_utf8(opened).ok()
}

/// The secret in a sealed value of version 2 that stands at a table, row and field, if the key opens it there.
pub fn open_v2(key: [u8; 32], place: [&str; 3], sealed: &str) -> Option<String> {
    let (_fingerprint, body) = sealed.strip_prefix("enc:v2:")?.split_once(':')?;
    let bytes = STANDARD.decode(body).ok()?;
    let (nonce, sealed) = bytes.split_first_chunk::<24>()?;
    let mut aad = Vec::new();
    for part in ["enc:v2"].into_iter().chain(place) {
        aad.extend_from_slice(&u32::try_from(part.len()).unwrap().to_be_bytes());
        aad.extend_from_slice(part.as_bytes());
    }
    let payload = Payload { msg: sealed, aad: &aad };
    let opened = XChaCha20Poly1305::new(&key.into()).decrypt(&XNonce::from(*nonce), payload).ok()?;
    String::from_utf8(opened).ok()
}

/// The key that a key file holds.
pub fn read_key_file(path: &Path) -> [u8; 32] {
    STANDARD.decode(std::fs::read_to_string(path).unwrap().trim()).unwrap().try_into().unwrap()
}

/// What `secret.key` holds for a key: base64 and a line feed. Without the line feed it is the environment's form.
pub fn key_file(key: [u8; 32]) -> String {
    STANDARD.encode(key) + "\n"
}

/// Writes the key file of a data dir, which nobody but its owner may read.
pub fn write_key_file(path: &Path, content: impl AsRef<[u8]>) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}
