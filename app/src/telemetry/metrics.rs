//! Figures for Prometheus: requests, jobs, the store, backups, the configuration.
//!
//! Every label has few values: routes are patterns, kinds are words of the program, centrals are those configured. Does
//! NOT know where figures come from, and keeps them in memory only: after a start the daemon tells what is stored.

mod backups;
mod exposition;
mod guard;
mod health;
mod requests;
mod store;

pub use backups::{BackupSubject, BackupSuccess};
pub use exposition::CONTENT_TYPE;
pub use guard::{Counted, JobOutcome, RunningJob};

use crate::health::Health;
use backups::Backups;
use health::HealthFigures;
use loom_domain::central::CentralName;
use loom_domain::ports::{Clock, StoreError};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode_registry;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use requests::Requests;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use store::Store;

/// All figures of the daemon. Clones share them.
#[derive(Clone)]
pub struct Metrics(Arc<Figures>);

struct Figures {
    registry: Registry,
    requests: Requests,
    jobs: Family<OfJob, Counter>,
    running_jobs: Family<OfKind, Gauge>,
    store: Store,
    backups: Backups,
    health: HealthFigures,
    sockets: Gauge,
    failed_logins: Counter,
    failed_audit_writes: Counter,
    secrets_plaintext: Gauge,
    overlay_failed: Gauge,
    unroutable_centrals: Gauge,
}

/// What is odd about the configuration in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ConfigOddities {
    /// Secrets lie in the state in clear, or new ones would.
    pub secrets_plaintext: bool,
    /// Stored sections could not be laid over the configuration file.
    pub overlay_failed: bool,
    /// Centrals that nothing can be routed to.
    pub unroutable_centrals: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfJob {
    kind: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfBuild {
    version: &'static str,
}

impl Metrics {
    /// Figures that are all nought. `clock` tells the age of backups.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let mut registry = Registry::default();
        let build = Family::<OfBuild, Gauge>::default();
        build.get_or_create(&OfBuild { version: crate::VERSION }).set(1);
        let ours = registry.sub_registry_with_prefix("openccu_loom");
        ours.register("build_info", "Always 1; the label tells the version", build);
        let requests = Requests::register(ours);
        let jobs = Family::default();
        ours.register("jobs", "Jobs that ended", jobs.clone());
        let running_jobs = Family::default();
        ours.register("jobs_running", "Jobs under way", running_jobs.clone());
        let store = Store::register(ours);
        let sockets = gauge(ours, "websocket_connections", "Open WebSocket connections");
        let failed_logins = counter(ours, "login_failures", "Refused passwords");
        let failed_audit_writes = counter(ours, "audit_write_failures", "Audit entries that were not stored");
        let backups = Backups::new(clock);
        ours.register_collector(Box::new(backups.clone()));
        let health = HealthFigures::default();
        ours.register_collector(Box::new(health.clone()));
        Self(Arc::new(Figures {
            requests,
            jobs,
            running_jobs,
            store,
            backups,
            health,
            sockets,
            failed_logins,
            failed_audit_writes,
            secrets_plaintext: gauge(
                &mut registry,
                "config_secrets_plaintext",
                "1 if secrets lie in the state in clear, or new ones would",
            ),
            overlay_failed: gauge(
                &mut registry,
                "config_overlay_failed",
                "1 if stored sections could not be applied",
            ),
            unroutable_centrals: gauge(
                &mut registry,
                "config_unroutable_centrals",
                "Configured centrals that nothing can be routed to",
            ),
            registry,
        }))
    }

    /// From now on there are figures for how the parts of the daemon are doing.
    pub(crate) fn watch_health(&self, health: Arc<Health>) {
        self.0.health.watch(health);
    }

    /// All figures as they are now, as text of [`CONTENT_TYPE`].
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a text cannot fail.
        let _ = encode_registry(&mut text, &self.0.registry);
        exposition::prometheus(&text)
    }

    /// A request arrived; it counts as in flight while the value lives.
    pub fn request_began(&self) -> Counted {
        Counted::up(&self.0.requests.in_flight)
    }

    /// A request was answered. `route` is the pattern that matched, never the path.
    pub fn request_ended(&self, method: &str, route: &str, status: u16, took: Duration) {
        self.0.requests.ended(method, route, status, took);
    }

    /// A job began; it counts as running while the value lives, and as `dropped` if it ends without an outcome.
    pub fn job_began(&self, kind: &'static str) -> RunningJob {
        let running = Counted::up(&self.0.running_jobs.get_or_create(&OfKind { kind }));
        RunningJob::new(running, self.0.jobs.clone(), kind)
    }

    /// The state store failed, and is to blame for it.
    pub fn store_failed(&self, error: &StoreError) {
        self.0.store.failed(error);
    }

    /// A write to the state store ended, also one that was refused; waiting for its turn included.
    pub fn store_wrote(&self, took: Duration) {
        self.0.store.write_duration.observe(took.as_secs_f64());
    }

    /// From now on there are figures for the state and for exactly these centrals. Centrals that stay keep theirs.
    pub fn expect_backups_of(&self, centrals: &[CentralName]) {
        self.0.backups.expect(centrals);
    }

    /// The newest good backup that is there: after a start, and whenever one came or went. `None`: there is none.
    ///
    /// Subjects that are not expected are left out.
    pub fn newest_backup(&self, subject: &BackupSubject, newest: Option<BackupSuccess>) {
        self.0.backups.newest(subject, newest);
    }

    /// A backup failed.
    pub fn backup_failed(&self, subject: &BackupSubject) {
        self.0.backups.failed(subject);
    }

    /// A WebSocket was opened; it counts while the value lives.
    pub fn socket_opened(&self) -> Counted {
        Counted::up(&self.0.sockets)
    }

    /// A password was refused.
    pub fn login_failed(&self) {
        self.0.failed_logins.inc();
    }

    /// An audit entry could not be stored.
    pub fn audit_write_failed(&self) {
        self.0.failed_audit_writes.inc();
    }

    /// What is odd about the configuration, after each time it was read.
    pub fn config_oddities(&self, oddities: ConfigOddities) {
        self.0.secrets_plaintext.set(oddities.secrets_plaintext.into());
        self.0.overlay_failed.set(oddities.overlay_failed.into());
        self.0.unroutable_centrals.set(oddities.unroutable_centrals.into());
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str) -> Gauge {
    let gauge = Gauge::default();
    registry.register(name, help, gauge.clone());
    gauge
}

/// `_total` is added to the name when it is written.
fn counter(registry: &mut Registry, name: &str, help: &str) -> Counter {
    let counter = Counter::default();
    registry.register(name, help, counter.clone());
    counter
}

#[cfg(test)]
mod tests;
