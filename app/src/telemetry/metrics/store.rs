//! Figures of the state store: what went wrong, by kind, and how long writes take.
//!
//! Does NOT name objects: a label with names would grow with the state.

use loom_domain::ports::StoreError;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Seconds. A write ends with a sync of the disk: a tenth of a millisecond here, a tenth of a second on a card.
const BUCKETS: [f64; 10] = [0.000_5, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

pub(super) struct Store {
    errors: Family<OfError, Counter>,
    pub(super) write_duration: Histogram,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfError {
    kind: &'static str,
}

impl Store {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let errors = Family::<OfError, Counter>::default();
        registry.register("store_errors", "Failures the state store is to blame for", errors.clone());
        // From the start: a rise is not seen of what begins with the first error.
        for kind in ["unavailable", "unreadable"] {
            drop(errors.get_or_create(&OfError { kind }));
        }
        let write_duration = Histogram::new(BUCKETS);
        let help = "Time a write to the state store took";
        registry.register("store_write_duration_seconds", help, write_duration.clone());
        Self { errors, write_duration }
    }

    pub(super) fn failed(&self, error: &StoreError) {
        let kind = match error {
            StoreError::NotFound { .. } => "not_found",
            StoreError::AlreadyExists { .. } => "already_exists",
            StoreError::Conflict { .. } => "conflict",
            StoreError::LastAdmin(_) => "last_admin",
            StoreError::Unreadable { .. } => "unreadable",
            StoreError::NoMasterKey(_) => "no_master_key",
            StoreError::Unavailable(_) => "unavailable",
            _ => "other",
        };
        self.errors.get_or_create(&OfError { kind }).inc();
    }
}
