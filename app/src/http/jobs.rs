//! `/jobs`: work that outlasts a request.
//!
//! Does NOT start jobs; each kind is started under the thing it works on.

use super::State;
use super::access::{Admin, Caller};
use super::problem::Problem;
use crate::jobs::JobBody;
use actix_web::web::{Json, Path};

/// Lists the jobs of this life of the daemon, newest first: all that wait and run, and the newest that ended.
#[utoipa::path(get, path = "/jobs", tag = "jobs",
    responses((status = 200, description = "The jobs.", body = [JobBody])))]
pub(crate) async fn list(_: Caller<Admin>, state: State) -> Json<Vec<JobBody>> {
    Json(state.jobs.list().iter().map(JobBody::from).collect())
}

/// Shows one job.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs",
    params(("id" = String, Path, description = "Id of the job.")),
    responses((status = 200, description = "The job.", body = JobBody)))]
pub(crate) async fn show(_: Caller<Admin>, state: State, id: Path<String>) -> Result<Json<JobBody>, Problem> {
    let unknown = || Problem::not_found("job", &id.escape_debug().to_string());
    state.jobs.find(&id).map(|job| Json(JobBody::from(&job))).ok_or_else(unknown)
}
