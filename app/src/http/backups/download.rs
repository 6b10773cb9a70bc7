//! Downloads: `.sbk` files, whole or a range of them.
//!
//! Does NOT hold a deadline: a slow line may take its time.

use super::super::access::{Admin, Caller};
use super::super::file_answer::FileAnswer;
use super::super::problem::Problem;
use super::super::{State, record};
use super::parse;
use actix_web::http::Method;
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use loom_domain::audit_trail::{AuditAction, AuditDraft};

/// Hands a backup out. `Range` with one range is answered by 206; `If-Range` keeps ranges of one file together.
#[utoipa::path(get, path = "/backups/{id}/download", tag = "backups",
    params(("id" = String, Path, description = "Id of the backup."),
        ("If-None-Match" = Option<String>, Header, description = "Tags of the versions the caller has."),
        ("Range" = Option<String>, Header, description = "One range, such as `bytes=0-1023`."),
        ("If-Range" = Option<String>, Header, description = "Tag of the file the range is of.")),
    responses((status = 200, description = "The file.",
            content((Vec<u8> = "application/octet-stream")),
            headers(("ETag" = String, description = "Tag of the file."),
                ("Accept-Ranges" = String, description = "`bytes`."))),
        (status = 206, description = "A range of it.",
            content((Vec<u8> = "application/octet-stream")),
            headers(("ETag" = String, description = "Tag of the file."),
                ("Content-Range" = String, description = "The range, and the size of the file."))),
        (status = 416, description = "The range lies beyond its end.")))]
pub(crate) async fn download(
    caller: Caller<Admin>,
    state: State,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let (backup, stored) = state.ccu_backups.stored(&parse(&id)?).await?;
    let name = backup.filename.clone().unwrap_or_else(|| format!("{}.sbk", backup.id));
    let file = FileAnswer { what: "backup", name: &name, tag: &stored.tag, bytes: stored.bytes };
    let Some(wanted) = file.wanted(&request)? else { return Ok(file.not_modified()) };
    let content = state.ccu_backups.read(&stored, wanted.offset(), wanted.length()).await?;
    // Who takes a backup takes the house with it, so it is told before the first byte goes out. Its head tells nothing.
    if request.method() != Method::HEAD {
        let draft = AuditDraft::new(&caller.actor()?, AuditAction::BackupDownload, backup.id.as_str());
        record(&state, draft).await;
    }
    Ok(file.answer(&wanted, "application/octet-stream", content))
}
