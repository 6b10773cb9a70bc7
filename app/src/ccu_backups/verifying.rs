//! Verifying the stored file of a CCU backup, as a job.
//!
//! Does NOT judge it itself (`domain::sbk`) and changes no record.

use super::{CcuBackupError, Inner, VERIFY_JOB, VerdictBody};
use crate::jobs::{Job, JobFailure, JobOrder, JobResult, Jobs};
use jiff::Timestamp;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::{Progress, Stage};
use loom_domain::sbk::SbkVerdict;
use std::sync::Arc;

/// What these jobs have to themselves: one reads at a time.
const LANE: &str = "ccu-verify";

/// A verdict on the bytes of a stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedSbk {
    /// Names the bytes.
    pub tag: String,
    /// What they are.
    pub verdict: SbkVerdict,
    /// When they were judged.
    pub checked_at: Timestamp,
}

/// Queues a verification.
pub(super) async fn start(inner: &Arc<Inner>, jobs: &Jobs, id: &CcuBackupId) -> Result<Job, CcuBackupError> {
    let _turn = inner.turn.lock().await;
    inner.record(id).await?;
    if inner.ports.files.find(id).await?.is_none() {
        return Err(CcuBackupError::FileGone(id.clone()));
    }
    let order = JobOrder { kind: VERIFY_JOB, lane: LANE.into(), object: id.to_string() };
    let (inner, id) = (Arc::clone(inner), id.clone());
    Ok(jobs.start(order, move |job| async move { run(&inner, &id, job.progress().as_ref()).await })?)
}

#[tracing::instrument(name = "ccu_verify", skip_all, fields(backup = %id))]
async fn run(inner: &Inner, id: &CcuBackupId, progress: &dyn Progress) -> JobResult {
    let found = inner.ports.files.find(id).await.map_err(|error| JobFailure::of(&error))?;
    let file = found.ok_or_else(|| JobFailure::of(&CcuBackupError::FileGone(id.clone())))?;
    progress.begin(Stage::Check, id.as_str(), Some(file.bytes));
    let verdict = inner.ports.judging.judge(id).await.map_err(|error| JobFailure::of(&error))?;
    progress.reached(file.bytes);
    if verdict.is_good() {
        tracing::info!(backup = %id, "CCU backup verified");
    } else {
        tracing::error!(backup = %id, damages = ?verdict.damages, "CCU backup is damaged");
    }
    let checked = CheckedSbk { tag: file.tag, verdict, checked_at: inner.ports.clock.now() };
    let told = serde_json::to_value(VerdictBody::from(&checked)).unwrap_or_default();
    inner.lock_checked().insert(id.clone(), checked);
    Ok(told)
}
