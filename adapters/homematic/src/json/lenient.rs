//! JSON as centrals write it: umlauts in ISO-8859-1 that claim to be UTF-8, raw control characters in strings, missing
//! values.
//!
//! Does NOT know what the document means (`answer`). Nesting is bounded by the parser, the number of values here, sizes by
//! whoever read the bytes.

use crate::charset::decode;
use crate::rpc::{MAX_VALUES, OBJECT_VALUES, Unreadable};
use serde_json::Value;

/// Parses `bytes`; what is sound is never touched.
pub(crate) fn parse(bytes: &[u8]) -> Result<Value, Unreadable> {
    let text = decode(bytes);
    if values(&text) > MAX_VALUES {
        return Err(Unreadable::new(format!("there are more than {MAX_VALUES} values")));
    }
    serde_json::from_str(&text).or_else(|error| {
        // A second failure would speak of places in the mended text, which nobody has seen.
        serde_json::from_str(&mended(&text)).map_err(|_| Unreadable::new(error.to_string()))
    })
}

/// At the most so many values, whether or not the text is JSON. Each object counts as several.
fn values(text: &str) -> usize {
    let (mut values, mut in_string, mut escaped) = (1, false, false);
    for byte in text.bytes() {
        match byte {
            b'"' if !escaped => in_string = !in_string,
            b',' | b'[' if !in_string => values += 1,
            b'{' if !in_string => values += OBJECT_VALUES,
            _ => {}
        }
        escaped = in_string && !escaped && byte == b'\\';
    }
    values
}

/// Escapes control characters inside strings, and writes `null` where a value is missing.
fn mended(text: &str) -> String {
    let mut mended = String::with_capacity(text.len() + text.len() / 8);
    let mut in_string = false;
    let mut escaped = false;
    let mut value_due = false;
    for letter in text.chars() {
        if in_string {
            if letter.is_ascii_control() {
                mended.push_str(&format!("\\u{:04x}", u32::from(letter)));
            } else {
                mended.push(letter);
            }
            in_string = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
            continue;
        }
        if value_due && matches!(letter, ',' | '}') {
            mended.push_str("null");
        }
        if !letter.is_ascii_whitespace() {
            value_due = letter == ':';
            in_string = letter == '"';
        }
        mended.push(letter);
    }
    mended
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn raw_control_characters_in_strings_are_read() {
        let parsed = parse(b"{\"result\":\"a\tb\nc\x7fd \\\"e\\\\\"}").unwrap();
        assert_eq!(parsed, json!({ "result": "a\tb\nc\u{7f}d \"e\\" }));
    }

    #[test]
    fn umlauts_in_either_charset_are_read() {
        assert_eq!(parse("{\"a\":\"Küche\"}".as_bytes()).unwrap(), json!({ "a": "Küche" }));
        assert_eq!(parse(b"{\"a\":\"K\xfcche\"}").unwrap(), json!({ "a": "Küche" }));
    }

    #[test]
    fn a_missing_value_is_null() {
        let parsed = parse(b"{\"version\": \"1.1\",\"result\": ,\"error\":  }").unwrap();
        assert_eq!(parsed, json!({ "version": "1.1", "result": null, "error": null }));
        assert_eq!(
            parse(b"{\"a\":\": ,\",\"b\": ,\"c\":1}").unwrap(),
            json!({ "a": ": ,", "b": null, "c": 1 })
        );
    }

    #[test]
    fn the_number_of_values_is_bounded_and_texts_are_not_counted() {
        let array = |item: &str, times: usize| format!("[{}]", vec![item; times].join(","));
        let why = |text: String| parse(text.as_bytes()).unwrap_err().to_string();
        assert!(why(array("0", 500_001)).contains("more than 500000 values"));
        assert!(why(array("{}", 50_000)).contains("more than 500000 values"));
        assert!(why(array("\"\\\\\"", 500_001)).contains("more than 500000 values"));
        assert!(parse(array("0", 499_000).as_bytes()).is_ok());
        assert!(parse(format!("[\"\\\"{}\"]", ",{[".repeat(600_000)).as_bytes()).is_ok());
    }

    #[test]
    fn what_is_no_json_stays_an_error() {
        for bytes in [&b""[..], b"<html>", b"{\"result\": NaN}", b"{\"a\":\"", b"{} {}"] {
            assert!(parse(bytes).is_err(), "{bytes:?}");
        }
        assert!(parse(&[b'['; 100_000]).is_err());
    }
}
