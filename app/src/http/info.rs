//! `/info`, `/health`, `/metrics`: what the daemon is and how it is doing.
//!
//! Does NOT find out how parts are doing (`crate::health`) and does NOT count (`crate::telemetry`).

use super::access::{Anybody, Caller, Viewer};
use super::openapi::{self, API_VERSION};
use super::{PREFIX, State};
use crate::health::{Component, Status};
use crate::jobs::{Job, JobBody};
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// What a client may rely on.
const CAPABILITIES: [&str; 5] =
    ["rest.v1", "ws.broadcasts.v1", "errors.problem_details.v1", "state_backups.v1", "config.document.v1"];

/// What the daemon is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Info {
    /// Version of the program.
    version: &'static str,
    /// Commit it was built from; empty where the build did not know.
    commit: &'static str,
    /// When it was built; empty where the build did not know.
    build_date: &'static str,
    /// Whether it was built as an add-on of a central.
    addon_build: bool,
    /// Seconds since it started.
    uptime: i64,
    /// When it started (RFC 3339).
    started_at: String,
    /// Page to configure it with; empty while there is none.
    config_ui_url: &'static str,
    /// Version of the API's contract.
    api_version: &'static str,
    /// `sha256:` and the hash of the OpenAPI document.
    schema_digest: &'static str,
    /// What a client may rely on.
    capabilities: &'static [&'static str],
}

/// How the daemon is doing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthReport {
    /// The worst of its parts: `healthy`, `degraded`, `unhealthy` or `unknown`.
    status: &'static str,
    /// Its parts, by name.
    components: Vec<HealthComponent>,
}

/// How one part is doing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthComponent {
    /// Its name.
    name: &'static str,
    /// `healthy`, `degraded`, `unhealthy` or `unknown`.
    status: &'static str,
    /// Why, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// The same as a key for translations.
    #[serde(skip_serializing_if = "Option::is_none")]
    note_key: Option<&'static str>,
    /// When that was found out (RFC 3339).
    recorded_at: String,
}

/// Tells what the daemon is.
#[utoipa::path(get, path = "/info", tag = "daemon",
    responses((status = 200, description = "What it is.", body = Info)))]
pub(crate) async fn info(_: Caller<Anybody>, state: State) -> Json<Info> {
    Json(Info {
        version: crate::VERSION,
        commit: option_env!("OPENCCU_LOOM_COMMIT").unwrap_or_default(),
        build_date: option_env!("OPENCCU_LOOM_BUILD_DATE").unwrap_or_default(),
        addon_build: false,
        uptime: state.clock.now().duration_since(state.started_at).as_secs().max(0),
        started_at: state.started_at.to_string(),
        config_ui_url: "",
        api_version: API_VERSION,
        schema_digest: &openapi::document().digest,
        capabilities: &CAPABILITIES,
    })
}

/// Tells how the daemon is doing. 503 only when it cannot do its work at all.
#[utoipa::path(get, path = "/health", tag = "daemon",
    responses((status = 200, description = "It works, perhaps not in all of its parts.", body = HealthReport),
        (status = 503, description = "It does not work.", body = HealthReport)))]
pub(crate) async fn health(caller: Caller<Anybody>, state: State) -> HttpResponse {
    let (status, components) = state.health.look();
    // Notes name files and centrals; they are for those who may see these.
    let known = caller.identity().is_some();
    let report = HealthReport {
        status: status.as_str(),
        components: components.into_iter().map(|part| shown(part, known)).collect(),
    };
    let code = if state.health.can_work() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    HttpResponse::build(code).json(report)
}

fn shown(part: Component, known: bool) -> HealthComponent {
    HealthComponent {
        name: part.name,
        status: part.status.as_str(),
        note: part.note.filter(|_| known || part.status == Status::Healthy),
        note_key: part.note_key,
        recorded_at: part.recorded_at.to_string(),
    }
}

/// Figures for Prometheus, in its text format. The same is served at `/metrics`.
#[utoipa::path(get, path = "/metrics", tag = "daemon",
    responses((status = 200, description = "The figures.", body = String, content_type = "text/plain")))]
pub(crate) async fn metrics(_: Caller<Viewer>, state: State) -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(state.metrics.render())
}

/// Where the routes of the API begin, for links.
pub(crate) fn location(path: &str) -> String {
    format!("{PREFIX}{path}")
}

/// Something was begun that goes on; it is at `path` of the API.
pub(crate) fn begun(path: &str, body: &impl Serialize) -> HttpResponse {
    HttpResponse::Accepted().insert_header((header::LOCATION, location(path))).json(body)
}

/// The same of a job that is all there is to look at.
pub(crate) fn begun_job(job: &Job) -> HttpResponse {
    begun(&format!("/jobs/{}", job.id), &JobBody::from(job))
}
