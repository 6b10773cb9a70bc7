//! Values as daemons before this one sealed them, to try things on.
//!
//! Always with the same nonce, and so the same text every time. Does NOT open any.

use aes_gcm::aead::{Aead, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::{Engine, engine::general_purpose::STANDARD};
use loom_domain::secret::MasterKey;
use loom_domain::secret::envelope::PREFIX_V1;

/// An envelope of version 1.
pub fn seal_v1(key: &MasterKey, secret: &str) -> String {
    let nonce = [5; 12];
    let cipher = Aes256Gcm::new(&(*key.bytes()).into());
    let sealed = cipher.encrypt(&Nonce::from(nonce), secret.as_bytes()).unwrap();
    format!("{PREFIX_V1}{}", STANDARD.encode([nonce.as_slice(), &sealed].concat()))
}
