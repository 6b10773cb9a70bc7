//! Answers of the daemon about its master key; what this program finds out itself is told in the same words.
//!
//! Does NOT decide what they mean for a run.

use super::{JobFailed, JobFailureKind, Progress};
use loom_app::BeatenKey;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How the master key of a data dir is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct KeyStatus {
    pub(crate) key: Option<UsedKey>,
    pub(crate) problem: Option<String>,
    pub(crate) providers: Vec<String>,
    /// Counts by table.
    pub(crate) values: BTreeMap<String, ValueCounts>,
    /// Looked for where no daemon is asked.
    #[serde(skip)]
    pub(crate) beaten_key: Option<BeatenKey>,
    pub(crate) unreadable_places: Vec<String>,
    pub(crate) other_keys: Vec<String>,
    pub(crate) old_keys: Vec<OldKeyFile>,
    pub(crate) pending: Option<PendingChange>,
    pub(crate) archives: Option<Vec<ArchiveKey>>,
}

/// A key and where it came from.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct UsedKey {
    pub(crate) fingerprint: String,
    pub(crate) source: String,
}

/// Secret values of one table.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ValueCounts {
    pub(crate) v1: u64,
    pub(crate) v2: u64,
    pub(crate) clear: u64,
    pub(crate) unreadable: u64,
}

/// A key that was kept.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct OldKeyFile {
    pub(crate) name: String,
    pub(crate) fingerprint: Option<String>,
    pub(crate) problem: Option<String>,
}

/// A change of the key that has not come to its end.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PendingChange {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) target: String,
    pub(crate) begun_at: String,
}

/// An archive and the key it needs.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ArchiveKey {
    pub(crate) archive: String,
    pub(crate) format: Option<String>,
    pub(crate) sealed_for: Option<String>,
    #[serde(default)]
    pub(crate) recipients: Vec<String>,
    pub(crate) fingerprint: Option<String>,
    pub(crate) key_at: String,
    pub(crate) old_key: Option<String>,
    #[serde(default)]
    pub(crate) other_keys: Vec<String>,
    pub(crate) problem: Option<String>,
}

/// What a change of the master key did.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RotatedKey {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) source: String,
    #[serde(default)]
    pub(crate) resealed: u64,
    #[serde(default)]
    pub(crate) left: u64,
    #[serde(default)]
    pub(crate) unreadable_places: Vec<String>,
    #[serde(default)]
    pub(crate) kept: Vec<String>,
    #[serde(default)]
    pub(crate) set_aside: Vec<String>,
}

/// A job that changes the master key.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RotateJob {
    pub(crate) id: String,
    pub(crate) state: String,
    pub(crate) progress: Option<Progress>,
    pub(crate) result: Option<RotatedKey>,
    pub(crate) reason: Option<String>,
    pub(crate) hint: Option<String>,
    pub(crate) failure: Option<String>,
}

impl RotateJob {
    /// Whether it is done.
    pub(crate) fn has_ended(&self) -> bool {
        super::answers::has_ended(&self.state)
    }

    /// Why there is no new key.
    pub(crate) fn failed(&self) -> JobFailed {
        JobFailed {
            what: "the change of the master key".to_owned(),
            kind: JobFailureKind::of(self.failure.as_deref()),
            reason: super::answers::words(&self.reason),
            hint: self.hint.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit_code::ExitCode;
    use crate::failure::Failure;

    #[test]
    fn a_rotation_of_the_daemon_fails_with_the_code_of_one_without_it() {
        for (failure, code) in [
            ("\"key\"", ExitCode::Key),
            ("\"refused\"", ExitCode::Refused),
            ("\"other\"", ExitCode::Unexpected),
            ("null", ExitCode::Unexpected),
        ] {
            let job = format!("{{\"id\": \"1\", \"state\": \"failed\", \"failure\": {failure}}}");
            let job: RotateJob = serde_json::from_str(&job).unwrap();
            assert_eq!(ExitCode::from(&Failure::Job(job.failed().into())), code, "{failure}");
        }
    }
}
