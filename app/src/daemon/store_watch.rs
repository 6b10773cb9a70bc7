//! Whoever watches the state store: each write becomes a span and a figure, each fault a figure, and health says when
//! writes fail.
//!
//! Does NOT log faults: that is done where it is known what came of them.

use crate::health::{self, Health, Status};
use crate::telemetry::metrics::Metrics;
use loom_domain::observed_store::{ObservedWrite, StoreCall, StoreObserver};
use loom_domain::ports::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use tracing::Span;

/// Tells figures, traces and health.
pub(super) struct StoreWatch {
    metrics: Metrics,
    writes: Arc<Writes>,
}

/// Whether the newest write failed.
struct Writes {
    health: Arc<Health>,
    failing: AtomicBool,
}

struct Write {
    metrics: Metrics,
    writes: Arc<Writes>,
    began: Instant,
    /// Ends with the write, also with one nobody waits for any more.
    _span: Span,
}

impl StoreWatch {
    /// Reports to both.
    pub(super) fn new(metrics: Metrics, health: Arc<Health>) -> Self {
        health.hold(health::WRITES, Status::Healthy, None);
        Self { metrics, writes: Arc::new(Writes { health, failing: AtomicBool::new(false) }) }
    }
}

impl StoreObserver for StoreWatch {
    fn write_began(&self, call: StoreCall) -> Box<dyn ObservedWrite> {
        let _span = tracing::info_span!("store_write", role = call.role, method = call.method);
        let (metrics, writes) = (self.metrics.clone(), Arc::clone(&self.writes));
        Box::new(Write { metrics, writes, began: Instant::now(), _span })
    }

    fn failed(&self, _: StoreCall, error: &StoreError) {
        self.metrics.store_failed(error);
    }
}

impl ObservedWrite for Write {
    fn ended(self: Box<Self>, fault: Option<&StoreError>) {
        self.metrics.store_wrote(self.began.elapsed());
        self.writes.tell(fault);
    }
}

impl Writes {
    fn tell(&self, fault: Option<&StoreError>) {
        match fault {
            None if self.failing.swap(false, Ordering::Relaxed) => {
                self.health.hold(health::WRITES, Status::Healthy, None);
            }
            None => {}
            Some(error) => {
                self.failing.store(true, Ordering::Relaxed);
                let words = format!("the newest change was not stored: {error}");
                self.health.hold(health::WRITES, Status::Degraded, Some(("database_not_written", words)));
            }
        }
    }
}
