//! Instants for the cases.
//!
//! Does NOT read a clock: every case is the same on every day.

use jiff::{SignedDuration, Timestamp};

/// The instant of an RFC 3339 text; its offset may be any.
pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A fixed instant with microseconds, `seconds` after an arbitrary start.
pub(crate) fn moment(seconds: i64) -> Timestamp {
    at("2026-11-22T22:15:30.123456Z") + SignedDuration::from_secs(seconds)
}
