//! `/config/sections` and `/config/fields`: one stored section, read and changed with its version.
//!
//! Does NOT decide what a section may hold (`loom_domain::config_schema`).

use super::super::access::{Admin, Caller};
use super::super::body::Body;
use super::super::findings::refuse;
use super::super::problem::Problem;
use super::super::{State, etag, names, record};
use crate::events::Kind;
use actix_web::http::header;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use loom_domain::audit_trail::{Actor, AuditAction, AuditDraft, Change, changes_between};
use loom_domain::config_schema::{
    Field, Finding, Home, check_section, fields_of_section, find_field, find_section, mask_section,
    merge_section, reset_field as without,
};
use loom_domain::config_section::{ConfigSection, ExpectedVersion, SectionWrite};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

/// A section that was just written.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WrittenSection {
    /// Its name.
    section: &'static str,
    /// Counts the writes of it, from 1.
    version: i64,
    /// When it was written (RFC 3339).
    updated_at: String,
    /// Whether some of what changed takes effect at the next start only.
    restart_required: bool,
}

/// Shows a stored section, secrets masked, with the tag of its version in `ETag`.
#[utoipa::path(get, path = "/config/sections/{section}", tag = "config",
    params(("section" = inline(names::SectionName), Path, description = "Name of the section."),
        ("If-None-Match" = Option<String>, Header, description = "Tags of the versions the caller has.")),
    responses((status = 200, description = "The section.", body = Object,
            headers(("ETag" = String, description = "Tag of the version."))),
        (status = 400, description = "There is no such section."),
        (status = 404, description = "It was never stored.")))]
pub(crate) async fn show(
    _: Caller<Admin>,
    state: State,
    request: HttpRequest,
    section: Path<String>,
) -> Result<HttpResponse, Problem> {
    let name = known(&section)?;
    let Some(stored) = state.roles.sections.find_section(name).await? else {
        return Err(Problem::not_found("stored section", name));
    };
    let tag = tag(&stored);
    if etag::known(&request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    Ok(HttpResponse::Ok().insert_header((header::ETAG, tag)).json(mask_section(name, &stored.value)))
}

/// Changes a section. What is left out stays; `null` sets a field back to its default.
///
/// A secret that is left out, `null` or `***` stays; an empty text clears it.
#[utoipa::path(put, path = "/config/sections/{section}", tag = "config",
    request_body(content = Object, example = json!({ "locale": "de" })),
    params(("section" = inline(names::SectionName), Path, description = "Name of the section.", example = "locale"),
        ("If-Match" = Option<String>, Header, description = "Tag of the version that was read.")),
    responses((status = 200, description = "It is written.", body = WrittenSection,
            headers(("ETag" = String, description = "Tag of the version."))),
        (status = 400, description = "There is no such section, or it cannot be so.")))]
pub(crate) async fn change(
    caller: Caller<Admin>,
    state: State,
    request: HttpRequest,
    section: Path<String>,
    Body(body): Body<Value>,
) -> Result<HttpResponse, Problem> {
    let name = known(&section)?;
    let _turn = state.config_turn.lock().await;
    let stored = state.roles.sections.find_section(name).await?;
    etag::check(&request, stored.as_ref().map(tag).as_deref())?;
    let wrong: Vec<Finding> =
        check_section(name, &body).into_iter().filter(|finding| !finding.is_mention()).collect();
    if !wrong.is_empty() {
        return Err(refuse(&wrong));
    }
    let merged = merge_section(name, stored.as_ref().map(|section| &section.value), &body);
    // What each change may do, both together may not.
    let wrong: Vec<Finding> = check_section(name, &merged).into_iter().filter(Finding::is_wrong).collect();
    if !wrong.is_empty() {
        return Err(refuse(&wrong));
    }
    let action = AuditAction::ConfigSectionUpdate;
    let written = write(&state, name, stored, merged, &caller.actor()?, action).await?;
    let tag = etag::of(written.0.version, written.1);
    Ok(HttpResponse::Ok().insert_header((header::ETAG, tag)).json(written.0))
}

/// Removes a stored section: its fields are what the config file, the environment or the defaults say again.
#[utoipa::path(delete, path = "/config/sections/{section}", tag = "config",
    params(("section" = inline(names::SectionName), Path, description = "Name of the section."),
        ("If-Match" = Option<String>, Header, description = "Tag of the version that was read.")),
    responses((status = 204, description = "It is not stored any more."),
        (status = 400, description = "There is no such section.")))]
