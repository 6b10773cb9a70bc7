//! Taking a backup of a central, as a job or as part of one.
//!
//! Does NOT take it itself (`usecases::BackUpCentral`).

use super::{BACKUP_JOB, CcuBackupError, Inner, ids, is_at_work, open_work};
use crate::central_gateways::{ReachedCentral, central_lane, make_room};
use crate::jobs::{Job, JobFailure, JobOrder, JobResult, Jobs};
use crate::telemetry::metrics::BackupSubject;
use jiff::tz::TimeZone;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupState};
use loom_domain::ccu_failure::CcuFailure;
use loom_domain::central::CentralName;
use loom_domain::ports::Progress;
use loom_domain::usecases::{BackUpCentral, BackUpCentralError};
use serde_json::{Value, json};
use std::sync::Arc;

/// Why a backup was not taken as part of a job.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TakeError {
    /// It was not even begun.
    #[error(transparent)]
    Begin(#[from] CcuBackupError),
    /// It failed; its record says so too.
    #[error(transparent)]
    Take(#[from] BackUpCentralError),
}

/// Queues a backup.
pub(super) async fn start(
    inner: &Arc<Inner>,
    jobs: &Jobs,
    central: Option<&CentralName>,
) -> Result<(CcuBackup, Job), CcuBackupError> {
    let name = match central {
        Some(name) => name.clone(),
        None => only_central(inner).await?,
    };
    let reached = inner.gateways.reach(&name).await?;
    let _turn = inner.turn.lock().await;
    if let Some(by) = busy(inner, jobs, &name).await? {
        return Err(CcuBackupError::Busy { central: name, by });
    }
    make_room(jobs, &name, "a backup of the central").await;
    let record = begin(inner, &name).await?;
    let order = JobOrder { kind: BACKUP_JOB, lane: central_lane(&name), object: record.id.to_string() };
    let (queued, at_work) = (record.clone(), Arc::clone(inner));
    let started =
        jobs.start(order, move |job| async move { run(&at_work, queued, &reached, job.progress()).await });
    match started {
        Ok(job) => Ok((record, job)),
        Err(refused) => {
            // Nobody was told its id, so nobody misses it.
            inner.ports.records.remove_ccu_backup(&record.id).await?;
            Err(refused.into())
        }
    }
}

/// Takes a backup of a central that this job has to itself.
pub(super) async fn take_within(
    inner: &Arc<Inner>,
    reached: &ReachedCentral,
    progress: Arc<dyn Progress>,
) -> Result<CcuBackup, TakeError> {
    let record = {
        let _turn = inner.turn.lock().await;
        begin(inner, &reached.central.name).await?
    };
    Ok(take(inner, record, reached, progress).await?)
}

/// Writes the record of a backup that is to be taken.
async fn begin(inner: &Inner, central: &CentralName) -> Result<CcuBackup, CcuBackupError> {
    let now = inner.ports.clock.now();
    let record = CcuBackup {
        id: ids::for_backup(inner, central).await?,
        central: Some(central.clone()),
        filename: None,
        state: CcuBackupState::Queued,
        contents: None,
        created_at: now,
        updated_at: now,
    };
    inner.ports.records.create_ccu_backup(&record).await?;
    inner.ports.watch.backup_changed(&record);
    Ok(record)
}

async fn only_central(inner: &Inner) -> Result<CentralName, CcuBackupError> {
    let mut names = inner.gateways.enabled().await?;
    match names.len() {
        0 => Err(CcuBackupError::NoCentral),
        1 => Ok(names.remove(0)),
        _ => Err(CcuBackupError::Ambiguous(names)),
    }
}

/// What a central is busy with. A record that says so although no job is at it was left by one that broke off: the job
/// that is begun now ends it.
async fn busy(inner: &Inner, jobs: &Jobs, central: &CentralName) -> Result<Option<String>, CcuBackupError> {
    if !is_at_work(jobs, central) {
        return Ok(None);
    }
    // Of a job whose record has ended only the farewell is left: what is begun now waits for that.
    let open = open_work(inner.ports.records.as_ref(), inner.ports.restores.as_ref(), central).await?;
    Ok(open.map(|open| open.to_string()))
}

async fn run(
    inner: &Arc<Inner>,
    record: CcuBackup,
    reached: &ReachedCentral,
    progress: Arc<dyn Progress>,
) -> JobResult {
    inner.end_what_broke_off(&record).await;
    match take(inner, record, reached, progress).await {
        Ok(taken) => Ok(told(&taken)),
        Err(error) => {
            let CcuFailure { reason, hint, .. } = error.failure();
            Err(JobFailure { hint, ..JobFailure::new(reason) })
        }
    }
}

#[tracing::instrument(name = "ccu_backup", skip_all, fields(backup = %record.id, central = %reached.central.name))]
async fn take(
    inner: &Inner,
    record: CcuBackup,
    reached: &ReachedCentral,
    progress: Arc<dyn Progress>,
) -> Result<CcuBackup, BackUpCentralError> {
    let name = &reached.central.name;
    let ports = &inner.ports;
    let previous = inner.newest(name).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "the backup before this one cannot be looked at");
        None
    });
    let back_up = BackUpCentral {
        gateway: Arc::clone(&reached.gateway),
        files: Arc::clone(&ports.files),
        records: Arc::clone(&ports.records),
        clock: Arc::clone(&ports.clock),
        pauses: Arc::clone(&ports.pauses),
        progress,
        watch: Arc::clone(&ports.watch),
        zone: TimeZone::system(),
        retry_after: inner.config.current().duration("reliability.backup_retry_pause"),
    };
    let taken = back_up.run(record, reached.serial(), previous.as_ref()).await;
    match &taken {
        Ok(taken) => inner.figure(name, Some(taken)),
        // One that is cancelled, or ended with the daemon, did not fail: nobody has to be woken for it.
        Err(_) => inner.metrics.backup_failed(&BackupSubject::Ccu(name.clone())),
    }
    taken
}

fn told(taken: &CcuBackup) -> Value {
    let CcuBackupState::Completed { size_bytes, sha256 } = &taken.state else { return Value::Null };
    json!({
        "backup": taken.id.as_str(),
        "filename": taken.filename,
        "bytes": size_bytes,
        "sha256": sha256,
        "warnings": taken.contents.as_ref().map(|contents| contents.warnings.clone()).unwrap_or_default(),
    })
}
