//! Figures of backups: for the state and for each central, whether there is a good one, and how old it is.
//!
//! An alarm on failures alone sleeps while nothing runs at all, so there is a series for every subject from the start.
//! Does NOT look for backups itself.

use jiff::Timestamp;
use loom_domain::central::CentralName;
use loom_domain::ports::Clock;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What a backup is of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum BackupSubject {
    /// The daemon's own state.
    State,
    /// A central's system.
    Ccu(CentralName),
}

/// A backup that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupSuccess {
    /// The instant it is of.
    pub finished_at: Timestamp,
    /// Its size as stored.
    pub bytes: u64,
    /// How long it took; `None` if that is not known any more.
    pub duration: Option<Duration>,
}

/// The figures. Clones share them.
#[derive(Clone)]
pub(super) struct Backups {
    of: Arc<Mutex<BTreeMap<BackupSubject, Of>>>,
    clock: Arc<dyn Clock>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Of {
    newest: Option<BackupSuccess>,
    failures: u64,
}

impl Backups {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let of = BTreeMap::from([(BackupSubject::State, Of::default())]);
        Self { of: Arc::new(Mutex::new(of)), clock }
    }

    pub(super) fn expect(&self, centrals: &[CentralName]) {
        let expected = centrals.iter().cloned().map(BackupSubject::Ccu).chain([BackupSubject::State]);
        let mut of = self.lock();
        *of = expected
            .map(|subject| (subject.clone(), of.get(&subject).copied().unwrap_or_default()))
            .collect();
    }

    pub(super) fn newest(&self, subject: &BackupSubject, newest: Option<BackupSuccess>) {
        if let Some(of) = self.lock().get_mut(subject) {
            of.newest = newest;
        }
    }

    pub(super) fn failed(&self, subject: &BackupSubject) {
        if let Some(of) = self.lock().get_mut(subject) {
            of.failures += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<BackupSubject, Of>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Collector for Backups {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let of = self.lock().clone();
        let now = self.clock.now();
        let mut gauge = |name: &str, help: &str, value: &dyn Fn(&Of) -> Option<f64>| {
            let gauge = ConstGauge::new(0.0);
            let mut family = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            for (subject, of) in &of {
                if let Some(value) = value(of) {
                    ConstGauge::new(value).encode(family.encode_family(&labels(subject))?)?;
                }
            }
            fmt::Result::Ok(())
        };
        gauge("backup_never_succeeded", "1 as long as there is no good backup", &|of| {
            Some(if of.newest.is_none() { 1.0 } else { 0.0 })
        })?;
        gauge("backup_last_success_timestamp_seconds", "The instant the newest good backup is of", &|of| {
            of.newest.map(|newest| newest.finished_at.as_duration().as_secs_f64())
        })?;
        gauge("backup_age_seconds", "Age of the newest good backup", &|of| {
            of.newest.map(|newest| now.duration_since(newest.finished_at).as_secs_f64().max(0.0))
        })?;
        #[expect(
            clippy::cast_precision_loss,
            reason = "exact up to 9 PB, and figures are floating point numbers"
        )]
        gauge("backup_last_bytes", "Size of the newest good backup", &|of| {
            of.newest.map(|newest| newest.bytes as f64)
        })?;
        gauge("backup_last_duration_seconds", "Time the newest good backup took", &|of| {
            of.newest?.duration.map(|duration| duration.as_secs_f64())
        })?;
        let counter = ConstCounter::new(0_u64);
        let help = "Backups that failed";
        let mut family = encoder.encode_descriptor("backup_failures", help, None, counter.metric_type())?;
        for (subject, of) in &of {
            ConstCounter::new(of.failures).encode(family.encode_family(&labels(subject))?)?;
        }
        Ok(())
    }
}

/// Both labels always, because a family whose series differ in labels is hard to join; empty means none.
fn labels(subject: &BackupSubject) -> [(&'static str, &str); 2] {
    match subject {
        BackupSubject::State => [("kind", "state"), ("central", "")],
        BackupSubject::Ccu(central) => [("kind", "ccu"), ("central", central.as_str())],
    }
}

impl fmt::Debug for Backups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backups").field("of", &*self.lock()).finish_non_exhaustive()
    }
}
