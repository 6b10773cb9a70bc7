//! Whoever watches the state store: each write becomes a span and a figure, each fault a figure.
//!
//! Does NOT log faults: that is done where it is known what came of them.

use crate::telemetry::metrics::Metrics;
use loom_domain::observed_store::{ObservedWrite, StoreCall, StoreObserver};
use loom_domain::ports::StoreError;
use std::time::Instant;
use tracing::Span;

/// Tells figures and traces.
pub(super) struct StoreWatch(pub(super) Metrics);

struct Write {
    metrics: Metrics,
    began: Instant,
    /// Ends with the write, also with one nobody waits for any more.
    _span: Span,
}

impl StoreObserver for StoreWatch {
    fn write_began(&self, call: StoreCall) -> Box<dyn ObservedWrite> {
        let _span = tracing::info_span!("store_write", role = call.role, method = call.method);
        Box::new(Write { metrics: self.0.clone(), began: Instant::now(), _span })
    }

    fn failed(&self, _: StoreCall, error: &StoreError) {
        self.0.store_failed(error);
    }
}

impl ObservedWrite for Write {
    fn ended(self: Box<Self>) {
        self.metrics.store_wrote(self.began.elapsed());
    }
}
