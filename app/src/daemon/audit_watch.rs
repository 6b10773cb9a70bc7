//! Whoever watches the audit log: an entry that was not stored is counted, and health says so until one is stored again.
//!
//! Does NOT keep or repeat what could not be stored.

use crate::health::{self, Health, Status};
use crate::telemetry::metrics::Metrics;
use async_trait::async_trait;
use loom_domain::audit::{AuditEntry, AuditFilter, RecordedEntry};
use loom_domain::ports::{AuditLog, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// An audit log whose failures are told.
pub(super) struct AuditWatch {
    inner: Arc<dyn AuditLog>,
    health: Arc<Health>,
    metrics: Metrics,
    failing: AtomicBool,
}

impl AuditWatch {
    /// Watches `inner`.
    pub(super) fn new(inner: Arc<dyn AuditLog>, health: Arc<Health>, metrics: Metrics) -> Self {
        Self { inner, health, metrics, failing: AtomicBool::new(false) }
    }
}

#[async_trait]
impl AuditLog for AuditWatch {
    async fn append_audit(&self, entry: &AuditEntry) -> Result<i64, StoreError> {
        let stored = self.inner.append_audit(entry).await;
        match &stored {
            Ok(_) if self.failing.swap(false, Ordering::Relaxed) => {
                self.health.hold(health::AUDIT, Status::Healthy, None);
            }
            Ok(_) => {}
            Err(error) => {
                self.failing.store(true, Ordering::Relaxed);
                self.metrics.audit_write_failed();
                let words = format!("the newest change has no audit entry: {error}");
                self.health.hold(health::AUDIT, Status::Degraded, Some(("audit_write_failed", words)));
            }
        }
        stored
    }

    async fn query_audit(&self, filter: &AuditFilter) -> Result<Vec<RecordedEntry>, StoreError> {
        self.inner.query_audit(filter).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemClock;
    use loom_adapter_memory::MemoryStateStore;
    use loom_domain::audit_trail::{Actor, AuditAction, AuditDraft, AuditTrail};

    /// Stores entries unless the disk is full.
    struct Moody {
        full: AtomicBool,
        store: MemoryStateStore,
    }

    #[async_trait]
    impl AuditLog for Moody {
        async fn append_audit(&self, entry: &AuditEntry) -> Result<i64, StoreError> {
            match self.full.load(Ordering::Relaxed) {
                true => Err(StoreError::Unavailable("disk full".into())),
                false => self.store.append_audit(entry).await,
            }
        }

        async fn query_audit(&self, filter: &AuditFilter) -> Result<Vec<RecordedEntry>, StoreError> {
            self.store.query_audit(filter).await
        }
    }

    #[tokio::test]
    async fn a_missing_entry_is_counted_and_the_next_one_that_is_stored_ends_the_complaint() {
        let log = Arc::new(Moody { full: AtomicBool::new(true), store: MemoryStateStore::new() });
        let (health, metrics) =
            (Arc::new(Health::new(Arc::new(SystemClock))), Metrics::new(Arc::new(SystemClock)));
        let watch = AuditWatch::new(log.clone(), health.clone(), metrics.clone());
        let trail = AuditTrail { log: Arc::new(watch), clock: Arc::new(SystemClock) };
        let draft = || AuditDraft::new(&Actor::anonymous("cli"), AuditAction::ConfigExport, "");
        for _ in 0..2 {
            trail.record(draft()).await.unwrap_err();
        }
        assert!(metrics.render().contains("\nopenccu_loom_audit_write_failures_total 2\n"));
        assert_eq!(health.look().0, Status::Degraded);
        log.full.store(false, Ordering::Relaxed);
        trail.record(draft()).await.unwrap();
        assert_eq!(health.look().0, Status::Healthy);
        assert!(metrics.render().contains("\nopenccu_loom_audit_write_failures_total 2\n"));
    }
}
