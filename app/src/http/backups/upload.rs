//! Uploads: a `.sbk` file from elsewhere, judged while it comes.
//!
//! Does NOT hold the file in memory or a total deadline: a slow line may take its time, a silent one may not.

use super::super::access::{Admin, Caller};
use super::super::body::still_known;
use super::super::problem::{Code, Problem};
use super::super::{State, record};
use super::central_named;
use crate::ccu_backups::BackupBody;
use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::http::{StatusCode, header};
use actix_web::web::Payload;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;
use loom_domain::audit_trail::{AuditAction, AuditDraft};
use loom_domain::ccu_backup::CcuBackup;
use loom_domain::central::CentralName;
use std::time::Duration;
use utoipa::ToSchema;

/// How long a client may pause.
const IDLE: Duration = Duration::from_secs(60);
/// Longest text of a part that is no file.
const LONGEST_TEXT: usize = 256;

/// The parts of an upload.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes a form that is read part by part")]
pub(crate) struct UploadForm {
    /// Name of the central the file comes from, where that is known; it has to come before the file.
    central: Option<String>,
    /// The `.sbk` file.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Takes a backup in. It is kept only if it is a good one; what is wrong with a bad one is in `errors`.
#[utoipa::path(post, path = "/backups/upload", tag = "backups",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses((status = 201, description = "The backup.", body = BackupBody,
        headers(("Location" = String, description = "Where it is."))),
        (status = 404, description = "There is no such central."),
        (status = 422, description = "It is no good backup; `errors` has every damage, its word as `field`.")))]
pub(crate) async fn upload(
    caller: Caller<Admin>,
    state: State,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let mut form = Multipart::new(request.headers(), payload);
    let mut central = None;
    while let Some(part) = within(form.next()).await? {
        let mut part = part.map_err(not_multipart)?;
        match part.name() {
            Some("central") => central = Some(known(&state, &text(&mut part).await?).await?),
            Some("file") => {
                let backup = receive(&state, &mut part, central).await?;
                still_known(&request).await?;
                return keep(&caller, &state, backup).await;
            }
            other => {
                let name = other.unwrap_or_default().chars().take(80).collect::<String>();
                let words =
                    format!("part `{}` is not expected; `central` and `file` are", name.escape_debug());
                return Err(Problem::invalid("form", words));
            }
        }
    }
    Err(Problem::invalid("file", "the form has no part of that name"))
}

async fn keep(
    caller: &Caller<Admin>,
    state: &State,
    upload: crate::ccu_backups::Upload,
) -> Result<HttpResponse, Problem> {
    let backup: CcuBackup = upload.finish().await?;
    let mut draft = AuditDraft::new(&caller.actor()?, AuditAction::BackupUpload, backup.id.as_str());
    if let Some(central) = &backup.central {
        draft = draft.central(central);
    }
    record(state, draft).await;
    let at = super::super::info::location(&format!("/backups/{}", backup.id));
    let shown = state.ccu_backups.find(&backup.id).await?;
    Ok(HttpResponse::Created().insert_header((header::LOCATION, at)).json(BackupBody::from(&shown)))
}

async fn receive(
    state: &State,
    part: &mut Field,
    central: Option<CentralName>,
) -> Result<crate::ccu_backups::Upload, Problem> {
    let name = part.content_disposition().and_then(|about| about.get_filename()).map(str::to_owned);
    let mut upload = state.ccu_backups.begin_upload(name.as_deref(), central).await?;
    while let Some(chunk) = within(part.next()).await? {
        upload.write(chunk.map_err(not_multipart)?).await?;
    }
    Ok(upload)
}

async fn text(part: &mut Field) -> Result<String, Problem> {
    let mut text = Vec::new();
    while let Some(chunk) = within(part.next()).await? {
        text.extend_from_slice(&chunk.map_err(not_multipart)?);
        if text.len() > LONGEST_TEXT {
            return Err(Problem::invalid("central", "the name is too long"));
        }
    }
    String::from_utf8(text).map_err(|_| Problem::invalid("central", "the name is no text"))
}

async fn known(state: &State, name: &str) -> Result<CentralName, Problem> {
    let name = central_named(name)?;
    match state.roles.centrals.find_central(&name).await? {
        Some(central) => Ok(central.name),
        None => Err(Problem::not_found("central", name.as_str())),
    }
}

async fn within<T>(waiting: impl Future<Output = T>) -> Result<T, Problem> {
    tokio::time::timeout(IDLE, waiting).await.map_err(|_| {
        let detail = format!("nothing was sent for {} s", IDLE.as_secs());
        Problem::new(StatusCode::REQUEST_TIMEOUT, Code::BadRequest, detail)
    })
}

fn not_multipart(error: MultipartError) -> Problem {
    Problem::invalid(
        "form",
        format!("a form of `multipart/form-data` with a part `file` is expected: {error}"),
    )
}
