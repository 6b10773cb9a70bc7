//! A job as it is told to whoever asks, and why one failed.
//!
//! Does NOT run it (`lane`) and does NOT know its form on the wire (`body`).

use jiff::Timestamp;
use loom_domain::ports::Stage;
use loom_domain::words::reason_and_hint;
use serde_json::Value;
use std::fmt;

/// The name of a job: 21 lower-case hex digits and a hyphen. Names sort in the order the jobs were taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(String);

/// One job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// Word for what it does.
    pub kind: &'static str,
    /// What it works on.
    pub object: String,
    /// How far its life is.
    pub state: JobState,
    /// How far its work is; kept when it ended, so that it tells where.
    pub progress: Option<JobProgress>,
    /// What came out, once it completed.
    pub result: Option<Value>,
    /// Why there is no result, once it failed.
    pub failure: Option<JobFailure>,
    /// When it was taken.
    pub queued_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it completed or failed.
    pub ended_at: Option<Timestamp>,
}

/// How far the life of a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It waits for its lane.
    Queued,
    /// It works.
    Running,
    /// It did what it was to do.
    Completed,
    /// It did not.
    Failed,
}

/// How far the work of a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobProgress {
    /// What it is doing.
    pub stage: Stage,
    /// On what.
    pub object: String,
    /// Bytes done in this stage.
    pub done_bytes: u64,
    /// What they will come to, where that is known.
    pub total_bytes: Option<u64>,
}

/// Why a job failed, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobFailure {
    /// What went wrong.
    pub reason: String,
    /// What can be done about it.
    pub hint: Option<String>,
    /// What has to be looked after, in a word, where that is told.
    pub failure: Option<&'static str>,
}

impl JobId {
    pub(super) fn new(millis: u64, life: u32) -> Self {
        Self(format!("{millis:012x}-{life:08x}"))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for JobId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Job {
    /// The topic its events have: `jobs/<kind>/<id>`.
    pub fn topic(&self) -> String {
        format!("jobs/{}/{}", self.kind, self.id)
    }

    /// Whether it completed or failed.
    pub fn has_ended(&self) -> bool {
        matches!(self.state, JobState::Completed | JobState::Failed)
    }
}

impl JobState {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Completed => "completed",
            Self::Failed => "failed",
        }
    }
}

impl JobProgress {
    /// The word for the stage.
    pub fn stage_word(&self) -> &'static str {
        match self.stage {
            Stage::Snapshot => "snapshot",
            Stage::Pack => "pack",
            Stage::Read => "read",
            Stage::Check => "check",
            Stage::Apply => "apply",
            Stage::Wait => "wait",
            Stage::Fetch => "fetch",
            Stage::Send => "send",
        }
    }
}

impl JobFailure {
    /// A failure without a hint.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), hint: None, failure: None }
    }

    /// The failure an error's words tell; lines after `hint:` are its hint.
    pub fn of(error: &impl fmt::Display) -> Self {
        let (reason, hint) = reason_and_hint(error);
        Self { hint, ..Self::new(reason) }
    }

    /// The same with another hint.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}
