//! How the centrals are doing: their status, a test of every way to one, and reading their devices now.
//!
//! Does NOT change their configuration (`centrals`).

use super::access::{Admin, Caller, Operator, Viewer};
use super::backups::central_named;
use super::body::OptionalBody;
use super::info::begun_job;
use super::problem::Problem;
use super::{State, names, record};
use crate::central_watch::{CentralStatusBody, CentralWatchError};
use crate::jobs::JobBody;
use actix_web::HttpResponse;
use actix_web::web::{Json, Path};
use loom_domain::account::Role;
use loom_domain::audit_trail::{AuditAction, AuditDraft};
use loom_domain::ports::{CcuFinding, CcuFindingOutcome};
use loom_domain::usecases::RefreshMode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a test of a central showed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CentralTest {
    /// Its name.
    name: String,
    /// Whether nothing is broken.
    works: bool,
    /// What was tried, and how it went.
    findings: Vec<TestFinding>,
}

/// What one attempt showed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TestFinding {
    /// What was tried.
    subject: String,
    /// `fine`, `odd`, `broken` or `skipped`.
    outcome: &'static str,
    /// What was seen, in words.
    detail: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// How to read the devices.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRefresh {
    /// Whether all descriptions are read afresh, not only those of new and changed devices.
    #[serde(default)]
    full: bool,
}

/// Says how each central is doing. Below admin, where they are and why one is away is left out.
#[utoipa::path(get, path = "/status/centrals", operation_id = "list_status", tag = "centrals",
    responses((status = 200, description = "The centrals.", body = [CentralStatusBody])))]
pub(crate) async fn list(
    caller: Caller<Viewer>,
    state: State,
) -> Result<Json<Vec<CentralStatusBody>>, Problem> {
    let role = caller.known()?.role;
    let all = state.central_watch.list().await?;
    let shown = all.iter().map(|(central, status)| {
        as_seen_by(role, CentralStatusBody::new(&central.name, central.enabled, status))
    });
    Ok(Json(shown.collect()))
}

/// Says how one central is doing.
#[utoipa::path(get, path = "/centrals/{name}/status", operation_id = "show_status", tag = "centrals",
    params(("name" = inline(names::CentralName), Path, description = "Name of the central.")),
    responses((status = 200, description = "The central.", body = CentralStatusBody)))]
pub(crate) async fn show(
    caller: Caller<Viewer>,
    state: State,
    name: Path<String>,
) -> Result<Json<CentralStatusBody>, Problem> {
    let role = caller.known()?.role;
    let name = central_named(&name)?;
    let unknown = || Problem::not_found("central", name.as_str());
    let central = state.roles.centrals.find_central(&name).await?.ok_or_else(unknown)?;
    let status = state.central_watch.find(&name).await?.ok_or_else(unknown)?;
    Ok(Json(as_seen_by(role, CentralStatusBody::new(&name, central.enabled, &status))))
}

/// Tries every way to a central and says what works, what does not, and what to do. May take two minutes.
#[utoipa::path(post, path = "/centrals/{name}/test", tag = "centrals",
    params(("name" = inline(names::CentralName), Path, description = "Name of the central.")),
    responses((status = 200, description = "What was found.", body = CentralTest)))]
pub(crate) async fn test(
    caller: Caller<Admin>,
    state: State,
    name: Path<String>,
) -> Result<Json<CentralTest>, Problem> {
    let name = central_named(&name)?;
    let reached = state.gateways.try_out(&name).await?;
    record(&state, AuditDraft::new(&caller.actor()?, AuditAction::CentralTest, "").central(&name)).await;
    let findings = reached.gateway.diagnose().await;
    reached.gateway.farewell().await;
    Ok(Json(CentralTest {
        name: name.to_string(),
        works: findings.iter().all(|finding| finding.outcome != CcuFindingOutcome::Broken),
        findings: findings.into_iter().map(TestFinding::from).collect(),
    }))
}

/// Begins to read the devices of a central now. Follow it under `Location`.
#[utoipa::path(post, path = "/centrals/{name}/refresh", tag = "centrals", request_body = Option<NewRefresh>,
    params(("name" = inline(names::CentralName), Path, description = "Name of the central.")),
    responses((status = 202, description = "It was begun.", body = JobBody,
        headers(("Location" = String, description = "Where the job is.")))))]
pub(crate) async fn refresh(
    caller: Caller<Operator>,
    state: State,
    name: Path<String>,
    OptionalBody(asked): OptionalBody<NewRefresh>,
) -> Result<HttpResponse, Problem> {
    let name = central_named(&name)?;
    let full = asked.unwrap_or_default().full;
    let mode = if full { RefreshMode::Full } else { RefreshMode::Incremental };
    let job = state.central_watch.refresh(&name, mode).await?;
    record(&state, AuditDraft::new(&caller.actor()?, AuditAction::CentralRefresh, "").central(&name)).await;
    Ok(begun_job(&job))
}

fn as_seen_by(role: Role, body: CentralStatusBody) -> CentralStatusBody {
    match role {
        Role::Admin => body,
        _ => body.below_admin(),
    }
}

impl From<CcuFinding> for TestFinding {
    fn from(finding: CcuFinding) -> Self {
        Self {
            subject: finding.subject,
            outcome: match finding.outcome {
                CcuFindingOutcome::Fine => "fine",
                CcuFindingOutcome::Odd => "odd",
                CcuFindingOutcome::Broken => "broken",
                CcuFindingOutcome::Skipped => "skipped",
            },
            detail: finding.detail,
            hint: finding.hint,
        }
    }
}

impl From<CentralWatchError> for Problem {
    fn from(error: CentralWatchError) -> Self {
        let words = error.to_string();
        match error {
            CentralWatchError::Gateway(error) => error.into(),
            CentralWatchError::Refused(_) => Self::unready(words),
            CentralWatchError::Store(error) => error.into(),
        }
    }
}
