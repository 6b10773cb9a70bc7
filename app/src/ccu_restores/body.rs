//! CCU restores as JSON: in events, and in answers of the API.
//!
//! Does NOT read them back.

use super::ShownRestore;
use crate::jobs::JobProgressBody;
use loom_domain::ccu_failure::CcuFailureKind;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreState};
use serde::Serialize;
use utoipa::ToSchema;

/// One restore of a central.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Restore)]
pub(crate) struct RestoreBody {
    /// Its id.
    pub id: String,
    /// The backup that is restored.
    pub backup: String,
    /// The central it is restored to.
    pub target: String,
    /// What it is doing or ended at: `preflight`, `safety_backup`, `offer`, `apply`, `restart`, `way_back`, `compare`,
    /// `drop_caches`. Up to `offer` nothing is changed on the central.
    pub step: &'static str,
    /// `queued`, `running`, `interrupted` (somebody has to decide), `completed` or `failed`.
    pub state: &'static str,
    /// Whose fault it is that it failed: `central`, `damaged`, `storage`, `cancelled` or `other`; `central` if it was
    /// interrupted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<&'static str>,
    /// Why it failed or was interrupted, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What is different from what the backup recorded, once it completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differences: Option<Vec<String>>,
    /// The backup that was taken of the central before anything was changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safety_backup: Option<String>,
    /// When it was asked for (RFC 3339).
    pub created_at: String,
    /// When its step or state changed last (RFC 3339).
    pub updated_at: String,
    /// The newest job of this life of the daemon that is or was at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// How far that job is, while it is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<JobProgressBody>,
}

impl From<&CcuRestore> for RestoreBody {
    fn from(record: &CcuRestore) -> Self {
        let (reason, hint, failure, differences) = match &record.state {
            CcuRestoreState::Queued | CcuRestoreState::Running => (None, None, None, None),
            CcuRestoreState::Interrupted { reason, hint } => {
                // What is not known is what the central is like now.
                (Some(reason.clone()), Some(hint.clone()), Some(CcuFailureKind::Central.as_str()), None)
            }
            CcuRestoreState::Completed { differences } => (None, None, None, Some(differences.clone())),
            CcuRestoreState::Failed(failure) => {
                (Some(failure.reason.clone()), failure.hint.clone(), Some(failure.kind.as_str()), None)
            }
        };
        Self {
            id: record.id.to_string(),
            backup: record.backup.to_string(),
            target: record.target.to_string(),
            step: record.step.as_str(),
            state: record.state.as_str(),
            failure,
            reason,
            hint,
            differences,
            safety_backup: record.safety_backup.as_ref().map(ToString::to_string),
            created_at: record.created_at.to_string(),
            updated_at: record.updated_at.to_string(),
            job: None,
            progress: None,
        }
    }
}

impl From<&ShownRestore> for RestoreBody {
    fn from(shown: &ShownRestore) -> Self {
        let under_way = shown.job.as_ref().filter(|job| !job.has_ended());
        Self {
            job: shown.job.as_ref().map(|job| job.id.to_string()),
            progress: under_way.and_then(|job| Some(JobProgressBody::from(job.progress.as_ref()?))),
            ..Self::from(&shown.record)
        }
    }
}
