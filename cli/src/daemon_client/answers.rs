//! Answers of the daemon, as far as verbs look at them.
//!
//! Unknown fields are passed over, and words of later versions stay words. Does NOT decide what they mean for a run.

use super::{JobFailed, JobFailureKind};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One CCU backup.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct BackupEntry {
    pub(crate) id: String,
    /// Empty where it is unknown.
    #[serde(default)]
    pub(crate) central: String,
    #[serde(default)]
    pub(crate) bytes: u64,
    pub(crate) created_at: String,
    pub(crate) filename: Option<String>,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) failure: Option<String>,
    pub(crate) sha256: Option<String>,
    #[serde(default)]
    pub(crate) available: bool,
    #[serde(default)]
    pub(crate) contents: Contents,
    /// Only of a single backup.
    pub(crate) progress: Option<Progress>,
}

/// What is known of what is inside.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Contents {
    pub(crate) firmware: Option<String>,
    pub(crate) key_index: Option<u64>,
    pub(crate) devices: BTreeMap<String, u64>,
    pub(crate) warnings: Vec<String>,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Progress {
    pub(crate) stage: String,
    #[serde(default)]
    pub(crate) object: String,
    #[serde(default)]
    pub(crate) done_bytes: u64,
    pub(crate) total_bytes: Option<u64>,
}

/// A backup that was taken on.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderedBackup {
    pub(crate) id: String,
    pub(crate) job: String,
}

/// A restore that was taken on.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderedRestore {
    pub(crate) id: String,
    pub(crate) restore: String,
    pub(crate) job: String,
}

/// A job that was taken on.
#[derive(Debug, Deserialize)]
pub(crate) struct StartedJob {
    pub(crate) id: String,
}

/// One restore.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Restore {
    pub(crate) id: String,
    pub(crate) backup: String,
    pub(crate) target: String,
    pub(crate) step: String,
    pub(crate) state: String,
    pub(crate) reason: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) failure: Option<String>,
    #[serde(default)]
    pub(crate) differences: Vec<String>,
    pub(crate) safety_backup: Option<String>,
    pub(crate) progress: Option<Progress>,
}

/// A job that judges a stored backup.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct VerifyJob {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) progress: Option<Progress>,
    pub(crate) result: Option<Judgement>,
    pub(crate) reason: Option<String>,
    pub(crate) hint: Option<String>,
}

/// The verdict on a backup.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Judgement {
    pub(crate) good: bool,
    pub(crate) size_bytes: u64,
    pub(crate) sha256: String,
    #[serde(default)]
    pub(crate) damages: Vec<Remark>,
    #[serde(default)]
    pub(crate) warnings: Vec<Remark>,
}

/// Something wrong or odd about a backup.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Remark {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

/// What trying every way to a central showed.
#[derive(Debug, Deserialize)]
pub(crate) struct Diagnosis {
    pub(crate) name: String,
    pub(crate) works: bool,
    pub(crate) findings: Vec<Finding>,
}

/// What one attempt showed.
#[derive(Debug, Deserialize)]
pub(crate) struct Finding {
    pub(crate) subject: String,
    pub(crate) outcome: String,
    #[serde(default)]
    pub(crate) detail: String,
    pub(crate) hint: Option<String>,
}

/// How a central is.
#[derive(Debug, Deserialize)]
pub(crate) struct CentralStatus {
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) firmware: Option<String>,
    pub(crate) product: Option<String>,
    #[serde(default)]
    pub(crate) interfaces: Vec<InterfaceStatus>,
    pub(crate) last_contact: Option<String>,
    pub(crate) last_error: Option<String>,
    pub(crate) hint: Option<String>,
}

/// How an interface of a central is.
#[derive(Debug, Deserialize)]
pub(crate) struct InterfaceStatus {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) devices: u64,
    #[serde(default)]
    pub(crate) pending: u64,
    pub(crate) error: Option<String>,
}

impl BackupEntry {
    /// Whether nothing will happen to it any more by itself.
    pub(crate) fn has_ended(&self) -> bool {
        has_ended(&self.state)
    }

    /// The failure, if it failed.
    pub(crate) fn failed(&self) -> Option<JobFailed> {
        (self.state == "failed").then(|| JobFailed {
            what: format!("backup `{}`", self.id),
            kind: JobFailureKind::of(self.failure.as_deref()),
            reason: words(&self.reason),
            hint: self.hint.clone(),
        })
    }
}

impl Restore {
    /// Whether nothing will happen any more by itself.
    pub(crate) fn has_ended(&self) -> bool {
        has_ended(&self.state)
    }

    /// Why it did not come to its end. One that was interrupted left a central nobody knows the state of.
    pub(crate) fn failed(&self) -> Option<JobFailed> {
        let (how, kind) = match self.state.as_str() {
            "failed" => ("", JobFailureKind::of(self.failure.as_deref())),
            "interrupted" => (", which was interrupted,", JobFailureKind::Central),
            _ => return None,
        };
        let default = format!("`openccu-loom ccu resume {}` goes on with it", self.id);
        let hint = self.hint.clone().or_else(|| (self.state == "interrupted").then_some(default));
        let what = format!("restore `{}` of `{}` at the step `{}`{how}", self.id, self.target, self.step);
        Some(JobFailed { what, kind, reason: words(&self.reason), hint })
    }
}

impl VerifyJob {
    /// Whether it is done.
    pub(crate) fn has_ended(&self) -> bool {
        has_ended(&self.state)
    }

    /// Why there is no verdict.
    pub(crate) fn failed(&self, id: &str) -> JobFailed {
        JobFailed {
            what: format!("judging the backup `{id}`"),
            kind: JobFailureKind::Other,
            reason: words(&self.reason),
            hint: self.hint.clone(),
        }
    }
}

pub(super) fn has_ended(state: &str) -> bool {
    !matches!(state, "queued" | "running")
}

pub(super) fn words(reason: &Option<String>) -> String {
    reason.clone().unwrap_or_else(|| "the daemon does not say why".to_owned())
}
