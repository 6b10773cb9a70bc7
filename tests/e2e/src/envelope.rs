//! The envelope `enc:v1:` of one secret value, made and opened from its layout in `docs/format.md`.
//!
//! Does NOT use a line of the program under test.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Seals `plain` under a nonce that is all `nonce_byte`.
pub fn seal(key: &[u8; 32], plain: &str, nonce_byte: u8) -> String {
    let nonce = [nonce_byte; 12];
    let sealed = Aes256Gcm::new(&(*key).into()).encrypt(&nonce.into(), plain.as_bytes()).unwrap();
    format!("enc:v1:{}", STANDARD.encode([&nonce[..], &sealed].concat()))
}

/// The text form of a key, as `secret.key` and the environment hold it.
pub fn key_text(key: &[u8; 32]) -> String {
    STANDARD.encode(key)
}
