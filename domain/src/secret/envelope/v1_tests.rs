//! Cases of the envelope: what opens, what does not, and what a stranger sealed.

use super::super::is_sealed;
use super::*;
use proptest::prelude::*;

struct Counting;
impl Randomness for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        buffer.iter_mut().zip(1..).for_each(|(byte, n)| *byte = n);
        Ok(())
    }
}

fn key() -> MasterKey {
    MasterKey::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap()))
}

/// Made with Python's `cryptography` 48: `AESGCM(bytes(range(32))).encrypt(bytes(range(12)), "pässwörd".encode(), None)`.
const FOREIGN: &str = "enc:v1:AAECAwQFBgcICQoLN8FyaLaSAa3/JYs0S07Ary03UAnJY6iakiA=";

#[test]
fn a_value_sealed_by_a_stranger_opens() {
    assert_eq!(open(&key(), FOREIGN).unwrap().reveal(), "pässwörd");
}

#[test]
fn the_empty_text_stays_empty() {
    assert_eq!(seal(&key(), &SecretText::new(""), &Counting).unwrap(), "");
}

#[test]
fn a_secret_that_looks_sealed_is_sealed_all_the_same() {
    let sealed = seal(&key(), &SecretText::new("enc:v1:my password"), &Counting).unwrap();
    assert_eq!(open(&key(), &sealed).unwrap().reveal(), "enc:v1:my password");
}

#[test]
fn another_key_does_not_open() {
    let other = MasterKey::from_bytes([9; 32]);
    assert_eq!(open(&other, FOREIGN).unwrap_err(), OpenError::WrongKey);
}

#[test]
fn a_text_that_is_no_envelope_is_malformed() {
    for text in ["", "plain", "enc:v2:AAAA", "enc:v1:", "enc:v1:AAAA", "enc:v1:not base64"] {
        assert_eq!(open(&key(), text).unwrap_err(), OpenError::Malformed, "{text}");
    }
}

#[test]
fn every_flipped_character_is_refused() {
    let sealed = seal(&key(), &SecretText::new("secret"), &Counting).unwrap();
    for at in PREFIX_V1.len()..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(open(&key(), std::str::from_utf8(&bytes).unwrap()).is_err(), "character {at}");
    }
}

proptest! {
    #[test]
    fn what_is_sealed_opens_again(text in ".{1,200}") {
        let sealed = seal(&key(), &SecretText::new(text.clone()), &Counting).unwrap();
        prop_assert!(is_sealed(&sealed));
        let opened = open(&key(), &sealed).unwrap();
        prop_assert_eq!(opened.reveal(), text);
    }
}
