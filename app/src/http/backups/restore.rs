//! `/backups/{id}/restore`: begins to bring a central back.
//!
//! Does NOT follow it; `/restores` does.

use super::super::access::{Admin, Caller};
use super::super::body::OptionalBody;
use super::super::info::begun;
use super::super::problem::Problem;
use super::super::{State, names, record};
use super::{central_named, parse};
use crate::ccu_restores::RestoreRequest;
use actix_web::HttpResponse;
use actix_web::web::Path;
use loom_domain::audit_trail::{AuditAction, AuditDraft};
use loom_domain::secret::SecretText;
use loom_domain::usecases::RestoreConsent;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// What to restore to, and that it is meant.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRestore {
    /// Name of the central to restore to, typed once more: it loses what it has now.
    #[serde(default)]
    #[schema(value_type = String)]
    confirm: Option<String>,
    /// The central to restore to; the one the backup comes from where it is left out.
    #[serde(default)]
    #[schema(value_type = Option<names::CentralName>)]
    target: Option<String>,
    /// Where the backup comes from, where that is not the central to restore to: the name of that central, or the id of the
    /// backup if nobody knows.
    #[serde(default)]
    accept_foreign: Option<String>,
    /// The security key, where the central or the backup has one. It is not written down.
    #[serde(default, deserialize_with = "secret")]
    #[schema(value_type = Option<String>, write_only)]
    security_key: Option<SecretText>,
    /// Whether to go without a backup of the central as it is now.
    #[serde(default)]
    without_safety_backup: bool,
}

/// A restore that was begun.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BegunRestore {
    /// Id of the backup.
    id: String,
    /// Id of the restore.
    restore: String,
    /// The job that does it.
    job: String,
}

/// Begins to restore a backup to a central: checks, a backup of the central as it is, the restore, the restart, the
/// comparison. Follow it under `Location`, or on the WebSocket as `restores/…`.
#[utoipa::path(post, path = "/backups/{id}/restore", tag = "backups", request_body = NewRestore,
    params(("id" = String, Path, description = "Id of the backup.")),
    responses((status = 202, description = "It was begun.", body = BegunRestore,
        headers(("Location" = String, description = "Where it is."))),
        (status = 422, description = "It was not confirmed, or the backup comes from elsewhere.")))]
pub(crate) async fn restore(
    caller: Caller<Admin>,
    state: State,
    id: Path<String>,
    OptionalBody(asked): OptionalBody<NewRestore>,
) -> Result<HttpResponse, Problem> {
    let id = parse(&id)?;
    // Without a body nothing is confirmed, and the answer says what to type.
    let asked = asked.unwrap_or_default();
    let request = RestoreRequest {
        target: asked.target.as_deref().map(central_named).transpose()?,
        consent: RestoreConsent { confirm: asked.confirm, accept_foreign: asked.accept_foreign },
        security_key: asked.security_key,
        without_safety_backup: asked.without_safety_backup,
    };
    let (restore, job) = state.ccu_restores.start(&id, request).await?;
    let draft = AuditDraft::new(&caller.actor()?, AuditAction::BackupRestore, restore.id.as_str());
    record(&state, draft.central(&restore.target)).await;
    let at = format!("/restores/{}", restore.id);
    let body = BegunRestore {
        id: restore.backup.to_string(),
        restore: restore.id.to_string(),
        job: job.id.to_string(),
    };
    Ok(begun(&at, &body))
}

fn secret<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SecretText>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(SecretText::new))
}
