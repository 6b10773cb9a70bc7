//! `/backups`: backups of centrals (`.sbk`).
//!
//! Does NOT take, judge or restore any itself (`crate::ccu_backups`, `crate::ccu_restores`).

mod download;
mod restore;
mod upload;

pub(crate) use download::{__path_download, download};
pub(crate) use restore::{__path_restore, restore};
pub(crate) use upload::{__path_upload, upload};

use super::access::{Admin, Caller};
use super::body::OptionalBody;
use super::info::{begun, begun_job};
use super::problem::{Code, FieldError, Problem};
use super::{State, names, record};
use crate::ccu_backups::{BackupBody, CcuBackupError};
use crate::central_gateways::CentralGatewayError;
use crate::jobs::JobBody;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Json, Path};
use loom_domain::audit_trail::{AuditAction, AuditDraft};
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::central::CentralName;
use loom_domain::sbk::SbkVerdict;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Which central to back up.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBackup {
    /// Name of the central; may be left out where there is only one.
    #[serde(default)]
    #[schema(value_type = Option<names::CentralName>)]
    central_name: Option<String>,
}

/// A backup that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BegunBackup {
    /// Its id.
    id: String,
    /// The job that takes it.
    job: String,
}

/// What the stored files come to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BackupStorage {
    /// The folder they are in.
    #[serde(skip_serializing_if = "Option::is_none")]
    dir: Option<String>,
    /// Whether this daemon contacts centrals. Whether the folder can be written shows when a backup is taken.
    available: bool,
    /// How many files there are.
    count: u64,
    /// Their bytes.
    bytes: u64,
}

/// Begins to take a backup of a central. Follow it under `Location`, or on the WebSocket as `backups/…` and
/// `jobs/ccu_backup/…`.
#[utoipa::path(post, path = "/backups", tag = "backups", request_body = Option<NewBackup>,
    responses((status = 202, description = "It was begun.", body = BegunBackup,
        headers(("Location" = String, description = "Where it is."))),
        (status = 404, description = "There is no such central."),
        (status = 422, description = "There are several centrals and none was named, or it is disabled.")))]
pub(crate) async fn create(
    caller: Caller<Admin>,
    state: State,
    OptionalBody(asked): OptionalBody<NewBackup>,
) -> Result<HttpResponse, Problem> {
    let central = asked.unwrap_or_default().central_name.map(|name| central_named(&name)).transpose()?;
    let (backup, job) = state.ccu_backups.create(central.as_ref()).await?;
    let mut draft = AuditDraft::new(&caller.actor()?, AuditAction::BackupTrigger, backup.id.as_str());
    if let Some(central) = &backup.central {
        draft = draft.central(central);
    }
    record(&state, draft).await;
    let at = format!("/backups/{}", backup.id);
    let body = BegunBackup { id: backup.id.to_string(), job: job.id.to_string() };
    Ok(begun(&at, &body))
}

/// Lists the backups of all centrals, newest first.
#[utoipa::path(get, path = "/backups", tag = "backups",
    responses((status = 200, description = "The backups.", body = [BackupBody])))]
pub(crate) async fn list(_: Caller<Admin>, state: State) -> Result<Json<Vec<BackupBody>>, Problem> {
    let shown = state.ccu_backups.list().await?;
    Ok(Json(shown.iter().map(BackupBody::from).collect()))
}

/// Says what the stored files come to.
#[utoipa::path(get, path = "/backups/storage", tag = "backups",
    responses((status = 200, description = "What there is.", body = BackupStorage)))]
pub(crate) async fn storage(_: Caller<Admin>, state: State) -> Result<Json<BackupStorage>, Problem> {
    let storage = state.ccu_backups.storage().await?;
    Ok(Json(BackupStorage {
        dir: storage.folder.map(|folder| folder.display().to_string()),
        available: state.gateways.is_on(),
        count: storage.count,
        bytes: storage.bytes,
    }))
}

/// Shows one backup: how far it is, what it is of, and what the newest verification found.
#[utoipa::path(get, path = "/backups/{id}", tag = "backups",
    params(("id" = String, Path, description = "Id of the backup.")),
    responses((status = 200, description = "The backup.", body = BackupBody)))]
pub(crate) async fn show(
    _: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<Json<BackupBody>, Problem> {
    Ok(Json(BackupBody::from(&state.ccu_backups.find(&parse(&id)?).await?)))
}

/// Begins to read a stored file to its end and to judge it. Follow it under `Location`.
#[utoipa::path(post, path = "/backups/{id}/verify", tag = "backups",
    params(("id" = String, Path, description = "Id of the backup.")),
    responses((status = 202, description = "It was begun.", body = JobBody,
        headers(("Location" = String, description = "Where the job is.")))))]
