//! Charsets of centrals: bytes become text, whatever the central thinks they are.
//!
//! Does NOT repair text that was encoded twice on the central.

use encoding_rs::{Encoding, WINDOWS_1252};
use std::borrow::Cow;

/// UTF-8 where all of it is, else ISO-8859-1, in which the logic of a central thinks.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| latin1(bytes), Cow::Borrowed)
}

/// ISO-8859-1, read as its superset windows-1252, like a browser does. Never fails.
pub(crate) fn latin1(bytes: &[u8]) -> Cow<'_, str> {
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

/// The charset named `label`, such as `iso-8859-1`; as [`decode`] if nobody knows it.
pub(crate) fn declared<'a>(label: &[u8], bytes: &'a [u8]) -> Cow<'a, str> {
    Encoding::for_label(label).map_or_else(|| decode(bytes), |encoding| encoding.decode(bytes).0)
}

/// The text in ISO-8859-1; `None` if a letter of it does not exist there.
pub(crate) fn to_latin1(text: &str) -> Option<Vec<u8>> {
    let (bytes, _, unmappable) = WINDOWS_1252.encode(text);
    (!unmappable).then(|| bytes.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn umlauts_survive_in_both_charsets() {
        assert_eq!(decode("Küche".as_bytes()), "Küche");
        assert_eq!(decode(b"K\xfcche"), "Küche");
        assert_eq!(declared(b"ISO-8859-1", b"K\xfcche"), "Küche");
        assert_eq!(declared(b"utf-8", "Küche".as_bytes()), "Küche");
        assert_eq!(declared(b"klingon", b"K\xfcche"), "Küche");
    }

    #[test]
    fn text_goes_out_only_in_letters_the_central_has() {
        assert_eq!(to_latin1("Küche"), Some(b"K\xfcche".to_vec()));
        assert_eq!(to_latin1("台所"), None);
    }
}
