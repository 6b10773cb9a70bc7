//! The spellings of time in a Go daemon's database.
//!
//! Does NOT read the clock.

use crate::columns::instant;
use jiff::Timestamp;

/// Reads any spelling: RFC 3339, SQLite's own, and what Go prints of a time, monotonic clock and zone name included.
pub(super) fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    instant("time", text).ok().or_else(|| printed_by_go(text))
}

/// `2026-06-08 12:00:00.123456789 +0200 CEST m=+0.1`
fn printed_by_go(text: &str) -> Option<Timestamp> {
    let mut words = text.split_whitespace();
    let (date, time, offset) = (words.next()?, words.next()?, words.next()?);
    // The offset says it all; what follows is the name of the zone and the reading of a clock without a calendar.
    let rest: Vec<_> = words.collect();
    let is_known = match rest[..] {
        [] => true,
        [zone] => !zone.starts_with("m="),
        [_, clock] => clock.starts_with("m="),
        _ => false,
    };
    let is_offset = offset.starts_with(['+', '-']);
    (is_known && is_offset).then(|| format!("{date}T{time}{offset}").parse().ok()).flatten()
}

/// Go's time that was never set.
pub(super) fn is_zero(instant: Timestamp) -> bool {
    "0001-01-01T00:00:00Z".parse().is_ok_and(|zero: Timestamp| zero == instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_instant_is_read() {
        for text in [
            "2026-06-08T10:00:00.123456Z",
            "2026-06-08T12:00:00.123456+02:00",
            "2026-06-08 10:00:00.123456",
            "2026-06-08 12:00:00.123456+02:00",
            "2026-06-08 12:00:00.123456 +0200 CEST",
            "2026-06-08 12:00:00.123456 +0200 CEST m=+0.100000001",
            "2026-06-08 10:00:00.123456 +0000 UTC",
            "2026-06-08 06:30:00.123456 -0330 -0330",
            "2026-06-08 12:00:00.123456 +02:00",
        ] {
            assert_eq!(read(text).unwrap().to_string(), "2026-06-08T10:00:00.123456Z", "{text}");
        }
        assert_eq!(read("2026-06-08 12:00:00 +0200 CEST").unwrap().to_string(), "2026-06-08T10:00:00Z");
        assert!(is_zero(read("0001-01-01 00:00:00 +0000 UTC").unwrap()));
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-06-08 12:00:00 CEST",
            "2026-06-08 12:00:00 CEST +0200",
            "2026-06-08 25:00:00 +0200 CEST",
            "2026-06-08 12:00:00 +0200 m=+0.1 CEST",
            "2026-06-08 12:00:00 +0200 CEST m=+0.1 more",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
