//! `/state-backups`: archives of the daemon's own state. Restoring one needs the stopped daemon and the command line.
//!
//! Does NOT take or read archives itself (`crate::state_backups`).

mod download;
mod entry;

pub(crate) use download::{__path_download, download};

use super::access::{Admin, Caller};
use super::body::OptionalBody;
use super::info::{begun, begun_job};
use super::problem::Problem;
use super::{State, record};
use crate::jobs::JobBody;
use crate::state_backups::StateBackupError;
use actix_web::HttpResponse;
use actix_web::web::{Json, Path};
use entry::{StateBackupDetail, StateBackupEntry};
use loom_domain::audit_trail::{AuditAction, AuditDraft};
use loom_domain::ports::ArchiveId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a new archive shall hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStateBackup {
    /// Whether it holds a note on the secrets of the environment that are not in it.
    #[serde(default)]
    include_secrets: bool,
}

/// A backup that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BegunStateBackup {
    /// The id its archive will have.
    id: String,
    /// The job that takes it.
    job: String,
}

/// Begins to take a backup of the state. Follow it under `Location`, or on the WebSocket as `jobs/state_backup/…`.
#[utoipa::path(post, path = "/state-backups", tag = "state backups", request_body = Option<NewStateBackup>,
    responses((status = 202, description = "It was begun.", body = BegunStateBackup,
        headers(("Location" = String, description = "Where it is.")))))]
pub(crate) async fn create(
    caller: Caller<Admin>,
    state: State,
    OptionalBody(asked): OptionalBody<NewStateBackup>,
) -> Result<HttpResponse, Problem> {
    let include_secrets = asked.unwrap_or_default().include_secrets;
    let job = state.state_backups.create(include_secrets).await?;
    let draft = AuditDraft::new(&caller.actor()?, AuditAction::StateBackupCreate, &job.object);
    record(&state, draft).await;
    let at = format!("/state-backups/{}", job.object);
    let body = BegunStateBackup { id: job.object, job: job.id.to_string() };
    Ok(begun(&at, &body))
}

/// Lists the archives, newest first, and the backups that wait, run or failed in this life of the daemon.
#[utoipa::path(get, path = "/state-backups", tag = "state backups",
    responses((status = 200, description = "The archives.", body = [StateBackupEntry])))]
pub(crate) async fn list(_: Caller<Admin>, state: State) -> Result<Json<Vec<StateBackupEntry>>, Problem> {
    let overview = state.state_backups.list().await?;
    let jobs = overview.jobs.iter().filter_map(StateBackupEntry::of_job);
    Ok(Json(jobs.chain(overview.archives.iter().map(StateBackupEntry::of_archive)).collect()))
}

/// Shows one archive with its files and databases, or the backup that is to become it.
#[utoipa::path(get, path = "/state-backups/{id}", tag = "state backups",
    params(("id" = String, Path, description = "Id of the archive: its file name.")),
    responses((status = 200, description = "The archive.", body = StateBackupDetail)))]
pub(crate) async fn show(
    _: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<Json<StateBackupDetail>, Problem> {
    let archive = parse(&id)?;
    let job = state.state_backups.open_backup(&archive);
    match (state.state_backups.inspect(&archive).await, job.as_ref().and_then(StateBackupEntry::of_job)) {
        (Ok(found), _) => Ok(Json(StateBackupDetail::of_archive(&found))),
        (Err(StateBackupError::NotFound(_)), Some(job)) => Ok(Json(job.into())),
        (Err(error), _) => Err(error.into()),
    }
}

/// Begins to read an archive to its end and to check all there is to check. Follow it under `Location`.
#[utoipa::path(post, path = "/state-backups/{id}/verify", tag = "state backups",
    params(("id" = String, Path, description = "Id of the archive.")),
    responses((status = 202, description = "It was begun.", body = JobBody,
        headers(("Location" = String, description = "Where the job is.")))))]
pub(crate) async fn verify(
    caller: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let job = state.state_backups.verify(&parse(&id)?).await?;
    let draft = AuditDraft::new(&caller.actor()?, AuditAction::StateBackupVerify, &job.object);
    record(&state, draft).await;
    Ok(begun_job(&job))
}

/// Removes an archive for good; refused while a job works on it.
#[utoipa::path(delete, path = "/state-backups/{id}", tag = "state backups",
    params(("id" = String, Path, description = "Id of the archive.")),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn remove(
    caller: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    state.state_backups.remove(&parse(&id)?).await?;
    let draft = AuditDraft::new(&caller.actor()?, AuditAction::StateBackupDelete, &id);
    record(&state, draft).await;
    Ok(HttpResponse::NoContent().finish())
}

/// What is no name of a file is the name of no archive.
fn parse(id: &str) -> Result<ArchiveId, Problem> {
    ArchiveId::parse(id)
        .filter(|_| !id.contains(|letter: char| letter == '\\' || letter.is_control()))
        .ok_or_else(|| unknown(id))
}

fn unknown(id: &str) -> Problem {
    Problem::unknown("archive", id)
}

impl From<StateBackupError> for Problem {
    fn from(error: StateBackupError) -> Self {
        match error {
            StateBackupError::NotFound(id) => unknown(id.as_str()),
            StateBackupError::InUse { .. } => Self::conflict(error.to_string()),
            StateBackupError::Refused(_) => Self::unready(error.to_string()),
            StateBackupError::Shelf(_) | StateBackupError::Source(_) => {
                tracing::error!(%error, "the place of archives cannot be used");
                Self::unready("the place of archives cannot be used right now; the log has the cause")
            }
        }
    }
}
