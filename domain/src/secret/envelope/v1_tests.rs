//! Cases of the envelope: what opens, what does not, and what a stranger sealed.

use super::super::is_sealed;
use super::*;

fn key() -> MasterKey {
    MasterKey::from_bytes(std::array::from_fn(|i| u8::try_from(i).unwrap()))
}

/// Made with Python's `cryptography` 48: `AESGCM(bytes(range(32))).encrypt(bytes(range(12)), "pässwörd".encode(), None)`.
const FOREIGN: &str = "enc:v1:AAECAwQFBgcICQoLN8FyaLaSAa3/JYs0S07Ary03UAnJY6iakiA=";
/// The same of `b"enc:v1:my password"`.
const LOOKS_SEALED: &str = "enc:v1:AAECAwQFBgcICQoLImy1IbPU+Hb0YefqwpoPAvGyE8ynAOlEaRi/8Lb92aWhfA==";
/// The same of `b"\xff\xfe"`.
const NO_TEXT: &str = "enc:v1:AAECAwQFBgcICQoLuPyFKuQRh0TPJ8+ZPT9AvwpM";

#[test]
fn a_value_sealed_by_a_stranger_opens() {
    assert!(is_sealed(FOREIGN));
    assert_eq!(open(&key(), FOREIGN).unwrap().reveal(), "pässwörd");
}

#[test]
fn a_secret_that_looks_sealed_opens_once() {
    assert_eq!(open(&key(), LOOKS_SEALED).unwrap().reveal(), "enc:v1:my password");
}

#[test]
fn bytes_that_are_no_text_do_not_open() {
    assert_eq!(open(&key(), NO_TEXT).unwrap_err(), OpenError::NotText);
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
    for at in PREFIX_V1.len()..FOREIGN.len() {
        let mut bytes = FOREIGN.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        assert!(open(&key(), std::str::from_utf8(&bytes).unwrap()).is_err(), "character {at}");
    }
}
