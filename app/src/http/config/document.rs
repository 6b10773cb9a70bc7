//! `/config/export` and `/config/import`: the configuration as one document.
//!
//! Does NOT know what is in a document (`loom_domain::config_document`).

use super::super::access::{Admin, Caller};
use super::super::body::Document;
use super::super::findings::refuse;
use super::super::params::Params;
use super::super::problem::{Code, Problem};
use super::super::{State, record, tell};
use crate::events::Kind;
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse};
use loom_domain::audit_trail::{AuditAction, AuditDraft};
use loom_domain::config_document::{DocumentError, ReadDocument};
use loom_domain::usecases::import_config::{Action, Change, KeyChange, PlannedChange};
use loom_domain::usecases::{ExportConfig, ExportSecrets, ImportConfig, ImportError, ImportMode, ImportPlan};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

/// What a document shall hold.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportQuery {
    /// `redacted` leaves secrets out; `included` writes them in clear.
    #[serde(default)]
    #[param(inline)]
    secrets: SecretsWord,
}

/// Whether a document holds secrets.
#[derive(Debug, Default, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum SecretsWord {
    #[default]
    Redacted,
    Included,
}

/// How a document is imported.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportQuery {
    /// `merge` keeps what the document does not have, `replace` removes it.
    #[serde(default)]
    mode: ModeWord,
    /// Whether only to tell what would change.
    #[serde(default)]
    dry_run: bool,
}

/// What happens to what the document does not have.
#[derive(Debug, Default, Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum ModeWord {
    #[default]
    Merge,
    Replace,
}

/// What an import changes, or would change.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportReport {
    /// Whether nothing was written.
    dry_run: bool,
    /// How it was planned.
    mode: ModeWord,
    /// Sections and centrals that are added.
    added: usize,
    /// Those that are changed.
    changed: usize,
    /// Those that are removed.
    removed: usize,
    /// Those that are as in the document already.
    kept: usize,
    /// One entry for each section and central concerned.
    objects: Vec<ImportedObject>,
    /// Parts of the document that are never imported.
    skipped: Vec<SkippedEntry>,
    /// What is odd about the document, in words.
    warnings: Vec<String>,
}

/// What becomes of one section or central.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportedObject {
    /// `section` or `central`.
    kind: &'static str,
    /// Its name.
    name: String,
    /// `add`, `change`, `remove` or `keep`.
    action: &'static str,
    /// The keys that change, and what becomes of each secret.
    keys: Vec<ImportedKey>,
}

/// What becomes of one key.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportedKey {
    /// Its path in the object.
    path: String,
    /// The value there is; absent if there is none, or if it is a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<Value>,
    /// The value there will be; absent if there will be none, or if it is a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<Value>,
    /// Of a secret: `changed`, `unchanged`, `kept` or `missing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'static str>,
}

/// A part that is not imported.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkippedEntry {
    /// `users` or `tokens`.
    part: &'static str,
    /// How many entries it has.
    count: usize,
    /// Why it is not imported.
    reason: &'static str,
}

/// Exports the configuration as a document. Password hashes and tokens are never in it.
///
/// A secret that cannot be opened is left out and named in `skipped`.
#[utoipa::path(get, path = "/config/export", tag = "config", params(ExportQuery),
    responses((status = 200, description = "The document.", body = Object)))]
pub(crate) async fn export(
    caller: Caller<Admin>,
    state: State,
    request: HttpRequest,
    Params(query): Params<ExportQuery>,
) -> Result<HttpResponse, Problem> {
    let (secrets, words) = match query.secrets {
        SecretsWord::Redacted => (ExportSecrets::Redacted, "redacted"),
        SecretsWord::Included => (ExportSecrets::Included, "with secrets"),
    };
    // Nobody writes meanwhile, so that the document is of one instant.
    let turn = state.config_turn.lock().await;
    let export = ExportConfig {
        sections: state.roles.sections.clone(),
        centrals: state.roles.centrals.clone(),
        users: state.roles.users.clone(),
        tokens: state.roles.tokens.clone(),
        clock: state.clock.clone(),
        daemon_version: crate::VERSION.to_owned(),
    };
    let document = export.run(secrets).await?;
    drop(turn);
    if request.method() != Method::HEAD {
        record(&state, AuditDraft::new(&caller.actor()?, AuditAction::ConfigExport, words)).await;
    }
    let name = format!("config-export-{}.json", state.clock.now().strftime("%Y%m%dT%H%M%SZ"));
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .json(document.to_json()))
}

