//! `/setup`: the first admin, and what a first page asks beside.
//!
//! Does NOT work once anybody can log in.

use super::access::{Anybody, Caller};
use super::authenticate::{charge, source, throttled};
use super::body::Body;
use super::findings::refuse;
use super::problem::Problem;
use super::secret_json::Secret;
use super::{State, csrf, names, revoked, tell};
use actix_web::http::StatusCode;
use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use jiff::Timestamp;
use loom_domain::central::Central;
use loom_domain::central_json::from_json;
use loom_domain::config_batch::ConfigBatch;
use loom_domain::config_schema::{Finding, check_section, merge_section};
use loom_domain::config_section::{ExpectedVersion, SectionWrite};
use loom_domain::usecases::accounts::AccountError;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

const SET_UP_BY: &str = "setup";

/// Whether somebody has to set the daemon up.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SetupStatus {
    /// Whether nobody can log in yet.
    required: bool,
}

/// What a first page asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupRequest {
    /// The first admin.
    admin: SetupAdmin,
    /// Language and looks.
    locale: SetupLocale,
    /// The first central.
    ccu: Option<SetupCcu>,
    /// The MQTT broker.
    mqtt: Option<SetupMqtt>,
}

/// The first admin.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupAdmin {
    /// Name: neither empty nor with `=`, white space or control characters.
    #[schema(value_type = names::UserName)]
    username: String,
    /// Password, at least 8 characters.
    #[schema(value_type = String, format = Password, min_length = 8)]
    password: Secret,
}

/// Language and looks.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupLocale {
    /// `de` or `en`.
    #[schema(pattern = "^(de|en)$")]
    locale: String,
    /// `light`, `dark` or `system`.
    #[schema(pattern = "^(light|dark|system)$")]
    theme: String,
}

/// The first central.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupCcu {
    /// Name: letters, digits, `-` and `_`.
    #[schema(value_type = names::CentralName)]
    name: String,
    /// Host name or address.
    #[schema(value_type = names::Host)]
    host: String,
    /// User to log in with.
    username: Option<String>,
    /// Password to log in with.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret>,
    /// Interfaces to use.
    #[serde(default)]
    interfaces: Vec<String>,
}

/// The MQTT broker.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetupMqtt {
    /// Its address, such as `tcp://192.168.1.10:1883`.
    broker_url: String,
    /// User to log in with.
    username: Option<String>,
    /// Password to log in with.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Secret>,
}

/// Tells whether the daemon has to be set up.
#[utoipa::path(get, path = "/setup/status", tag = "setup",
    responses((status = 200, description = "Whether it has to.", body = SetupStatus)))]
pub(crate) async fn status(_: Caller<Anybody>, state: State) -> Result<Json<SetupStatus>, Problem> {
    Ok(Json(SetupStatus { required: state.accounts.first_run.required().await? }))
}

/// Makes the first admin, and stores what a first page asks beside. The admin is stored last; what a setup that was
/// cut off has left is overwritten.
#[utoipa::path(post, path = "/setup", tag = "setup", request_body = SetupRequest,
    responses((status = 204, description = "The daemon is set up; log in.")))]
pub(crate) async fn set_up(
    _: Caller<Anybody>,
    state: State,
    request: HttpRequest,
    Body(asked): Body<SetupRequest>,
) -> Result<HttpResponse, Problem> {
    let source = source(&request);
    throttled(&state, &source)?;
    // A page of somebody else must not make a browser set up a daemon it can reach.
    csrf::check_origin(&request)?;
    carry_out(&state, &asked).await.inspect_err(|problem| {
        if problem.status_code().is_client_error() {
            charge(&state, &source);
        }
    })?;
    Ok(HttpResponse::NoContent().finish())
}

async fn carry_out(state: &State, asked: &SetupRequest) -> Result<(), Problem> {
    let _turn = state.config_turn.lock().await;
    // Before anything is read: afterwards nobody may learn from an answer what is stored.
    let admin = state.accounts.first_run.begin(&asked.admin.username, asked.admin.password.text()).await;
    let admin = admin.map_err(|error| match error {
        AccountError::Invalid { field, reason } => unprocessable(field, reason),
        other => other.into(),
    })?;
    let batch = batch(state, asked).await?;
    state.roles.batches.apply_config(&batch).await?;
    state.config.refresh().await?;
    admin.commit().await?.or_tell(tell);
    revoked(state);
    super::centrals_changed(state).await
}

/// Everything but the admin, checked.
async fn batch(state: &State, asked: &SetupRequest) -> Result<ConfigBatch, Problem> {
    let now = state.clock.now();
    let mut batch = ConfigBatch::default();
    let locale = json!({ "locale": asked.locale.locale, "theme": asked.locale.theme });
    batch.sections.push(section(state, "locale", &locale, now).await?);
    if let Some(mqtt) = &asked.mqtt {
        // What is not given is cleared: a password that is stored belongs to the broker that is stored.
        let password = mqtt.password.as_ref().map_or("", |password| password.text().reveal());
        let body = json!({ "broker_url": mqtt.broker_url, "username": mqtt.username, "password": password });
        batch.sections.push(section(state, "north.mqtt", &body, now).await?);
    }
    if let Some(ccu) = &asked.ccu {
        batch.centrals.push(ccu.central(now)?);
    }
    Ok(batch)
}

impl SetupCcu {
    /// The central, checked as one that is added later.
    fn central(&self, now: Timestamp) -> Result<Central, Problem> {
        let row = json!({
            "name": self.name,
            "host": self.host.trim(),
            "username": self.username,
            "password_plain": self.password.as_ref().map(|password| password.text().reveal()),
            "interfaces": self.interfaces,
        });
        from_json(&row, now).map_err(|mut findings| {
            for finding in &mut findings {
                finding.path = format!("ccu.{}", finding.path);
            }
            refuse(&findings).with_status(StatusCode::UNPROCESSABLE_ENTITY)
        })
    }
}

async fn section(state: &State, name: &str, body: &Value, at: Timestamp) -> Result<SectionWrite, Problem> {
    let stored = state.roles.sections.find_section(name).await?;
    let value = merge_section(name, stored.as_ref().map(|section| &section.value), body);
    if let Some(finding) = check_section(name, &value).into_iter().find(Finding::is_wrong) {
        return Err(unprocessable(&finding.path.clone(), finding.to_string()));
    }
    let expected =
        stored.map_or(ExpectedVersion::Absent, |section| ExpectedVersion::Exactly(section.version));
    Ok(SectionWrite { name: name.to_owned(), value, expected, at, by: SET_UP_BY.to_owned() })
}

fn unprocessable(field: &str, reason: String) -> Problem {
    Problem::invalid(field, reason).with_status(StatusCode::UNPROCESSABLE_ENTITY)
}
