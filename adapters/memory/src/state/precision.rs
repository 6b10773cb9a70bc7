//! How fine stored times are.
//!
//! Does NOT read a clock.

use jiff::{RoundMode, Timestamp, TimestampRound, Unit};

/// `time` with everything finer than a microsecond cut off.
pub(super) fn microseconds(time: Timestamp) -> Timestamp {
    cut(time, Unit::Microsecond)
}

/// `time` with everything finer than a second cut off.
pub(super) fn seconds(time: Timestamp) -> Timestamp {
    cut(time, Unit::Second)
}

fn cut(time: Timestamp, unit: Unit) -> Timestamp {
    // Cutting fails for no unit used here; if it ever did, the uncut instant is the better answer.
    time.round(TimestampRound::new().smallest(unit).mode(RoundMode::Floor)).unwrap_or(time)
}
