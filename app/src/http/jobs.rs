//! `/jobs`: work that outlasts a request.
//!
//! Does NOT start jobs; each kind is started under the thing it works on.

use super::State;
use super::access::{Admin, Caller, Operator};
use super::problem::Problem;
use crate::central_watch::REFRESH_JOB;
use crate::jobs::JobBody;
use actix_web::web::{Json, Path};
use loom_domain::account::Role;
use serde_json::Value;

/// Lists the jobs of this life of the daemon, newest first: all that wait and run, and the newest that ended.
#[utoipa::path(get, path = "/jobs", tag = "jobs",
    responses((status = 200, description = "The jobs.", body = [JobBody])))]
pub(crate) async fn list(_: Caller<Admin>, state: State) -> Json<Vec<JobBody>> {
    Json(state.jobs.list().iter().map(JobBody::from).collect())
}

/// Shows one job. Below admin, only those that operators may begin are there: `ccu_refresh`.
#[utoipa::path(get, path = "/jobs/{id}", tag = "jobs",
    params(("id" = String, Path, description = "Id of the job.")),
    responses((status = 200, description = "The job.", body = JobBody)))]
pub(crate) async fn show(
    caller: Caller<Operator>,
    state: State,
    id: Path<String>,
) -> Result<Json<JobBody>, Problem> {
    let sees_all = caller.known()?.role == Role::Admin;
    let found = state.jobs.find(&id).filter(|job| sees_all || job.kind == REFRESH_JOB);
    let unknown = || Problem::not_found("job", &id.escape_debug().to_string());
    let job = found.ok_or_else(unknown)?;
    let body = JobBody::from(&job);
    Ok(Json(if sees_all { body } else { below_admin(body) }))
}

/// Without what tells where a central is.
fn below_admin(mut body: JobBody) -> JobBody {
    body.hint = None;
    if body.reason.is_some() {
        body.reason = Some("the central could not be read; admins see why".to_owned());
    }
    let interfaces = body.result.as_mut().and_then(|result| result.get_mut("interfaces")?.as_array_mut());
    for interface in interfaces.into_iter().flatten().filter_map(Value::as_object_mut) {
        interface.remove("error");
    }
    body
}
