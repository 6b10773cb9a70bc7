//! How long a central in memory has been up, by a clock that can be given.
//!
//! Does NOT restart it.

use jiff::{SignedDuration, Timestamp};
use loom_domain::ports::Clock;
use std::sync::Arc;
use std::time::Duration;

/// A central has run for a while when it is first asked.
const AT_FIRST: SignedDuration = SignedDuration::from_hours(24);

/// When it was started last.
pub(super) struct Uptime {
    clock: Arc<dyn Clock>,
    since: Timestamp,
}

struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl Default for Uptime {
    fn default() -> Self {
        Self::by(Arc::new(WallClock))
    }
}

impl Uptime {
    /// One that was started a day ago.
    pub(super) fn by(clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        Self { since: now.checked_sub(AT_FIRST).unwrap_or(now), clock }
    }

    /// Begins anew.
    pub(super) fn restart(&mut self) {
        self.since = self.clock.now();
    }

    /// In whole seconds.
    pub(super) fn length(&self) -> Duration {
        let seconds = self.clock.now().duration_since(self.since).as_secs();
        Duration::from_secs(seconds.try_into().unwrap_or(0))
    }
}
