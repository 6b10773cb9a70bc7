//! CCU backups as JSON: in events, and in answers of the API.
//!
//! Does NOT read them back.

use super::{CheckedSbk, ShownCcuBackup};
use crate::jobs::JobProgressBody;
use loom_domain::ccu_backup::{CcuBackupContents, CcuBackupState};
use loom_domain::words::reason_and_hint;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// One CCU backup.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BackupEntry)]
pub(crate) struct BackupBody {
    /// Its id.
    pub id: String,
    /// The central it comes from; empty where that is not known.
    pub central: String,
    /// Size in bytes; 0 until it is completed.
    pub bytes: u64,
    /// When it was asked for (RFC 3339).
    pub created_at: String,
    /// Name to save it under.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// `queued`, `running`, `completed` or `failed`.
    pub state: &'static str,
    /// Whether it is completed and its file is there.
    pub available: bool,
    /// Whose fault a failure is: `central`, `damaged`, `storage`, `cancelled` or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<&'static str>,
    /// Why it failed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// SHA-256 of its bytes, once it is completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// What is known of its contents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contents: Option<ContentsBody>,
    /// The newest job of this life of the daemon that is or was at it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// How far that job is, while it is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<JobProgressBody>,
    /// What the newest verification of this life of the daemon found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<VerdictBody>,
}

/// What is known of the contents of a CCU backup.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BackupContents)]
pub(crate) struct ContentsBody {
    /// Firmware version it was made with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// Which security key it is signed with; 0 is the one every unit has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_index: Option<u64>,
    /// Serial number of the central that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Product of the central that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// Host name of the central that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_name: Option<String>,
    /// Number of devices and channels per interface when it was made.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub devices: BTreeMap<String, u64>,
    /// What is odd about it, in words.
    pub warnings: Vec<String>,
}

/// What reading a file to its end showed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BackupVerdict)]
pub(crate) struct VerdictBody {
    /// Whether nothing is damaged.
    pub good: bool,
    /// Size in bytes.
    pub size_bytes: u64,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// What is damaged.
    pub damages: Vec<VerdictLine>,
    /// What is odd.
    pub warnings: Vec<VerdictLine>,
    /// When it was read (RFC 3339).
    pub checked_at: String,
}

/// One thing that is damaged or odd.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VerdictLine {
    /// A word for it.
    pub code: &'static str,
    /// What it is, in words.
    pub message: String,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl From<&ShownCcuBackup> for BackupBody {
    fn from(shown: &ShownCcuBackup) -> Self {
        let record = &shown.record;
        let (state, bytes, sha256, failure) = match &record.state {
            CcuBackupState::Queued => ("queued", 0, None, None),
            CcuBackupState::Running => ("running", 0, None, None),
            CcuBackupState::Completed { size_bytes, sha256 } => {
                ("completed", *size_bytes, Some(sha256.clone()), None)
            }
            CcuBackupState::Failed(failure) => ("failed", 0, None, Some(failure)),
        };
        let under_way = shown.job.as_ref().filter(|job| !job.has_ended());
        Self {
            id: record.id.to_string(),
            central: record.central.as_ref().map(ToString::to_string).unwrap_or_default(),
            bytes,
            created_at: record.created_at.to_string(),
            filename: record.filename.clone(),
            state,
            available: shown.available,
            failure: failure.map(|failure| failure.kind.as_str()),
            reason: failure.map(|failure| failure.reason.clone()),
            hint: failure.and_then(|failure| failure.hint.clone()),
            sha256,
            contents: record.contents.as_ref().map(ContentsBody::from),
            job: shown.job.as_ref().map(|job| job.id.to_string()),
            progress: under_way.and_then(|job| Some(JobProgressBody::from(job.progress.as_ref()?))),
            verdict: shown.checked.as_ref().map(VerdictBody::from),
        }
    }
}

impl From<&CcuBackupContents> for ContentsBody {
    fn from(contents: &CcuBackupContents) -> Self {
        let origin = contents.origin.as_ref();
        Self {
            firmware: contents.firmware.clone(),
            key_index: contents.key_index,
            serial: origin.map(|origin| origin.serial.clone()),
            product: origin.map(|origin| origin.product.clone()),
            host_name: origin.map(|origin| origin.host_name.clone()),
            devices: contents.devices.clone(),
            warnings: contents.warnings.clone(),
        }
    }
}

impl From<&CheckedSbk> for VerdictBody {
    fn from(checked: &CheckedSbk) -> Self {
        let verdict = &checked.verdict;
        Self {
            good: verdict.is_good(),
            size_bytes: verdict.size_bytes,
            sha256: verdict.sha256.clone(),
            damages: verdict.damages.iter().map(|damage| VerdictLine::of(damage.code(), damage)).collect(),
            warnings: verdict
                .warnings
                .iter()
                .map(|warning| VerdictLine::of(warning.code(), warning))
                .collect(),
            checked_at: checked.checked_at.to_string(),
        }
    }
}

impl VerdictLine {
    /// The words of `told`, split where its hint begins.
    pub(crate) fn of(code: &'static str, told: &impl std::fmt::Display) -> Self {
        let (message, hint) = reason_and_hint(told);
        Self { code, message, hint }
    }
}
