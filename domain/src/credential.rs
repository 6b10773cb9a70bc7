//! Credentials that are handed out once and kept as their digest only: API tokens and session cookies.
//!
//! Does NOT store them, and does NOT know passwords: what people think up needs a slow hash (`ports::passwords`).

use crate::archive::hex;
use crate::ports::{NoRandomness, Randomness};
use crate::secret::SecretText;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const SECRET_BYTES: usize = 32;
const FINGERPRINT_DIGITS: usize = 12;

/// A new credential: 32 random bytes as base64url without padding, 43 characters, no prefix.
pub fn mint(randomness: &dyn Randomness) -> Result<SecretText, NoRandomness> {
    let mut bytes = Zeroizing::new([0; SECRET_BYTES]);
    randomness.fill(&mut bytes[..])?;
    Ok(SecretText::new(URL_SAFE_NO_PAD.encode(&bytes[..])))
}

/// SHA-256 of a credential as 64 lower-case hex digits: what is stored of it. Nobody gets back from it to a credential of
/// 32 random bytes. Compared in constant time; `Debug` shows the fingerprint.
#[derive(Clone)]
pub struct CredentialDigest(String);

impl CredentialDigest {
    /// The digest of a credential somebody showed, whatever its form.
    pub fn of(credential: &SecretText) -> Self {
        Self(hex(&Sha256::digest(credential.reveal())))
    }

    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits: the public name of a token.
    pub fn fingerprint(&self) -> &str {
        &self.0[..FINGERPRINT_DIGITS]
    }

    /// Whether `stored` is this digest, in a time that does not tell how much of it is.
    pub fn matches(&self, stored: &str) -> bool {
        self.0.as_bytes().ct_eq(stored.as_bytes()).into()
    }
}

impl PartialEq for CredentialDigest {
    fn eq(&self, other: &Self) -> bool {
        self.matches(&other.0)
    }
}

impl Eq for CredentialDigest {}

impl fmt::Debug for CredentialDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialDigest({}…)", self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Randomness for Counting {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
            buffer.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
            Ok(())
        }
    }

    struct Empty;

    impl Randomness for Empty {
        fn fill(&self, _: &mut [u8]) -> Result<(), NoRandomness> {
            Err(NoRandomness("nothing left".into()))
        }
    }

    #[test]
    fn a_credential_is_43_characters_of_a_url() {
        let randomness = Counting(0xfb.into());
        let (one, other) = (mint(&randomness).unwrap(), mint(&randomness).unwrap());
        assert_ne!(one, other);
        assert_eq!(one.reveal(), "-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
        assert_eq!(one.reveal().len(), 43);
        assert!(mint(&Empty).is_err());
    }

    #[test]
    fn the_digest_is_sha256_and_its_beginning_the_fingerprint() {
        let digest = CredentialDigest::of(&SecretText::new("abc"));
        assert_eq!(digest.as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(digest.fingerprint(), "ba7816bf8f01");
        assert_eq!(format!("{digest:?}"), "CredentialDigest(ba7816bf8f01…)");
    }

    #[test]
    fn only_the_whole_digest_matches() {
        let digest = CredentialDigest::of(&SecretText::new("abc"));
        assert!(digest.matches(digest.clone().as_str()));
        for other in ["", digest.fingerprint(), &digest.as_str()[..63], &digest.as_str().to_uppercase()] {
            assert!(!digest.matches(other), "{other}");
        }
        assert_ne!(digest, CredentialDigest::of(&SecretText::new("abd")));
    }
}
