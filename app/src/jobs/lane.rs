//! A lane: runs what waits in it, one job after the other, until nothing does.
//!
//! Does NOT keep anything; what becomes of a job is written on the board.

use super::board::{Begun, Board};
use super::{JobFailure, JobId, JobResult};
use crate::telemetry::metrics::JobOutcome;
use std::sync::Arc;
use tokio::task::JoinError;
use tracing::Instrument;

/// Why work that was under way is given up.
pub(super) const STOPPING: &str = "the daemon is stopping";

/// Runs a lane that has work.
pub(super) async fn run(board: Arc<Board>, lane: Arc<str>) {
    while let Some(Begun { id, kind, origin, work }) = board.begin_next(&lane) {
        let span = tracing::info_span!("job", job_id = %id, kind, trace_id = tracing::field::Empty);
        origin.is_followed_by(&span);
        // A task of its own, so that a panic ends the job and not the lane.
        let task = tokio::spawn(work.instrument(span.clone()));
        board.running(&lane, &id, task.abort_handle());
        let (result, outcome) = judge(task.await);
        let result = board.explained(&id, result, outcome);
        span.in_scope(|| log(&id, &result, outcome));
        board.ended(&id, result, outcome);
    }
}

fn judge(ended: Result<JobResult, JoinError>) -> (JobResult, JobOutcome) {
    match ended {
        Ok(Ok(result)) => (Ok(result), JobOutcome::Succeeded),
        Ok(Err(failure)) => (Err(failure), JobOutcome::Failed),
        Err(error) if error.is_cancelled() => (Err(JobFailure::new(STOPPING)), JobOutcome::Cancelled),
        // What it said went to the log where it happened.
        Err(_) => {
            let broke = JobFailure::new("the job broke off, which is a fault of the program");
            (Err(broke.with_hint("the log of the daemon tells more")), JobOutcome::Failed)
        }
    }
}

fn log(id: &JobId, result: &JobResult, outcome: JobOutcome) {
    match result {
        Ok(_) => tracing::info!(job_id = %id, "job completed"),
        Err(failure) if outcome == JobOutcome::Cancelled => {
            tracing::warn!(job_id = %id, reason = %failure.reason, "job cancelled")
        }
        Err(failure) => tracing::error!(job_id = %id, reason = %failure.reason, "job failed"),
    }
}
