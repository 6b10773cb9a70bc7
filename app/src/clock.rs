//! The operating system's clock.
//!
//! Does NOT wait.

use jiff::Timestamp;
use loom_domain::ports::Clock;

/// Tells the time of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}
