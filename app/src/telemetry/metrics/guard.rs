//! What counts while it lives: requests, jobs, sockets. Whatever way they end, the figure goes down again.
//!
//! Does NOT measure time.

use super::OfJob;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

/// Counts while it lives.
#[derive(Debug)]
#[must_use = "it counts only while it is held"]
pub struct Counted(Gauge);

impl Counted {
    pub(super) fn up(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A job under way.
#[derive(Debug)]
#[must_use = "a job counts as running only while this is held"]
pub struct RunningJob {
    _running: Counted,
    ended: Family<OfJob, Counter>,
    kind: &'static str,
    outcome: &'static str,
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// It did what it was to do.
    Succeeded,
    /// It did not.
    Failed,
    /// Somebody called it off.
    Cancelled,
}

impl RunningJob {
    pub(super) fn new(running: Counted, ended: Family<OfJob, Counter>, kind: &'static str) -> Self {
        Self { _running: running, ended, kind, outcome: "dropped" }
    }

    /// The job ended.
    pub fn ended(mut self, outcome: JobOutcome) {
        self.outcome = match outcome {
            JobOutcome::Succeeded => "succeeded",
            JobOutcome::Failed => "failed",
            JobOutcome::Cancelled => "cancelled",
        };
    }
}

impl Drop for RunningJob {
    fn drop(&mut self) {
        self.ended.get_or_create(&OfJob { kind: self.kind, outcome: self.outcome }).inc();
    }
}
