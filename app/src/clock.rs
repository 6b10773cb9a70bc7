//! The operating system's clock.
//!
//! Does NOT wait, and tells no time finer than a store keeps: what is answered after a change is what is read later.

use jiff::Timestamp;
use loom_domain::ports::Clock;

/// Tells the time of the operating system, in whole microseconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}
