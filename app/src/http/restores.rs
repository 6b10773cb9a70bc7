//! `/restores`: restores of centrals, how far they are and what came of them.
//!
//! Does NOT begin one; that is done under the backup.

use super::access::{Admin, Caller};
use super::info::begun;
use super::problem::Problem;
use super::{State, record};
use crate::ccu_restores::{CcuRestoreFailure, RestoreBody};
use crate::jobs::JobBody;
use actix_web::HttpResponse;
use actix_web::web::{Json, Path};
use loom_domain::audit_trail::{AuditAction, AuditDraft};
use loom_domain::ccu_restore::CcuRestoreId;

/// Lists the restores, newest first.
#[utoipa::path(get, path = "/restores", operation_id = "list_restores", tag = "backups",
    responses((status = 200, description = "The restores.", body = [RestoreBody])))]
pub(crate) async fn list(_: Caller<Admin>, state: State) -> Result<Json<Vec<RestoreBody>>, Problem> {
    let shown = state.ccu_restores.list().await?;
    Ok(Json(shown.iter().map(RestoreBody::from).collect()))
}

/// Shows one restore.
#[utoipa::path(get, path = "/restores/{id}", operation_id = "show_restore", tag = "backups",
    params(("id" = String, Path, description = "Id of the restore.")),
    responses((status = 200, description = "The restore.", body = RestoreBody)))]
pub(crate) async fn show(
    _: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<Json<RestoreBody>, Problem> {
    Ok(Json(RestoreBody::from(&state.ccu_restores.find(&parse(&id)?).await?)))
}

/// Goes on with a restore that was interrupted and waits for a decision: from the restart of the central on.
#[utoipa::path(post, path = "/restores/{id}/resume", operation_id = "resume_restore", tag = "backups",
    params(("id" = String, Path, description = "Id of the restore.")),
    responses((status = 202, description = "It goes on.", body = JobBody,
        headers(("Location" = String, description = "Where the restore is.")))))]
pub(crate) async fn resume(
    caller: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (restore, job) = state.ccu_restores.resume(&parse(&id)?).await?;
    let draft = AuditDraft::new(&caller.actor()?, AuditAction::RestoreResume, restore.id.as_str());
    record(&state, draft.central(&restore.target)).await;
    let at = format!("/restores/{}", restore.id);
    Ok(begun(&at, &JobBody::from(&job)))
}

fn parse(id: &str) -> Result<CcuRestoreId, Problem> {
    CcuRestoreId::parse(id).map_err(|_| unknown(id))
}

fn unknown(id: &str) -> Problem {
    Problem::unknown("restore", id)
}

impl From<CcuRestoreFailure> for Problem {
    fn from(error: CcuRestoreFailure) -> Self {
        let words = error.to_string();
        match error {
            CcuRestoreFailure::Backup(error) => error.into(),
            CcuRestoreFailure::Gateway(error) => error.into(),
            CcuRestoreFailure::NoTarget(_) | CcuRestoreFailure::Consent(_) => Self::unprocessable(words),
            CcuRestoreFailure::Busy { .. }
            | CcuRestoreFailure::NotInterrupted(_)
            | CcuRestoreFailure::Overtaken { .. } => Self::conflict(words),
            CcuRestoreFailure::NotFound(id) => unknown(id.as_str()),
            CcuRestoreFailure::Id(_) => Self::unprocessable(words),
            CcuRestoreFailure::Refused(_) => Self::unready(words),
            CcuRestoreFailure::Store(error) => error.into(),
        }
    }
}
