//! Pauses that are over at once, and are written down.
//!
//! Does NOT wait.

use crate::MemoryClock;
use async_trait::async_trait;
use jiff::SignedDuration;
use loom_domain::ports::{Clock, Pauses};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Keeps every pause in the order they were made. What may happen meanwhile can be given.
#[derive(Default)]
pub struct MemoryPauses {
    made: Mutex<Vec<Duration>>,
    clock: Option<MemoryClock>,
    meanwhile: Option<Meanwhile>,
}

/// What happens during a pause: it is given the number of pauses made before, and how long this one is.
type Meanwhile = Box<dyn Fn(usize, Duration) + Send + Sync>;

impl MemoryPauses {
    /// Pauses that move `clock` on.
    pub fn moving(clock: MemoryClock) -> Self {
        Self { clock: Some(clock), ..Self::default() }
    }

    /// The same, with something that happens during each.
    #[must_use]
    pub fn with(self, meanwhile: impl Fn(usize, Duration) + Send + Sync + 'static) -> Self {
        Self { meanwhile: Some(Box::new(meanwhile)), ..self }
    }

    /// All pauses so far.
    pub fn made(&self) -> Vec<Duration> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Pauses for MemoryPauses {
    async fn pause(&self, length: Duration) {
        let before = {
            let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
            made.push(length);
            made.len() - 1
        };
        if let (Some(clock), Ok(length)) = (&self.clock, SignedDuration::try_from(length)) {
            clock.set(clock.now() + length);
        }
        if let Some(meanwhile) = &self.meanwhile {
            meanwhile(before, length);
        }
    }
}
