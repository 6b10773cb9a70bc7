//! Verifying an archive of the daemon's own state, as a job.
//!
//! Does NOT verify it itself (`usecases::verify_archive`).

use super::failure::of_verification;
use super::{Inner, LANE, StateBackupError, VERIFY_JOB, Verdict, VerifiedArchive};
use crate::jobs::{Job, JobContext, JobFailure, JobOrder, JobResult, Jobs};
use loom_domain::ports::{ArchiveId, ResolvedOldKeys};
use loom_domain::usecases::{ExamineArchive, KeyRing, VerifyArchive};
use std::sync::Arc;

/// Queues a verification.
pub(super) async fn start(inner: &Arc<Inner>, jobs: &Jobs, id: &ArchiveId) -> Result<Job, StateBackupError> {
    let claim = inner.claims.take(id, "a verification")?;
    if inner.ports.shelf.find(id).await.map_err(StateBackupError::Shelf)?.is_none() {
        return Err(StateBackupError::NotFound(id.clone()));
    }
    let order = JobOrder { kind: VERIFY_JOB, lane: LANE.into(), object: id.to_string() };
    let inner = Arc::clone(inner);
    Ok(jobs.start(order, move |job| async move {
        let result = run(&inner, &job, claim.id()).await;
        drop(claim);
        result
    })?)
}

#[tracing::instrument(name = "state_verify", skip_all, fields(archive = %id))]
async fn run(inner: &Inner, job: &JobContext, id: &ArchiveId) -> JobResult {
    let ports = &inner.ports;
    let found = ports.shelf.find(id).await.map_err(|error| JobFailure::of(&error))?;
    let stored = found.ok_or_else(|| JobFailure::new(format!("archive `{id}` was removed meanwhile")))?;
    // The archive's own key is what it was sealed with; that of the state helps where it carries none.
    let (after, note) = match ports.keys.resolve().await {
        Ok(key) => (key, None),
        Err(error) => (None, Some(format!("not used: {error}"))),
    };
    let verify = VerifyArchive {
        source: Arc::clone(&ports.source),
        scratch: Arc::clone(&ports.scratch),
        examine: ExamineArchive { judge: Arc::clone(&ports.judge), progress: job.progress() },
    };
    let passphrase = inner.sealing.passphrase_source();
    let old = match &ports.old_keys {
        Some(old) => old.resolve_old_keys().await.unwrap_or_default(),
        None => ResolvedOldKeys::default(),
    };
    let notes: Vec<_> =
        note.into_iter().chain(old.unresolved.values().map(|error| format!("not used: {error}"))).collect();
    let ring = KeyRing { after, earlier: old.keys, passphrase, ..KeyRing::default() };
    let outcome = verify.run(id, &ring).await;
    let verdict = Verdict::of(outcome).map_err(|error| of_verification(&error))?;
    if verdict.is_ok() {
        tracing::info!(archive = %id, "state backup verified");
    } else if let Verdict::Closed(reason) = &verdict {
        tracing::warn!(archive = %id, %reason, "state backup is sealed and cannot be verified here");
    } else {
        tracing::error!(archive = %id, verdict = verdict.word(), damage = ?verdict.damage(), "state backup is not good");
    }
    let told = verdict.to_json(id, &notes);
    let verified = VerifiedArchive { at: ports.clock.now(), job: job.id().clone(), verdict };
    inner.lock_verified().insert(id.clone(), (stored.tag, verified));
    inner.refresh_figures().await;
    Ok(told)
}
