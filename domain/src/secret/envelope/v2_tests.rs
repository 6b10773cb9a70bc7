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
