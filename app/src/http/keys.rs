//! `/keys`: the daemon's master key, by its public name. No route shows a key or takes one.
//!
//! Does NOT change keys itself (`crate::key_service`).

mod report;

use super::access::{Admin, Caller};
use super::body::OptionalBody;
use super::info::begun_job;
use super::params::Params;
use super::problem::Problem;
use super::{State, tell};
use crate::jobs::JobBody;
use crate::key_service::KeyServiceError;
use actix_web::HttpResponse;
use actix_web::web::{Json, Path};
use loom_domain::ports::{KeyTarget, SourceError};
use report::KeyStatusBody;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// How the master key is to change.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateOrder {
    /// Where the new key goes; by default where the present one is.
    #[schema(value_type = Option<RotateTarget>)]
    to: Option<String>,
    /// Whether values that the present key does not open may stay as they are.
    #[serde(default)]
    allow_unreadable_secrets: bool,
}

/// Where a daemon can bring a new key. Says what is allowed; `env` is told more about than that it is not.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "stands in the description of the API only")]
enum RotateTarget {
    /// A file of the data dir.
    File,
    /// The configured key service.
    Kms,
    /// The configured token.
    Pkcs11,
}

/// How old keys are removed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RetireQuery {
    /// Remove them although something needs them.
    #[serde(default)]
    force: bool,
}

/// Tells how the master key is: where it lies, what it opens, and which archive needs which key.
#[utoipa::path(get, path = "/keys", tag = "keys",
    responses((status = 200, description = "How it is.", body = KeyStatusBody)))]
pub(crate) async fn show(_: Caller<Admin>, state: State) -> Result<Json<KeyStatusBody>, Problem> {
    Ok(Json(KeyStatusBody::from(&state.keys.report().await?)))
}

/// Begins to seal every secret under a new master key. Follow it under `Location`.
#[utoipa::path(post, path = "/keys/rotate", tag = "keys",
    request_body = Option<RotateOrder>,
    responses((status = 202, description = "It was begun.", body = JobBody,
        headers(("Location" = String, description = "Where the job is.")))))]
pub(crate) async fn rotate(
    caller: Caller<Admin>,
    state: State,
    OptionalBody(order): OptionalBody<RotateOrder>,
) -> Result<HttpResponse, Problem> {
    let order = order.unwrap_or_default();
    let target = order.to.as_deref().map(target).transpose()?;
    // Its audit entry is written together with the values.
    let job = state.keys.rotate(target, order.allow_unreadable_secrets, &caller.actor()?)?;
    Ok(begun_job(&job))
}

/// Removes old master keys for good, all that are named or none; refused while stored values, archives or an undo need one,
/// or may need one that cannot be tried.
#[utoipa::path(delete, path = "/keys/old/{name}", tag = "keys",
    params(("name" = String, Path, description = "Name of its file in the data dir; commas separate several."), RetireQuery),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn retire(
    caller: Caller<Admin>,
    state: State,
    name: Path<String>,
    Params(query): Params<RetireQuery>,
) -> Result<HttpResponse, Problem> {
    let names: Vec<_> = name.split(',').map(str::to_owned).collect();
    state.keys.retire(&names, query.force, &caller.actor()?).await?.or_tell(tell)?;
    Ok(HttpResponse::NoContent().finish())
}

fn target(word: &str) -> Result<KeyTarget, Problem> {
    let unknown = || Problem::invalid("to", "`file`, `kms` or `pkcs11` is expected");
    match KeyTarget::parse(word).ok_or_else(unknown)? {
        KeyTarget::Environment => Err(Problem::unprocessable(
            "a daemon cannot change its own environment\nhint: stop it and use `openccu-loom key rotate --to env`",
        )),
        target => Ok(target),
    }
}

impl From<KeyServiceError> for Problem {
    fn from(error: KeyServiceError) -> Self {
        let words = error.to_string();
        match error {
            KeyServiceError::NotFound(name) => Self::unknown("old key", &name),
            KeyServiceError::UnderWay | KeyServiceError::Needed(_) => Self::conflict(words),
            KeyServiceError::NotHere(_) | KeyServiceError::NotSet(_) | KeyServiceError::NoWrapper(_) => {
                Self::unprocessable(words)
            }
            KeyServiceError::Refused(_) => Self::unready(words),
            KeyServiceError::Store(error) => error.into(),
            KeyServiceError::NotAll(_) => {
                tracing::error!(%error, "not every old master key was removed");
                Self::unready(words)
            }
            // What lay in a folder that is gone nobody knows.
            KeyServiceError::Source(SourceError::NotFound(folder)) => Self::conflict(format!(
                "the archives that may need the key cannot be looked at: `{folder}` does not exist\nhint: mount it, or make it if there were none; `?force=true` removes the key all the same"
            )),
            KeyServiceError::Source(SourceError::Unavailable { location, source }) => {
                tracing::error!(error = %source, location, "the archives that may need a key cannot be looked at");
                Self::unready(format!(
                    "the archives that may need a key cannot be looked at: `{location}` cannot be read, the log has the cause\nhint: mount it, or give the daemon access; `?force=true` removes a key all the same"
                ))
            }
            KeyServiceError::Source(_) => {
                tracing::error!(%error, "the archives that may need a key cannot be looked at");
                Self::unready(format!("the archives that may need a key cannot be looked at: {words}"))
            }
            KeyServiceError::Key(_) => {
                tracing::error!(%error, "the keys of the data dir cannot be looked at");
                Self::unready("the keys of the data dir cannot be looked at right now; the log has the cause")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::ResponseError;
    use actix_web::http::StatusCode;
    use loom_domain::ports::BoxError;

    #[test]
    fn a_folder_of_archives_that_is_gone_or_closed_is_named_with_the_way_out() {
        let gone = Problem::from(KeyServiceError::Source(SourceError::NotFound("/mnt/nas".to_owned())));
        let source = BoxError::from("permission denied");
        let closed = SourceError::Unavailable { location: "/mnt/nas".to_owned(), source };
        let closed = Problem::from(KeyServiceError::Source(closed));
        for (problem, status) in [(gone, StatusCode::CONFLICT), (closed, StatusCode::SERVICE_UNAVAILABLE)] {
            let words = problem.to_string();
            assert_eq!(problem.status_code(), status, "{words}");
            assert!(words.contains("`/mnt/nas`") && words.contains("hint: mount it"), "{words}");
            assert!(words.contains("`?force=true`") && !words.contains("permission denied"), "{words}");
        }
    }
}
