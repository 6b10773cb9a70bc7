//! `/backups`: the stored CCU backups.
//!
//! Does NOT take or restore any: that needs an adapter that speaks to centrals.

use super::State;
use super::access::{Admin, Caller};
use super::problem::Problem;
use actix_web::web::Json;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupState};
use serde::Serialize;
use utoipa::ToSchema;

/// One CCU backup.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackupEntry {
    /// Its id.
    id: String,
    /// The central it comes from; empty where that is not known.
    central: String,
    /// Size in bytes; 0 until it is completed.
    bytes: u64,
    /// When it was asked for (RFC 3339).
    created_at: String,
    /// Name to save it under.
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<String>,
    /// `queued`, `running`, `completed` or `failed`.
    state: &'static str,
    /// Why it failed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What can be done about that.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// SHA-256 of its bytes, once it is completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// Lists the stored CCU backups, newest first.
#[utoipa::path(get, path = "/backups", tag = "backups",
    responses((status = 200, description = "The backups.", body = [BackupEntry])))]
pub(crate) async fn list(_: Caller<Admin>, state: State) -> Result<Json<Vec<BackupEntry>>, Problem> {
    let backups = state.roles.ccu_backups.list_ccu_backups().await?;
    Ok(Json(backups.into_iter().map(BackupEntry::from).collect()))
}

impl From<CcuBackup> for BackupEntry {
    fn from(backup: CcuBackup) -> Self {
        let (state, bytes, sha256, failure) = match backup.state {
            CcuBackupState::Queued => ("queued", 0, None, None),
            CcuBackupState::Running => ("running", 0, None, None),
            CcuBackupState::Completed { size_bytes, sha256 } => ("completed", size_bytes, Some(sha256), None),
            CcuBackupState::Failed(failure) => ("failed", 0, None, Some((failure.reason, failure.hint))),
        };
        let (reason, hint) = failure.map_or((None, None), |(reason, hint)| (Some(reason), hint));
        Self {
            id: backup.id.to_string(),
            central: backup.central.map(|name| name.to_string()).unwrap_or_default(),
            bytes,
            created_at: backup.created_at.to_string(),
            filename: backup.filename,
            state,
            reason,
            hint,
            sha256,
        }
    }
}