pub(crate) async fn verify(
    caller: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let job = state.ccu_backups.verify(&parse(&id)?).await?;
    record(&state, AuditDraft::new(&caller.actor()?, AuditAction::BackupVerify, &job.object)).await;
    Ok(begun_job(&job))
}

/// Cancels a backup that waits or runs. Nothing is kept of it but the record that it was cancelled.
#[utoipa::path(post, path = "/backups/{id}/cancel", tag = "backups",
    params(("id" = String, Path, description = "Id of the backup.")),
    responses((status = 204, description = "It is cancelled.")))]
pub(crate) async fn cancel(
    caller: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = parse(&id)?;
    state.ccu_backups.cancel(&id, &caller.known()?.subject.to_string()).await?;
    record(&state, AuditDraft::new(&caller.actor()?, AuditAction::BackupCancel, id.as_str())).await;
    Ok(HttpResponse::NoContent().finish())
}

/// Removes a backup and its file for good; refused while a job works on it.
#[utoipa::path(delete, path = "/backups/{id}", tag = "backups",
    params(("id" = String, Path, description = "Id of the backup.")),
    responses((status = 204, description = "It is gone, or was never there.")))]
pub(crate) async fn remove(
    caller: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    // What cannot be an id is the id of nothing, and nothing is gone already.
    if let Ok(id) = CcuBackupId::parse(&id)
        && state.ccu_backups.remove(&id).await?
    {
        record(&state, AuditDraft::new(&caller.actor()?, AuditAction::BackupDelete, id.as_str())).await;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// What is no plain file name is the id of no backup.
fn parse(id: &str) -> Result<CcuBackupId, Problem> {
    let plain = CcuBackupId::parse(id).ok().filter(|_| !id.chars().any(char::is_control));
    plain.ok_or_else(|| unknown(id))
}

/// What is no name of a central is the name of none.
pub(super) fn central_named(name: &str) -> Result<CentralName, Problem> {
    CentralName::parse(name).map_err(|_| Problem::unknown("central", name))
}

fn unknown(id: &str) -> Problem {
    Problem::unknown("CCU backup", id)
}

/// 422 with every damage.
fn damaged(verdict: &SbkVerdict) -> Problem {
    let errors = verdict.damages.iter().map(|damage| FieldError {
        field: damage.code().to_owned(),
        reason: damage.to_string(),
        min: None,
        max: None,
    });
    let detail = "the file is no good system backup of a central; `errors` says why".to_owned();
    Problem::not_valid(detail, errors.collect()).with_status(StatusCode::UNPROCESSABLE_ENTITY)
}

impl From<CcuBackupError> for Problem {
    fn from(error: CcuBackupError) -> Self {
        let words = error.to_string();
        match error {
            CcuBackupError::NotFound(id) => unknown(id.as_str()),
            CcuBackupError::FileGone(_) => Self::new(StatusCode::NOT_FOUND, Code::NotFound, words),
            CcuBackupError::NoCentral | CcuBackupError::Ambiguous(_) => Self::unprocessable(words),
            CcuBackupError::Gateway(error) => error.into(),
            CcuBackupError::Busy { .. }
            | CcuBackupError::NotCompleted(_)
            | CcuBackupError::InUse { .. }
            | CcuBackupError::UnderWay(_)
            | CcuBackupError::NotUnderWay(_) => Self::conflict(words),
            CcuBackupError::Damaged(verdict) => damaged(&verdict),
            CcuBackupError::TooLarge { .. } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::BadRequest, words)
            }
            CcuBackupError::Refused(_) | CcuBackupError::TooManyUploads => Self::unready(words),
            CcuBackupError::Files(error) => {
                tracing::error!(%error, "the place of CCU backups cannot be used");
                Self::unready("the place of CCU backups cannot be used right now; the log has the cause")
            }
            CcuBackupError::Store(error) => error.into(),
            CcuBackupError::GiveUp(error) => Self::internal(&error),
            CcuBackupError::TakeUp(error) => Self::internal(&error),
        }
    }
}

impl From<CentralGatewayError> for Problem {
    fn from(error: CentralGatewayError) -> Self {
        let words = error.to_string();
        match error {
            CentralGatewayError::Off => Self::unready(words),
            CentralGatewayError::Unknown(name) => Self::not_found("central", name.as_str()),
            CentralGatewayError::Disabled(_) | CentralGatewayError::Access { .. } => {
                Self::unprocessable(words)
            }
            CentralGatewayError::Store(error) => error.into(),
        }
    }
}