pub(crate) async fn remove(
    caller: Caller<Admin>,
    state: State,
    request: HttpRequest,
    section: Path<String>,
) -> Result<HttpResponse, Problem> {
    let name = known(&section)?;
    let _turn = state.config_turn.lock().await;
    let Some(stored) = state.roles.sections.find_section(name).await? else {
        return Ok(HttpResponse::NoContent().finish());
    };
    etag::check(&request, Some(&tag(&stored)))?;
    let actor = caller.actor()?;
    state.roles.sections.remove_section(name).await?;
    let changes = changed(name, &stored.value, &json!({}));
    after_change(&state, name, &actor, AuditAction::ConfigSectionDelete, &changes).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Sets one field back to what the config file, the environment or the default says.
#[utoipa::path(delete, path = "/config/fields/{path}", tag = "config",
    params(("path" = String, Path, description = "Dotted path of the field.")),
    responses((status = 204, description = "It is not stored any more."),
        (status = 400, description = "It is set in the config file or the environment only.")))]
pub(crate) async fn reset_field(
    caller: Caller<Admin>,
    state: State,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let unknown = || Problem::not_found("setting", &path.escape_debug().to_string());
    let field = find_field(&path).ok_or_else(unknown)?;
    let (Home::Section, Some(name)) = (field.home, field.section()) else {
        return Err(Problem::invalid("path", "it is set in the config file or the environment only"));
    };
    let _turn = state.config_turn.lock().await;
    let stored = state.roles.sections.find_section(name).await?;
    let reset = stored.as_ref().and_then(|section| without(field, &section.value));
    if let Some(value) = reset {
        write(&state, name, stored, value, &caller.actor()?, AuditAction::ConfigFieldReset).await?;
    }
    Ok(HttpResponse::NoContent().finish())
}

/// Writes a section over the version that was read, and tells everybody.
async fn write(
    state: &State,
    name: &'static str,
    stored: Option<ConfigSection>,
    value: Value,
    actor: &Actor,
    action: AuditAction,
) -> Result<(WrittenSection, jiff::Timestamp), Problem> {
    let at = state.clock.now();
    let before = stored.as_ref().map_or_else(|| json!({}), |section| section.value.clone());
    let by = actor.name.as_ref().map_or("anonymous", |name| name.as_str()).to_owned();
    let expected =
        stored.map_or(ExpectedVersion::Absent, |section| ExpectedVersion::Exactly(section.version));
    let changes = changed(name, &before, &value);
    let write = SectionWrite { name: name.to_owned(), value, expected, at, by };
    let version = state.roles.sections.write_section(&write).await?;
    after_change(state, name, actor, action, &changes).await?;
    // What was stored is what a tag is made of: the store may keep time less exactly.
    let kept = state.roles.sections.find_section(name).await?.map_or(at, |section| section.updated_at);
    let restart = |change: &Change| {
        let path = format!("{name}.{}", change.parameter);
        fields_of_section(name).any(|field: &Field| field.restart_required && path.starts_with(field.path))
    };
    let restart_required = changes.iter().any(restart);
    Ok((WrittenSection { section: name, version, updated_at: kept.to_string(), restart_required }, kept))
}

async fn after_change(
    state: &State,
    name: &str,
    actor: &Actor,
    action: AuditAction,
    changes: &[Change],
) -> Result<(), Problem> {
    // First of all: whatever fails from here on, the change is made.
    let draft = AuditDraft::new(actor, action, name).changes(changes);
    record(state, draft).await;
    // Whoever is told of the change may look at once.
    let refreshed = state.config.refresh().await;
    state.events.publish(
        &format!("config/sections/{name}"),
        Kind::Change,
        "ConfigSectionChanged",
        &json!({ "section": name }),
    );
    Ok(refreshed?)
}

fn changed(name: &str, before: &Value, after: &Value) -> Vec<Change> {
    let secrets: Vec<&str> =
        fields_of_section(name).filter(|field| field.is_secret()).map(Field::path_in_section).collect();
    changes_between(before, after, &|path| secrets.contains(&path))
}

fn known(name: &str) -> Result<&'static str, Problem> {
    let section = find_section(name).map(|section| section.name);
    section.ok_or_else(|| {
        let names: Vec<_> =
            loom_domain::config_section::SECTION_NAMES.iter().map(|n| format!("`{n}`")).collect();
        Problem::invalid(
            "section",
            format!("there is no section `{}`; there are: {}", name.escape_debug(), names.join(", ")),
        )
    })
}

fn tag(section: &ConfigSection) -> String {
    etag::of(section.version, section.updated_at)
}
