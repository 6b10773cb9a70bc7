//! What is known of one role, and the rule when that may be trusted.
//!
//! The rule: something loaded is kept only if no write of the role was under way or ended since the load began.
//! Does NOT load or store anything itself.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known of one role.
#[derive(Default)]
pub(super) struct Slot<T> {
    state: Mutex<State<T>>,
}

#[derive(Default)]
struct State<T> {
    known: T,
    /// Counts the beginnings and ends of writes.
    epoch: u64,
    writes_under_way: usize,
    /// The epoch in which a write was dropped, which may still take effect at any time. A write that begins later and
    /// ends proves that it has.
    in_doubt_since: Option<u64>,
}

/// An instant between two writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Epoch(u64);

impl<T> Slot<T> {
    /// Looks at what is known. What is loaded because of that is kept with the epoch.
    pub(super) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> (R, Epoch) {
        let state = self.lock();
        (look(&state.known), Epoch(state.epoch))
    }

    /// Adds to what is known what was loaded since `loading_since`, or forgets about it if a write came in between.
    pub(super) fn keep(&self, loading_since: Epoch, add: impl FnOnce(&mut T)) {
        let mut state = self.lock();
        let settled = state.writes_under_way == 0 && state.in_doubt_since.is_none();
        if settled && state.epoch == loading_since.0 {
            add(&mut state.known);
        }
    }

    /// Writes to the store; `forget` takes out of what is known whatever the write may change. Gives the epoch in which
    /// the result of the write can be loaded.
    pub(super) async fn write<R>(
        &self,
        forget: impl FnOnce(&mut T) + Send,
        write: impl Future<Output = R> + Send,
    ) -> (R, Epoch) {
        let mut writing = self.begin(forget);
        let result = write.await;
        writing.ended = true;
        drop(writing);
        (result, Epoch(self.lock().epoch))
    }

    fn begin(&self, forget: impl FnOnce(&mut T)) -> Writing<'_, T> {
        let mut state = self.lock();
        forget(&mut state.known);
        state.writes_under_way += 1;
        state.epoch += 1;
        Writing { slot: self, began: state.epoch, ended: false }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No closure given to a slot panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write under way; dropped before its end it leaves the role in doubt.
struct Writing<'a, T> {
    slot: &'a Slot<T>,
    began: u64,
    ended: bool,
}

impl<T> Drop for Writing<'_, T> {
    fn drop(&mut self) {
        let mut state = self.slot.lock();
        state.writes_under_way -= 1;
        state.epoch += 1;
        if !self.ended {
            state.in_doubt_since = Some(state.epoch);
        } else if state.in_doubt_since.is_some_and(|since| since < self.began) {
            state.in_doubt_since = None;
        }
    }
}
