//! A clock that stands still until it is set.
//!
//! Does NOT ask the operating system.

use jiff::Timestamp;
use loom_domain::ports::Clock;
use std::sync::{Arc, Mutex, PoisonError};

/// A settable clock; its clones show the same time.
#[derive(Debug, Clone)]
pub struct MemoryClock(Arc<Mutex<Timestamp>>);

impl MemoryClock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// Sets the clock, forwards or back.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for MemoryClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
