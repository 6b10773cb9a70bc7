//! `/centrals`: the configured centrals.
//!
//! Does NOT contact them. Names and types of a row are the domain's (`central_json`).

mod asked;
mod row;

use super::access::{Admin, Caller, Viewer};
use super::body::Body;
use super::findings::refuse;
use super::info::location;
use super::problem::Problem;
use super::{State, etag, names, record};
use crate::events::Kind;
use actix_web::http::header;
use actix_web::web::{Json, Path};
use actix_web::{HttpRequest, HttpResponse};
use asked::{CentralChange, NewCentral};
use loom_domain::account::Role;
use loom_domain::audit_trail::{AuditAction, AuditDraft, Change, changes_between};
use loom_domain::central::{Central, CentralName};
use loom_domain::central_json::{Secrets, from_json, merged, to_json, to_json_below_admin};
use row::CentralRow;
use serde_json::{Value, json};

/// Lists the centrals, by name. Below admin, where they are and how one logs in there is blanked.
#[utoipa::path(get, path = "/centrals", tag = "centrals",
    responses((status = 200, description = "The centrals.", body = [CentralRow])))]
pub(crate) async fn list(caller: Caller<Viewer>, state: State) -> Result<Json<Vec<Value>>, Problem> {
    let role = caller.known()?.role;
    let centrals = state.roles.centrals.list_centrals().await?;
    Ok(Json(centrals.iter().map(|central| shown(central, role)).collect()))
}

/// Shows one central, with the tag of its version in `ETag`.
#[utoipa::path(get, path = "/centrals/{name}", tag = "centrals",
    params(("name" = inline(names::CentralName), Path, description = "Name of the central."),
        ("If-None-Match" = Option<String>, Header, description = "Tags of the versions the caller has.")),
    responses((status = 200, description = "The central.", body = CentralRow,
        headers(("ETag" = String, description = "Tag of the version.")))))]
pub(crate) async fn show(
    caller: Caller<Viewer>,
    state: State,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let central = find(&state, &name).await?;
    let tag = tag(&central);
    if etag::known(&request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    let row = shown(&central, caller.known()?.role);
    Ok(HttpResponse::Ok().insert_header((header::ETAG, tag)).json(row))
}

/// Adds a central.
#[utoipa::path(post, path = "/centrals", tag = "centrals", request_body = NewCentral,
    responses((status = 201, description = "The central.", body = CentralRow,
        headers(("Location" = String, description = "Where it is."), ("ETag" = String, description = "Tag of the version.")))))]
pub(crate) async fn create(
    caller: Caller<Admin>,
    state: State,
    Body(row): Body<Value>,
) -> Result<HttpResponse, Problem> {
    let _turn = state.config_turn.lock().await;
    let central = from_json(&row, state.clock.now()).map_err(|findings| refuse(&findings))?;
    if state.roles.centrals.find_central(&central.name).await?.is_some() {
        return Err(Problem::conflict(format!("central `{}` already exists", central.name)));
    }
    let draft = AuditDraft::new(&caller.actor()?, AuditAction::CentralCreate, "");
    state.roles.centrals.put_central(&central).await?;
    let changes = changed(&json!({}), &to_json(&central, Secrets::Clear));
    record(&state, draft.central(&central.name).changes(&changes)).await;
    state.central_watch.look_soon(&central.name);
    tell_all(&state, &central.name, "CentralCreated").await?;
    let at = location(&format!("/centrals/{}", central.name));
    let answer = to_json(&central, Secrets::Masked);
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, at))
        .insert_header((header::ETAG, tag(&central)))
        .json(answer))
}

/// Changes a central. `enabled` and `interfaces` have to be given, what else is left out stays as it is.
///
/// A password that is left out, `null` or `***` stays; an empty text clears it.
#[utoipa::path(put, path = "/centrals/{name}", tag = "centrals", request_body = CentralChange,
    params(("name" = inline(names::CentralName), Path, description = "Name of the central."),
        ("If-Match" = Option<String>, Header, description = "Tag of the version that was read.")),
    responses((status = 204, description = "It is changed.",
        headers(("ETag" = String, description = "Tag of the version.")))))]
pub(crate) async fn change(
    caller: Caller<Admin>,
    state: State,
    request: HttpRequest,
    name: Path<String>,
    Body(row): Body<Value>,
) -> Result<HttpResponse, Problem> {
    let _turn = state.config_turn.lock().await;
    let stored = find(&state, &name).await?;
    etag::check(&request, Some(&tag(&stored)))?;
    let central = merged(&stored, &row, state.clock.now()).map_err(|findings| refuse(&findings))?;
    let draft = AuditDraft::new(&caller.actor()?, AuditAction::CentralUpdate, "");
    state.roles.centrals.put_central(&central).await?;
    let changes = changed(&to_json(&stored, Secrets::Clear), &to_json(&central, Secrets::Clear));
    record(&state, draft.central(&central.name).changes(&changes)).await;
    state.central_watch.look_soon(&central.name);
    tell_all(&state, &central.name, "CentralUpdated").await?;
    Ok(HttpResponse::NoContent().insert_header((header::ETAG, tag(&central))).finish())
}

/// Removes a central. What is cached of its devices stays until the cache is cleared.
#[utoipa::path(delete, path = "/centrals/{name}", tag = "centrals",
    params(("name" = inline(names::CentralName), Path, description = "Name of the central."),
        ("If-Match" = Option<String>, Header, description = "Tag of the version that was read.")),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn remove(
    caller: Caller<Admin>,
    state: State,
    request: HttpRequest,
    name: Path<String>,
) -> Result<HttpResponse, Problem> {
    let _turn = state.config_turn.lock().await;
    let stored = find(&state, &name).await?;
    etag::check(&request, Some(&tag(&stored)))?;
    let draft = AuditDraft::new(&caller.actor()?, AuditAction::CentralDelete, "");
    state.roles.centrals.remove_central(&stored.name).await?;
    let changes = changed(&to_json(&stored, Secrets::Clear), &json!({}));
    record(&state, draft.central(&stored.name).changes(&changes)).await;
    tell_all(&state, &stored.name, "CentralDeleted").await?;
    Ok(HttpResponse::NoContent().finish())
}

async fn find(state: &State, name: &str) -> Result<Central, Problem> {
    let unknown = || Problem::not_found("central", &name.escape_debug().to_string());
    let parsed = CentralName::parse(name).map_err(|_| unknown())?;
    state.roles.centrals.find_central(&parsed).await?.ok_or_else(unknown)
}

fn shown(central: &Central, role: Role) -> Value {
    match role {
        Role::Admin => to_json(central, Secrets::Masked),
        _ => to_json_below_admin(central),
    }
}

fn tag(central: &Central) -> String {
    etag::of(0, central.updated_at)
}

fn changed(before: &Value, after: &Value) -> Vec<Change> {
    let secret = |path: &str| matches!(path, "password_plain" | "api_token_plain");
    let mut changes = changes_between(before, after, &secret);
    // These change with every change.
    changes.retain(|change| !matches!(change.parameter.as_str(), "created_at" | "updated_at"));
    changes
}

/// Tells sockets and figures of a change that has happened. It may fail, so the change is recorded before.
async fn tell_all(state: &State, name: &CentralName, event: &str) -> Result<(), Problem> {
    state.events.publish(&format!("centrals/{name}"), Kind::Change, event, &json!({ "name": name.as_str() }));
    super::centrals_changed(state).await
}
