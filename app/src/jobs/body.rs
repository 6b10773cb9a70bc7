//! A job as JSON: in events, and in answers of the API.
//!
//! Does NOT read jobs back.

use super::{Job, JobProgress};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A job.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Job)]
pub(crate) struct JobBody {
    /// Its id; ids sort in the order the jobs were taken.
    pub id: String,
    /// What it does: `state_backup`, `state_verify`, `key_rotate`, `ccu_backup`, `ccu_verify`, `ccu_restore`,
    /// `ccu_refresh`.
    pub kind: &'static str,
    /// What it works on, such as the id of an archive.
    pub object: String,
    /// `queued`, `running`, `completed` or `failed`.
    pub state: &'static str,
    /// How far it is; kept when it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<JobProgressBody>,
    /// What came out, once it completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What has to be looked after, of a failed `key_rotate`: `key`, `refused` (something is in the way) or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<&'static str>,
    /// When it was taken, RFC 3339.
    pub queued_at: String,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_at: Option<String>,
    /// When it completed or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<String>,
}

/// How far a job is.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = JobProgress)]
pub(crate) struct JobProgressBody {
    /// `snapshot`, `pack`, `read`, `check`, `apply`, `wait`, `fetch` or `send`.
    pub stage: &'static str,
    /// What it is at, such as a database.
    pub object: String,
    /// Bytes done in this stage.
    pub done_bytes: u64,
    /// What they will come to, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_bytes: Option<u64>,
}

impl From<&Job> for JobBody {
    fn from(job: &Job) -> Self {
        let failure = job.failure.as_ref();
        Self {
            id: job.id.to_string(),
            kind: job.kind,
            object: job.object.clone(),
            state: job.state.as_str(),
            progress: job.progress.as_ref().map(JobProgressBody::from),
            result: job.result.clone(),
            reason: failure.map(|failure| failure.reason.clone()),
            hint: failure.and_then(|failure| failure.hint.clone()),
            failure: failure.and_then(|failure| failure.failure),
            queued_at: job.queued_at.to_string(),
            started_at: job.started_at.map(|at| at.to_string()),
            ended_at: job.ended_at.map(|at| at.to_string()),
        }
    }
}

impl From<&JobProgress> for JobProgressBody {
    fn from(progress: &JobProgress) -> Self {
        Self {
            stage: progress.stage_word(),
            object: progress.object.clone(),
            done_bytes: progress.done_bytes,
            total_bytes: progress.total_bytes,
        }
    }
}
