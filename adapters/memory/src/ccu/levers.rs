//! What a test can make a central in memory do, and what it can ask it afterwards.
//!
//! Does NOT matter to anybody who only uses its gateways.

use super::restoring::{Away, PlannedFailure};
use super::uptime::Uptime;
use super::{Announcement, CcuCall, MemoryCcu};
use bytes::Bytes;
use loom_domain::ports::{CcuError, CcuRestoreError, Clock};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Whether and how it answers.
impl MemoryCcu {
    /// Lets it boot until it is told otherwise, or ends its booting.
    pub fn set_booting(&self, booting: bool) {
        self.lock().away = if booting { Away::UntilTold } else { Away::Here };
    }

    /// Whether nobody can reach it.
    pub fn set_unreachable(&self, unreachable: bool) {
        self.lock().unreachable = unreachable;
    }

    /// Whether it lets nobody in; only whether it is ready can still be asked.
    pub fn set_unauthorized(&self, unauthorized: bool) {
        self.lock().locked = unauthorized;
    }

    /// Whether it says of its lists of devices that types or fields got lost on the way.
    pub fn set_simplified(&self, simplified: bool) {
        self.lock().simplified = simplified;
    }

    /// Lets every call of this kind fail, until `mend`.
    pub fn fail(&self, call: CcuCall, error: impl Fn() -> CcuError + Send + Sync + 'static) {
        self.lock().failures.insert(call, Arc::new(error));
    }

    /// Lets calls of this kind succeed again.
    pub fn mend(&self, call: CcuCall) {
        self.lock().failures.remove(&call);
    }

    /// Holds every call of this kind up, until `let_go`. It is counted first.
    pub fn hang(&self, call: CcuCall) {
        self.0.hung.send_modify(|hung| _ = hung.insert(call));
    }

    /// Lets calls of this kind go on.
    pub fn let_go(&self, call: CcuCall) {
        self.0.hung.send_modify(|hung| _ = hung.remove(&call));
    }
}

/// What it sends for a system backup.
impl MemoryCcu {
    /// Sends these bytes for a system backup; `None` makes it honest again.
    pub fn send_instead(&self, bytes: Option<Bytes>) {
        self.lock().sending.instead = bytes;
    }

    /// Sends no more than so many bytes of a system backup. Where a size was announced, an error follows; else it just ends.
    pub fn cut_backups_after(&self, bytes: Option<u64>) {
        self.lock().sending.cut_after = bytes;
    }

    /// What size it announces for a system backup.
    pub fn announce(&self, announcement: Announcement) {
        self.lock().sending.announcement = announcement;
    }
}

/// How it takes a system backup back.
impl MemoryCcu {
    /// Lets it count by this clock how long it has been up; by now that is a day.
    pub fn count_uptime_by(&self, clock: impl Clock + 'static) {
        self.lock().uptime = Uptime::by(Arc::new(clock));
    }

    /// Lets the next offer or apply fail once; `although_done` when the step has its effect all the same.
    pub fn fail_restoring(&self, at: CcuCall, error: CcuRestoreError, although_done: bool) {
        self.lock().restoring.failure = Some(PlannedFailure { at, error, although_done });
    }

    /// After a restart it is back when so many calls have found it booting; 1 unless it is told otherwise.
    pub fn restart_for_calls(&self, calls: usize) {
        self.lock().restoring.restart = Away::ForCalls(calls);
    }

    /// After a restart it boots until `set_booting(false)`.
    pub fn restart_until_told(&self) {
        self.lock().restoring.restart = Away::UntilTold;
    }

    /// Lets it say that it restarts, and do nothing.
    pub fn ignore_restarts(&self) {
        self.lock().restoring.ignores_restarts = true;
    }

    /// Changes it when it restarts the next time, after a backup that was applied is in place: what comes back differs.
    pub fn after_restart(&self, change: impl FnOnce(&Self) + Send + 'static) {
        self.lock().restoring.after_restart = Some(Box::new(change));
    }

    /// Whether a backup comes into force at the next restart.
    pub fn has_pending(&self) -> bool {
        self.lock().restoring.pending.is_some()
    }

    /// Whether an apply stopped it, and neither a restart nor a revival came since.
    pub fn is_stopped(&self) -> bool {
        self.lock().restoring.stopped
    }
}

/// What was asked of it.
impl MemoryCcu {
    /// How often each call came, let in or not.
    pub fn calls(&self) -> BTreeMap<CcuCall, usize> {
        self.0.calls.borrow().clone()
    }

    /// How often this call came.
    pub fn count(&self, call: CcuCall) -> usize {
        self.0.calls.borrow().get(&call).copied().unwrap_or(0)
    }

    /// Waits until this call has come so many times.
    pub async fn until_called(&self, call: CcuCall, times: usize) {
        let enough = |calls: &BTreeMap<CcuCall, usize>| calls.get(&call).copied().unwrap_or(0) >= times;
        // The sender lives as long as the central, so waiting ends with a yes.
        _ = self.0.calls.subscribe().wait_for(enough).await;
    }

    /// How many gateways logged in and did not say farewell.
    pub fn sessions(&self) -> usize {
        self.lock().sessions.len()
    }
}
