//! Cases of version 2: what opens where, and what does not.

use super::*;

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

fn place() -> SecretPlace {
    SecretPlace::of_central("ccu3", "password_plain")
}

fn sealed(secret: &str) -> String {
    seal(&key(), &place(), &SecretText::new(secret), &Counting).unwrap()
}

#[test]
fn a_value_opens_where_it_was_sealed_and_names_its_key() {
    for secret in ["pässwörd", "enc:v1:my password", "enc:v2:0011223344556677:AAAA"] {
        let envelope = sealed(secret);
        assert!(envelope.starts_with(&format!("enc:v2:{}:", key().fingerprint())), "{envelope}");
        assert_eq!(open(&key(), &place(), &envelope).unwrap().reveal(), secret);
    }
}

/// Made with PyNaCl 1.6: `crypto_aead_xchacha20poly1305_ietf_encrypt("pässwörd".encode(), aad, bytes(range(1, 25)),
/// bytes(range(32)))`, where `aad` is each of `enc:v2`, `centrals`, `ccu3` and `password_plain` behind its length.
const FOREIGN: &str =
    "enc:v2:f854fba8a58392c3:AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYzDj26dhre4VHbLurZiPeqe64MEleb4IBlvc=";

#[test]
fn a_value_sealed_by_a_stranger_opens_and_is_what_is_sealed_here() {
    assert_eq!(open(&key(), &place(), FOREIGN).unwrap().reveal(), "pässwörd");
    assert_eq!(sealed("pässwörd"), FOREIGN);
}

#[test]
fn the_empty_text_stays_empty() {
    assert_eq!(sealed(""), "");
}

#[test]
fn a_value_opens_in_no_other_place() {
    let envelope = sealed("secret");
    for other in [
        SecretPlace::of_central("ccu4", "password_plain"),
        SecretPlace::of_central("ccu3", "api_token_plain"),
        SecretPlace::of_section("ccu3", "password_plain"),
        SecretPlace::new("centrals", "ccu3password", "_plain"),
    ] {
        assert_eq!(open(&key(), &other, &envelope).unwrap_err(), OpenError::Changed, "{other}");
    }
}

#[test]
fn another_key_is_told_from_a_changed_value() {
    let other = MasterKey::from_bytes([9; 32]);
    let envelope = sealed("secret");
    let named = OpenError::OtherKey(key().fingerprint());
    assert_eq!(open(&other, &place(), &envelope).unwrap_err(), named);
    let forged = envelope.replace(key().fingerprint().as_str(), other.fingerprint().as_str());
    assert_eq!(open(&other, &place(), &forged).unwrap_err(), OpenError::Changed);
}

#[test]
fn every_flipped_character_is_refused() {
    let envelope = sealed("secret");
    for at in 0..envelope.len() {
        let mut bytes = envelope.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(open(&key(), &place(), std::str::from_utf8(&bytes).unwrap()).is_err(), "character {at}");
    }
}

#[test]
fn a_text_that_is_no_envelope_is_malformed() {
    let short = format!("enc:v2:{}:AAAA", key().fingerprint());
    for text in ["", "plain", "enc:v2:", "enc:v2:AAAA", "enc:v2:0011223344556677", &short] {
        assert_eq!(open(&key(), &place(), text).unwrap_err(), OpenError::Malformed, "{text}");
    }
}

#[test]
fn an_envelope_is_well_formed_to_its_last_character_or_not_at_all() {
    use super::super::{is_well_formed, named_key};
    assert!(is_well_formed(FOREIGN) && named_key(FOREIGN) == Some(key().fingerprint()));
    let shortest = format!("enc:v2:{}:{}", key().fingerprint(), STANDARD.encode([0; 40]));
    let too_short = format!("enc:v2:{}:{}", key().fingerprint(), STANDARD.encode([0; 39]));
    assert!(is_well_formed(&shortest) && !is_well_formed(&too_short));
    let v1 = |bytes| format!("enc:v1:{}", STANDARD.encode(vec![0; bytes]));
    assert!(is_well_formed(&v1(28)) && !is_well_formed(&v1(27)));
    for text in [&FOREIGN[..FOREIGN.len() - 1], &format!("{FOREIGN} "), "enc:v2:", "enc:v1:my password", ""] {
        assert!(!is_well_formed(text) && named_key(text).is_none(), "{text}");
    }
}
