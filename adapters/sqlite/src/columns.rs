//! How times, JSON, numbers, roles and secrets sit in columns.
//!
//! Reading gives a reason in words that names the column and never quotes a secret. Does NOT know any table.

use jiff::{Timestamp, civil, tz::TimeZone};
use loom_domain::account::Role;
use loom_domain::secret::{SecretText, SecretValue, envelope};
use serde_json::Value;
use std::fmt::Display;

/// An instant as stored: RFC 3339 in UTC with six digits, so that byte order is the order of time.
pub(crate) fn instant_text(instant: Timestamp) -> String {
    format!("{instant:.6}")
}

/// Reads an instant: RFC 3339 of any offset, or SQLite's own `YYYY-MM-DD HH:MM:SS`, which is UTC.
pub(crate) fn instant(column: &str, text: &str) -> Result<Timestamp, String> {
    text.parse().or_else(|_| {
        let without_offset = text.parse::<civil::DateTime>();
        let zoned = without_offset.and_then(|civil| civil.to_zoned(TimeZone::UTC));
        zoned.map(|zoned| zoned.timestamp()).map_err(|error| wrong(column, error))
    })
}

/// Reads an instant that may be absent.
pub(crate) fn optional_instant(column: &str, text: Option<&str>) -> Result<Option<Timestamp>, String> {
    text.map(|text| instant(column, text)).transpose()
}

/// Reads unix seconds.
pub(crate) fn unix_instant(column: &str, seconds: i64) -> Result<Timestamp, String> {
    Timestamp::from_second(seconds).map_err(|error| wrong(column, error))
}

/// Reads JSON.
pub(crate) fn json(column: &str, text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| wrong(column, error))
}

/// Reads a JSON list of strings.
pub(crate) fn json_texts(column: &str, text: &str) -> Result<Vec<String>, String> {
    serde_json::from_str(text).map_err(|error| wrong(column, error))
}

/// Reads a number into a narrower or unsigned type.
pub(crate) fn number<W, N: TryFrom<W>>(column: &str, stored: W) -> Result<N, String>
where
    N::Error: Display,
{
    N::try_from(stored).map_err(|error| wrong(column, error))
}

/// Reads a role.
pub(crate) fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| wrong("role", format!("`{text}` is no role")))
}

/// Reads anything with a checked constructor.
pub(crate) fn checked<T, E: Display>(column: &str, parsed: Result<T, E>) -> Result<T, String> {
    parsed.map_err(|error| wrong(column, error))
}

/// A secret as stored: an envelope as it is, a clear text as it is.
pub(crate) fn secret_text(secret: &SecretValue) -> &str {
    match secret {
        SecretValue::Clear(text) => text.reveal(),
        SecretValue::Sealed(envelope) => envelope,
    }
}

/// Reads a secret; empty means that there is none.
pub(crate) fn secret(text: Option<String>) -> Option<SecretValue> {
    let text = text.filter(|text| !text.is_empty())?;
    Some(if envelope::is_sealed(&text) {
        SecretValue::Sealed(text)
    } else {
        SecretValue::Clear(SecretText::new(text))
    })
}

fn wrong(column: &str, reason: impl Display) -> String {
    format!("{column}: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_with_six_digits_in_utc() {
        for (from, to) in [
            ("2026-03-29T03:30:00+02:00", "2026-03-29T01:30:00.000000Z"),
            ("2026-11-22T22:15:30.123456999Z", "2026-11-22T22:15:30.123456Z"),
            ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999Z"),
        ] {
            assert_eq!(instant_text(from.parse().unwrap()), to);
        }
    }

    #[test]
    fn instants_are_read_in_every_form_a_database_holds() {
        for text in [
            "2026-11-22T22:15:30.000000Z",
            "2026-11-22T22:15:30Z",
            "2026-11-22T23:15:30+01:00",
            "2026-11-22 22:15:30",
            "2026-11-22 22:15:30.000",
        ] {
            assert_eq!(instant("t", text).map(Timestamp::as_second), Ok(1_795_385_730), "{text}");
        }
        assert_eq!(
            unix_instant("t", 1_795_385_730).map(instant_text),
            Ok("2026-11-22T22:15:30.000000Z".into())
        );
    }

    #[test]
    fn what_is_no_instant_is_refused_with_its_column() {
        for text in ["", "yesterday", "1795385730", "2026-13-01 00:00:00"] {
            let reason = instant("created_at", text).unwrap_err();
            assert!(reason.starts_with("created_at: "), "{reason}");
        }
    }

    #[test]
    fn an_empty_secret_is_none_and_an_envelope_stays_sealed() {
        assert_eq!(secret(None), None);
        assert_eq!(secret(Some(String::new())), None);
        assert_eq!(secret(Some("enc:v1:AA==".into())), Some(SecretValue::Sealed("enc:v1:AA==".into())));
        assert_eq!(secret(Some("enc:v1".into())), Some(SecretValue::Clear(SecretText::new("enc:v1"))));
    }
}
