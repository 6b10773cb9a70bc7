//! What the watch knows of one central, and the rules of whose turn it is.
//!
//! Does NOT look at a central and reads no clock.

use super::status::{CentralStatus, Trouble};
use loom_domain::usecases::RefreshMemory;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Pause before a refresh that failed or stayed incomplete is tried again, at first; it doubles up to the usual interval.
const REFRESH_RETRY: Duration = Duration::from_secs(60);
/// A central that does not let us in is asked again after this, unless something changes: more logins with the same
/// password are pointless, and seen by whoever looks after it.
const LOCKED_OUT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What is known of one central.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) status: CentralStatus,
    pub(super) looked_at: Option<Instant>,
    pub(super) being_looked_at: bool,
    /// Whether it was away when somebody looked last.
    pub(super) away: bool,
    pub(super) refresh: RefreshState,
    pub(super) memory: Arc<tokio::sync::Mutex<RefreshMemory>>,
}

/// When the devices of a central were and shall be read.
#[derive(Default)]
pub(super) struct RefreshState {
    pub(super) done_at: Option<Instant>,
    /// When it failed or stayed incomplete last, and how often in a row.
    pub(super) failed: Option<(Instant, u32)>,
    /// Since when it does not let us in, and how it said so.
    pub(super) locked_out: Option<(Instant, Trouble)>,
    pub(super) wanted: bool,
    pub(super) job: Option<String>,
}

impl Seen {
    /// Whether the turn of a central that is looked at each `interval` has come.
    pub(super) fn is_due(&self, now: Instant, interval: Duration) -> bool {
        // A little early rather than a whole round late.
        let due = self.looked_at.is_none_or(|at| now.duration_since(at) + interval / 10 >= interval);
        due && !self.being_looked_at
    }
}

impl RefreshState {
    /// Whether the devices are to be read now. They are read each `interval`, or only when somebody wants it if that is
    /// zero; `job_open` says whether the last job still waits or runs.
    pub(super) fn is_due(&self, now: Instant, interval: Duration, job_open: bool) -> bool {
        let since = |at: Instant| now.duration_since(at);
        if job_open || self.locked_out.as_ref().is_some_and(|(at, _)| since(*at) < LOCKED_OUT_FOR) {
            return false;
        }
        if let Some((at, times)) = self.failed {
            let doubled = REFRESH_RETRY * 2_u32.saturating_pow(times.saturating_sub(1).min(16));
            return since(at) >= doubled.min(interval.max(REFRESH_RETRY));
        }
        let old = self.done_at.is_none_or(|at| !interval.is_zero() && since(at) >= interval);
        self.wanted || old
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(60 * 60);
    const SECOND: Duration = Duration::from_secs(1);

    fn read_at(at: Instant) -> RefreshState {
        RefreshState { done_at: Some(at), ..RefreshState::default() }
    }

    #[test]
    fn devices_are_read_at_first_on_schedule_and_on_demand() {
        let at = Instant::now();
        assert!(RefreshState::default().is_due(at, HOUR, false));
        let mut read = read_at(at);
        assert!(!read.is_due(at + HOUR - SECOND, HOUR, false));
        assert!(read.is_due(at + HOUR, HOUR, false));
        assert!(!read.is_due(at + 1000 * HOUR, Duration::ZERO, false), "no schedule");
        read.wanted = true;
        assert!(read.is_due(at, HOUR, false));
        assert!(!read.is_due(at, HOUR, true), "somebody is at it");
    }

    #[test]
    fn the_pause_after_failures_doubles_up_to_the_interval() {
        let at = Instant::now();
        let minutes = |times| {
            let failed = RefreshState { failed: Some((at, times)), wanted: true, ..read_at(at) };
            let due = |minutes: u32| failed.is_due(at + minutes * REFRESH_RETRY, HOUR, false);
            (0..=60).find(|minutes| due(*minutes))
        };
        let pauses = [1, 2, 3, 6, 7, 100, u32::MAX].map(minutes);
        assert_eq!(pauses, [1, 2, 4, 32, 60, 60, 60].map(Some));
        let failed = RefreshState { failed: Some((at, 9)), ..read_at(at) };
        assert!(failed.is_due(at + REFRESH_RETRY, Duration::ZERO, false), "never less than the first pause");
    }

    #[test]
    fn who_does_not_let_us_in_is_asked_again_a_day_later_whoever_wants_it() {
        let at = Instant::now();
        let trouble = Trouble::of(&loom_domain::ports::CcuError::Unauthorized("no".to_owned()));
        let locked_out = RefreshState {
            locked_out: Some((at, trouble)),
            wanted: true,
            failed: Some((at, 1)),
            ..read_at(at)
        };
        assert!(!locked_out.is_due(at + LOCKED_OUT_FOR - SECOND, HOUR, false));
        assert!(locked_out.is_due(at + LOCKED_OUT_FOR, HOUR, false));
    }

    #[test]
    fn a_central_is_looked_at_a_little_early_and_by_one_at_a_time() {
        let at = Instant::now();
        let mut seen = Seen { looked_at: Some(at), ..Seen::default() };
        assert!(Seen::default().is_due(at, HOUR));
        assert!(!seen.is_due(at + HOUR / 2, HOUR));
        assert!(seen.is_due(at + HOUR - HOUR / 10, HOUR));
        seen.being_looked_at = true;
        assert!(!seen.is_due(at + HOUR, HOUR));
    }
}
