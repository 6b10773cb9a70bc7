//! Taking a backup of the daemon's own state, as a job.
//!
//! Does NOT take it itself (`usecases::take_backup`).

use super::claims::Claim;
use super::failure::of_backup;
use super::{BACKUP_JOB, Inner, LANE, StateBackupError};
use crate::archive_json;
use crate::jobs::{Job, JobContext, JobFailure, JobOrder, JobResult, Jobs};
use crate::telemetry::metrics::{BackupSubject, BackupSuccess, Metrics};
use crate::wire::{CreateError, SECRETS_NOTE};
use crate::{VERSION, default_archive_name};
use loom_domain::ports::{ArchiveId, ShelfError};
use loom_domain::usecases::{BackupRequest, TakeBackup, TakenBackup};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Queues a backup under a name nobody else gets.
pub(super) async fn start(
    inner: &Arc<Inner>,
    jobs: &Jobs,
    include_secrets_note: bool,
) -> Result<Job, StateBackupError> {
    let claim = free_name(inner).await?;
    let id = claim.id().clone();
    let order = JobOrder { kind: BACKUP_JOB, lane: LANE.into(), object: id.to_string() };
    let inner = Arc::clone(inner);
    Ok(jobs.start(order, move |job| async move {
        let result = run(&inner, &job, id, include_secrets_note).await;
        drop(claim);
        result
    })?)
}

/// The name of this second, or of the next one that is free.
async fn free_name(inner: &Inner) -> Result<Claim, StateBackupError> {
    let mut at = inner.ports.clock.now();
    loop {
        let name = default_archive_name(inner.host.as_deref(), at, &inner.sealing.ending());
        // Always a plain name: hosts have names of at most 64 bytes, reduced to letters, digits and `.-_`.
        let id = ArchiveId::parse(&name).ok_or(StateBackupError::Shelf(ShelfError::NotFound(name)))?;
        if let Ok(claim) = inner.claims.take(&id, "a backup")
            && inner.ports.shelf.find(&id).await.map_err(StateBackupError::Shelf)?.is_none()
        {
            return Ok(claim);
        }
        at += Duration::from_secs(1);
    }
}

async fn run(inner: &Inner, job: &JobContext, id: ArchiveId, include_secrets_note: bool) -> JobResult {
    let began = Instant::now();
    let mut attempt = Attempt { metrics: &inner.metrics, succeeded: false };
    let taken = take(inner, job, id.clone(), include_secrets_note).await?;
    attempt.succeeded = true;
    let (took, bytes) = (began.elapsed(), taken.receipt.bytes);
    inner.remember_duration(&id, took);
    let good = BackupSuccess { finished_at: taken.manifest.created_at, bytes, duration: Some(took) };
    inner.metrics.newest_backup(&BackupSubject::State, Some(good));
    tracing::info!(archive = %id, size_bytes = bytes, duration_ms = took.as_millis(), "state backup taken");
    Ok(told(&id, &taken, took))
}

/// Counts as a failure if it ends without success, whichever way: refused, broken off or given up.
struct Attempt<'a> {
    metrics: &'a Metrics,
    succeeded: bool,
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.succeeded {
            self.metrics.backup_failed(&BackupSubject::State);
        }
    }
}

#[tracing::instrument(name = "state_backup", skip_all, fields(archive = %id))]
async fn take(
    inner: &Inner,
    job: &JobContext,
    id: ArchiveId,
    include_secrets_note: bool,
) -> Result<TakenBackup, JobFailure> {
    let (hold, sealing) = (Arc::clone(&inner.ports.hold), inner.sealing.clone());
    let begun = tokio::task::spawn_blocking(move || {
        let order = sealing.resolve()?;
        let held = hold(&order)?;
        Ok::<_, CreateError>((order, held))
    });
    let begun = begun.await.map_err(|error| JobFailure::new(error.to_string()))?;
    // Held until the backup is there: it is what holds restores off.
    let (order, held) = begun.map_err(|error| of_backup(&error))?;
    let take = TakeBackup {
        files: Arc::clone(&held.files),
        snapshots: Arc::clone(&held.snapshots),
        keys: Arc::clone(&inner.ports.keys),
        sink: Arc::clone(&inner.ports.sink),
        clock: Arc::clone(&inner.ports.clock),
        progress: job.progress(),
    };
    let request = BackupRequest {
        id,
        form: order,
        daemon_version: VERSION.to_owned(),
        host: inner.host.clone(),
        config: inner.config.clone(),
        secrets_note: include_secrets_note.then(|| SECRETS_NOTE.to_owned()),
        env_files: inner.env_files.clone(),
    };
    take.run(request).await.map_err(|error| of_backup(&CreateError::from(error)))
}

fn told(id: &ArchiveId, taken: &TakenBackup, took: Duration) -> Value {
    json!({
        "archive": id.as_str(),
        "bytes": taken.receipt.bytes,
        "sha256": taken.receipt.sha256,
        "created_at": taken.manifest.created_at.to_string(),
        "duration_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "files": taken.manifest.files.len(),
        "databases": taken.manifest.databases.len(),
        "sealed_values": archive_json::sealed_values(&taken.sealed),
        "key": archive_json::listed_key(&taken.manifest),
        "left_out": taken.manifest.left_out.len(),
    })
}
