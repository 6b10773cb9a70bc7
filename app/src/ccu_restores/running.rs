//! Restores as jobs: what the use case works with, and what it comes to as a job.
//!
//! Does NOT decide whether one may begin.

use super::safety::WithinJob;
use super::{Inner, RestoreRequest};
use crate::central_gateways::ReachedCentral;
use crate::jobs::{JobContext, JobFailure, JobResult};
use loom_domain::ccu_backup::CcuBackup;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreState};
use loom_domain::usecases::{RestoreCentral, RestoreOrder, ResumeOrder, SafetyBackup, WayBackPatience};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const SETTLE_ATTEMPTS: usize = 3;
const SETTLE_PAUSE: Duration = Duration::from_secs(5);

impl Inner {
    fn restoring(&self, reached: &ReachedCentral, job: &JobContext) -> RestoreCentral {
        let ports = &self.ports;
        let config = self.config.current();
        RestoreCentral {
            gateway: Arc::clone(&reached.gateway),
            files: Arc::clone(&ports.files),
            judging: Arc::clone(&ports.judging),
            restores: Arc::clone(&ports.restores),
            interfaces: Arc::clone(&ports.interfaces),
            devices: Arc::clone(&ports.devices),
            clock: Arc::clone(&ports.clock),
            pauses: Arc::clone(&ports.pauses),
            progress: job.progress(),
            watch: Arc::clone(&ports.watch),
            patience: WayBackPatience {
                first_pause: config.duration("reliability.retry_pause"),
                until_back: config.duration("reliability.way_back_timeout"),
                until_settled: config.duration("reliability.settle_timeout"),
                ..WayBackPatience::default()
            },
        }
    }
}

impl Inner {
    /// Brings a record to its end whose job could not write it; gives the failure on. The store may be full for a moment
    /// only, and else the next start or restore ends it.
    async fn settled_after(&self, id: &CcuRestoreId, failure: JobFailure) -> JobFailure {
        for _ in 0..SETTLE_ATTEMPTS {
            let Ok(record) = self.record(id).await else { return failure };
            match self.settle(record).await {
                Ok(()) => return failure,
                Err(error) => tracing::error!(%error, restore = %id, "a restore could not be ended"),
            }
            self.ports.pauses.pause(SETTLE_PAUSE).await;
        }
        failure
    }
}

/// Restores a backup: the record is as it ends.
#[tracing::instrument(name = "ccu_restore", skip_all, fields(restore = %record.id, central = %record.target))]
pub(super) async fn run(
    inner: &Arc<Inner>,
    record: CcuRestore,
    backup: &CcuBackup,
    reached: &ReachedCentral,
    request: &RestoreRequest,
    job: &JobContext,
) -> JobResult {
    let safety =
        WithinJob { backups: Arc::clone(&inner.backups), reached: reached.clone(), progress: job.progress() };
    let safety: Option<&dyn SafetyBackup> = if request.without_safety_backup { None } else { Some(&safety) };
    let order = RestoreOrder {
        backup,
        consent: &request.consent,
        serial: reached.serial(),
        security_key: request.security_key.as_ref(),
        safety,
    };
    let id = record.id.clone();
    let ended = inner.restoring(reached, job).run(record, order).await;
    match ended {
        Ok(ended) => ended_as(inner, ended),
        Err(error) => Err(inner.settled_after(&id, JobFailure::of(&error)).await),
    }
}

/// Goes on with one.
#[tracing::instrument(name = "ccu_restore", skip_all, fields(restore = %record.id, central = %record.target))]
pub(super) async fn resume(
    inner: &Arc<Inner>,
    record: CcuRestore,
    reached: &ReachedCentral,
    job: &JobContext,
) -> JobResult {
    let id = record.id.clone();
    match resumed(inner, record, reached, job).await {
        Ok(ended) => ended_as(inner, ended),
        Err(failure) => Err(inner.settled_after(&id, failure).await),
    }
}

async fn resumed(
    inner: &Inner,
    record: CcuRestore,
    reached: &ReachedCentral,
    job: &JobContext,
) -> Result<CcuRestore, JobFailure> {
    let found = inner.ports.backups.find_ccu_backup(&record.backup).await;
    let backup = found.map_err(|error| JobFailure::of(&error))?;
    let safety = match &record.safety_backup {
        Some(id) => inner.ports.backups.find_ccu_backup(id).await.map_err(|error| JobFailure::of(&error))?,
        None => None,
    };
    let order = ResumeOrder { backup: backup.as_ref(), safety: safety.as_ref(), serial: reached.serial() };
    let ended = inner.restoring(reached, job).resume(record, order).await;
    ended.map_err(|error| JobFailure::of(&error))
}

/// What a restore comes to as a job.
fn ended_as(inner: &Inner, record: CcuRestore) -> JobResult {
    match &record.state {
        CcuRestoreState::Completed { differences } => {
            tracing::info!(restore = %record.id, differences = differences.len(), "central restored");
            inner.central_watch.look_soon(&record.target);
            Ok(json!({ "restore": record.id.as_str(), "differences": differences }))
        }
        CcuRestoreState::Interrupted { reason, hint } => {
            Err(JobFailure::new(reason.clone()).with_hint(hint.clone()))
        }
        CcuRestoreState::Failed(failure) => {
            Err(JobFailure { hint: failure.hint.clone(), ..JobFailure::new(failure.reason.clone()) })
        }
        CcuRestoreState::Queued | CcuRestoreState::Running => Ok(Value::Null),
    }
}
