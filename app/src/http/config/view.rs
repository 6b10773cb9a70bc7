//! What the settings are: a snapshot, the schema, the effective values and where they come from, what waits for a restart.
//!
//! Does NOT change settings (`sections`).

use super::super::State;
use super::super::access::{Admin, Caller, Viewer};
use super::super::problem::Problem;
use actix_web::web::Json;
use loom_domain::account::Role;
use loom_domain::config_schema::{Field, Openness, SECTIONS, settings};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The settings a client needs to show itself.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigSnapshot {
    /// `de` or `en`.
    locale: String,
    /// The centrals.
    centrals: Vec<SnapshotCentral>,
    /// Where centrals deliver their events to.
    callback_ports: CallbackPorts,
    /// Parts of the product and whether they are switched on.
    #[schema(value_type = Object)]
    features: Value,
    /// Anything else.
    #[schema(value_type = Object)]
    extras: Value,
    /// Rules the operator set.
    #[schema(value_type = Object)]
    policies: Value,
}

/// One central of the snapshot.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SnapshotCentral {
    /// Its name.
    name: String,
    /// Host name or address; blank below admin.
    host: String,
    /// Interfaces in use.
    interfaces: Vec<String>,
}

/// Ports for events of centrals; 0 where none is set.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallbackPorts {
    /// Of XML-RPC.
    port: i64,
    /// Of BIN-RPC.
    bin_port: i64,
}

/// What settings there are.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigSchema {
    /// Names of the sections.
    sections: Vec<&'static str>,
    /// Names of the sections that also keep settings nobody here knows.
    open_sections: Vec<&'static str>,
    /// The settings.
    fields: Vec<ConfigField>,
}

/// One setting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigField {
    /// Dotted path.
    path: &'static str,
    /// `basic`, `expert` or `secret`.
    class: &'static str,
    /// Type of its value.
    go_type: &'static str,
    /// Whether a change takes effect at the next start only.
    restart_required: bool,
    /// The value it has when nobody sets it.
    #[serde(skip_serializing_if = "Value::is_null")]
    #[schema(required = false)]
    default: Value,
    /// The section it is kept in; absent where it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    section: Option<&'static str>,
    /// What it is for.
    description: String,
}

/// The values in effect.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EffectiveBody {
    /// The values; secrets as `***`, such that are not set as an empty text.
    #[schema(value_type = Object)]
    config: Value,
    /// Where each value comes from, by dotted path: `bootstrap`, `db`, `env` or `default`.
    #[schema(value_type = Object)]
    sources: Value,
}

/// Whether something waits for a restart.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RestartPending {
    /// Whether anything does.
    pending: bool,
    /// The settings that do, by dotted path.
    fields: Vec<&'static str>,
}

/// A setting that changed since the daemon started.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConfigChange {
    /// Its dotted path.
    path: &'static str,
    /// Whether the change takes effect at the next start only.
    restart_required: bool,
}

/// Shows the settings a client needs to show itself.
#[utoipa::path(get, path = "/config", tag = "config",
    responses((status = 200, description = "The settings.", body = ConfigSnapshot)))]
pub(crate) async fn snapshot(caller: Caller<Viewer>, state: State) -> Result<Json<ConfigSnapshot>, Problem> {
    let admin = caller.known()?.role == Role::Admin;
    let config = state.config.current();
    let centrals = state.roles.centrals.list_centrals().await?;
    let enabled =
        ["north.mqtt.enabled", "north.matter.enabled", "north.webhook.enabled", "north.mcp.enabled"];
    let feature = |path: &str| {
        let name = path.split('.').nth(1).unwrap_or(path).to_owned();
        (name, Value::Bool(config.bool(path)))
    };
    Ok(Json(ConfigSnapshot {
        locale: config.text("locale.locale").to_owned(),
        centrals: centrals
            .into_iter()
            .map(|central| SnapshotCentral {
                name: central.name.to_string(),
                host: if admin { central.host } else { String::new() },
                interfaces: central.interfaces,
            })
            .collect(),
        callback_ports: CallbackPorts {
            port: config.integer("callback.port"),
            bin_port: config.integer("callback.bin_port"),
        },
        features: Value::Object(enabled.into_iter().map(feature).collect()),
        extras: Value::Object(serde_json::Map::new()),
        policies: serde_json::json!({
            "allow_plaintext_secrets": config.bool("security.allow_plaintext_secrets"),
        }),
    }))
}

/// Lists the sections and settings there are.
#[utoipa::path(get, path = "/config/schema", tag = "config",
    responses((status = 200, description = "What there is.", body = ConfigSchema)))]
pub(crate) async fn schema(_: Caller<Viewer>) -> Json<ConfigSchema> {
    let field = |field: &Field| ConfigField {
        path: field.path,
        class: field.class.as_str(),
        go_type: field.kind.go_type(),
        restart_required: field.restart_required,
        default: if field.is_secret() { Value::Null } else { field.default_value() },
        section: field.section(),
        description: field.sentence(),
    };
    let open = SECTIONS.iter().filter(|section| section.openness == Openness::Open);
    Json(ConfigSchema {
        sections: SECTIONS.iter().map(|section| section.name).collect(),
        open_sections: open.map(|section| section.name).collect(),
        fields: settings().map(field).collect(),
    })
}

/// Shows the values in effect and where each comes from.
#[utoipa::path(get, path = "/config/effective", tag = "config",
    responses((status = 200, description = "The values.", body = EffectiveBody)))]
pub(crate) async fn effective(_: Caller<Admin>, state: State) -> Json<EffectiveBody> {
    let mut shown = state.config.current().to_masked_json();
    Json(EffectiveBody { config: shown["config"].take(), sources: shown["sources"].take() })
}

/// Tells whether changed settings wait for a restart.
#[utoipa::path(get, path = "/system/restart-pending", tag = "config",
    responses((status = 200, description = "Whether they do.", body = RestartPending)))]
pub(crate) async fn restart_pending(_: Caller<Viewer>, state: State) -> Json<RestartPending> {
    let fields: Vec<_> =
        changed_fields(&state).filter(|field| field.restart_required).map(|field| field.path).collect();
    Json(RestartPending { pending: !fields.is_empty(), fields })
}

/// Lists the settings that changed since the daemon started.
#[utoipa::path(get, path = "/system/config-changes", tag = "config",
    responses((status = 200, description = "The settings.", body = [ConfigChange])))]
pub(crate) async fn changes(_: Caller<Viewer>, state: State) -> Json<Vec<ConfigChange>> {
    let change = |field: &Field| ConfigChange { path: field.path, restart_required: field.restart_required };
    Json(changed_fields(&state).map(change).collect())
}

fn changed_fields(state: &State) -> impl Iterator<Item = &'static Field> {
    let current = state.config.current();
    let start = state.config.at_start().clone();
    settings().filter(move |field| start.value(field.path) != current.value(field.path))
}
