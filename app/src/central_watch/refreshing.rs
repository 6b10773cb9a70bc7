//! Reading the devices of a central, as a job.
//!
//! Does NOT read them itself (`usecases::RefreshDevices`).

use super::status::Trouble;
use super::{CentralWatchError, Inner, REFRESH_JOB};
use crate::central_gateways::{ReachedCentral, central_lane};
use crate::jobs::{Job, JobContext, JobFailure, JobOrder, JobResult, JobState};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuError, StoreError};
use loom_domain::usecases::{RefreshDevices, RefreshError, RefreshMode, RefreshReport};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;

/// Queues a refresh that the watch itself finds due: all over again if the descriptions are old.
pub(super) async fn start_when_due(inner: &Arc<Inner>, name: &CentralName) -> Result<Job, CentralWatchError> {
    let mode = if is_old(inner, name).await? { RefreshMode::Full } else { RefreshMode::Incremental };
    start(inner, name, mode).await
}

/// Queues a refresh.
pub(super) async fn start(
    inner: &Arc<Inner>,
    name: &CentralName,
    mode: RefreshMode,
) -> Result<Job, CentralWatchError> {
    let reached = inner.gateways.reach(name).await?;
    let open = inner.jobs.open_in(&central_lane(name));
    // One that waits does what is asked for; of one that runs, nobody knows whether it still will.
    if let Some(waiting) =
        open.into_iter().find(|job| job.kind == REFRESH_JOB && job.state == JobState::Queued)
        && mode == RefreshMode::Incremental
    {
        return Ok(waiting);
    }
    let order = JobOrder { kind: REFRESH_JOB, lane: central_lane(name), object: name.to_string() };
    let at_work = Arc::clone(inner);
    let job = inner.jobs.start(order, move |job| async move { run(&at_work, &reached, mode, &job).await })?;
    if let Some(seen) = inner.lock().get_mut(name) {
        seen.refresh.job = Some(job.id.to_string());
        seen.refresh.wanted = false;
    }
    Ok(job)
}

/// Whether the descriptions of any interface of a central are so old that they are read afresh.
async fn is_old(inner: &Inner, name: &CentralName) -> Result<bool, StoreError> {
    let longest = inner.config.current().duration("reliability.full_refresh_interval");
    if longest.is_zero() {
        return Ok(false);
    }
    let now = inner.ports.clock.now();
    for interface in inner.ports.devices.list_interfaces().await? {
        if interface.central != *name {
            continue;
        }
        let cached = inner.ports.interfaces.find_interface(&interface).await?;
        if cached.is_some_and(|cached| cached.read_at + longest < now) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[tracing::instrument(name = "ccu_refresh", skip_all, fields(central = %reached.central.name))]
async fn run(inner: &Inner, reached: &ReachedCentral, mode: RefreshMode, job: &JobContext) -> JobResult {
    let name = &reached.central.name;
    let memory = {
        let mut seen = inner.lock();
        Arc::clone(&seen.entry(name.clone()).or_default().memory)
    };
    let refresh = RefreshDevices {
        gateway: Arc::clone(&reached.gateway),
        interfaces: Arc::clone(&inner.ports.interfaces),
        devices: Arc::clone(&inner.ports.devices),
        paramsets: Arc::clone(&inner.ports.paramsets),
        clock: Arc::clone(&inner.ports.clock),
        progress: job.progress(),
    };
    // The semaphore is never closed.
    let _turn = inner.refreshes.acquire().await;
    let mut unfinished = Unfinished { inner, name, is: true };
    let refreshed = refresh.run(name, &mut *memory.lock().await, mode).await;
    unfinished.is = false;
    note(inner, name, &refreshed);
    match refreshed {
        Ok(report) => Ok(told(&report)),
        Err(error) => Err(JobFailure::of(&error)),
    }
}

/// A refresh that is given up is wanted again.
struct Unfinished<'a> {
    inner: &'a Inner,
    name: &'a CentralName,
    is: bool,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if self.is
            && let Some(seen) = self.inner.lock().get_mut(self.name)
        {
            seen.refresh.wanted = true;
        }
    }
}

/// Takes down what came out.
fn note(inner: &Inner, name: &CentralName, refreshed: &Result<RefreshReport, RefreshError>) {
    let now = inner.ports.clock.now();
    let mut all = inner.lock();
    let Some(seen) = all.get_mut(name) else { return };
    let before = seen.status.clone();
    match refreshed {
        Ok(report) => {
            seen.status.refreshed(now, report.facts.clone(), report.interfaces.clone());
            let incomplete = report.interfaces.iter().any(|interface| {
                interface.error.is_some() || interface.kept.is_some() || interface.pending > 0
            });
            seen.refresh.done_at = Some(Instant::now());
            seen.refresh.locked_out = None;
            let times = seen.refresh.failed.map_or(1, |(_, times)| times + 1);
            seen.refresh.failed = incomplete.then(|| (Instant::now(), times));
        }
        Err(error) => {
            if let RefreshError::Ccu(error) = error {
                let trouble = Trouble::of(error);
                seen.status.troubled(&trouble);
                if matches!(error, CcuError::Unauthorized(_)) {
                    seen.refresh.locked_out = Some((Instant::now(), trouble));
                }
            }
            let times = seen.refresh.failed.map_or(1, |(_, times)| times + 1);
            seen.refresh.failed = Some((Instant::now(), times));
        }
    }
    inner.publish_if_changed(name, &before, &seen.status);
}

fn told(report: &RefreshReport) -> serde_json::Value {
    let interface = |report: &loom_domain::usecases::InterfaceReport| {
        json!({
            "id": report.interface_id,
            "devices": report.listed,
            "described": report.described,
            "removed": report.removed,
            "pending": report.pending,
            "kept": report.kept,
            "error": report.error,
        })
    };
    json!({
        "firmware": report.facts.firmware,
        "calls": report.total_calls,
        "interfaces": report.interfaces.iter().map(interface).collect::<Vec<_>>(),
    })
}