/// Imports a document: all of it at one instant, or nothing. Users and tokens in it are passed over.
///
/// Secrets that the document withholds stay as they are. With `dry_run` nothing is written.
#[utoipa::path(post, path = "/config/import", tag = "config", params(ImportQuery),
    request_body(content = Object, example = json!({ "sections": { "locale": { "locale": "de" } } })),
    responses((status = 200, description = "What changed, or would change.", body = ImportReport),
        (status = 409, description = "Somebody changed the configuration meanwhile.")))]
pub(crate) async fn import(
    caller: Caller<Admin>,
    state: State,
    Params(query): Params<ImportQuery>,
    Document(bytes): Document,
) -> Result<Json<ImportReport>, Problem> {
    let document = ReadDocument::parse(&bytes)?;
    let mode = match query.mode {
        ModeWord::Merge => ImportMode::Merge,
        ModeWord::Replace => ImportMode::Replace,
    };
    let _turn = state.config_turn.lock().await;
    let import = ImportConfig {
        sections: state.roles.sections.clone(),
        centrals: state.roles.centrals.clone(),
        batches: state.roles.batches.clone(),
        audit: state.audit.clone(),
        clock: state.clock.clone(),
        storing: state.secret_storing,
    };
    let plan = import.plan(&document, mode).await?;
    let report = ImportReport::of(&plan, &query);
    if !query.dry_run {
        let imported = import.apply(plan, &caller.actor()?).await?.or_tell(tell);
        if imported.changed_anything() {
            state.config.refresh().await?;
            state.events.publish("config/import", Kind::Refresh, "ConfigImported", &json!({}));
            super::super::centrals_changed(&state).await?;
        }
    }
    Ok(Json(report))
}

impl ImportReport {
    fn of(plan: &ImportPlan, query: &ImportQuery) -> Self {
        let skipped = plan.skipped.iter().map(|skipped| SkippedEntry {
            part: skipped.part,
            count: skipped.count,
            reason: skipped.reason,
        });
        Self {
            dry_run: query.dry_run,
            mode: query.mode,
            added: plan.count(Action::Add),
            changed: plan.count(Action::Change),
            removed: plan.count(Action::Remove),
            kept: plan.count(Action::Keep),
            objects: plan.objects.iter().map(ImportedObject::from).collect(),
            skipped: skipped.collect(),
            warnings: plan.warnings.iter().map(ToString::to_string).collect(),
        }
    }
}

impl From<&PlannedChange> for ImportedObject {
    fn from(planned: &PlannedChange) -> Self {
        Self {
            kind: planned.kind.as_str(),
            name: planned.name.clone(),
            action: planned.action.as_str(),
            keys: planned.keys.iter().map(ImportedKey::from).collect(),
        }
    }
}

impl From<&KeyChange> for ImportedKey {
    fn from(key: &KeyChange) -> Self {
        let (before, after, secret) = match &key.change {
            Change::Value { before, after } => (before.clone(), after.clone(), None),
            Change::Secret(fate) => (None, None, Some(fate.as_str())),
        };
        Self { path: key.path.clone(), before, after, secret }
    }
}

impl From<DocumentError> for Problem {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::TooLarge => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, Code::BadRequest, error.to_string())
            }
            DocumentError::Unfit(findings) => refuse(&findings),
            other => Self::invalid("document", other.to_string()),
        }
    }
}

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        match error {
            ImportError::Store(error) => error.into(),
            other => Self::invalid("document", other.to_string()),
        }
    }
}
