//! Downloads: archives of the state, whole or a range of them.
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
use loom_domain::ports::StoredArchive;

/// How what archives are packed as begins, and what it is called.
const KINDS: [(&[u8], &str); 3] = [
    (&[0x1f, 0x8b], "application/gzip"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "application/zstd"),
    (b"PK\x03\x04", "application/zip"),
];
/// The most of these first bytes.
const HEAD_BYTES: u64 = 4;

/// Hands an archive out. `Range` with one range is answered by 206; `If-Range` keeps ranges of one archive together.
#[utoipa::path(get, path = "/state-backups/{id}/download", tag = "state backups",
    params(("id" = String, Path, description = "Id of the archive."),
        ("If-None-Match" = Option<String>, Header, description = "Tags of the versions the caller has."),
        ("Range" = Option<String>, Header, description = "One range, such as `bytes=0-1023`."),
        ("If-Range" = Option<String>, Header, description = "Tag of the archive the range is of.")),
    responses((status = 200, description = "The archive.", 
            content((Vec<u8> = "application/gzip"), (Vec<u8> = "application/zstd"), (Vec<u8> = "application/zip"),
                (Vec<u8> = "application/octet-stream")),
            headers(("ETag" = String, description = "Tag of the archive."),
                ("Accept-Ranges" = String, description = "`bytes`."))),
        (status = 206, description = "A range of it.", 
            content((Vec<u8> = "application/gzip"), (Vec<u8> = "application/zstd"), (Vec<u8> = "application/zip"),
                (Vec<u8> = "application/octet-stream")),
            headers(("ETag" = String, description = "Tag of the archive."),
                ("Content-Range" = String, description = "The range, and the size of the archive."))),
        (status = 416, description = "The range lies beyond its end.")))]
pub(crate) async fn download(
    caller: Caller<Admin>,
    state: State,
    request: HttpRequest,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let archive = state.state_backups.find(&parse(&id)?).await?;
    let file =
        FileAnswer { what: "archive", name: archive.id.as_str(), tag: &archive.tag, bytes: archive.bytes };
    let Some(wanted) = file.wanted(&request)? else { return Ok(file.not_modified()) };
    let kind = media_type(&state, &archive).await?;
    let content = state.state_backups.read(&archive, wanted.offset(), wanted.length()).await?;
    // Who takes an archive takes what is in it, so it is told before the first byte goes out. Its head tells nothing.
    if request.method() != Method::HEAD {
        let draft = AuditDraft::new(&caller.actor()?, AuditAction::StateBackupDownload, &id);
        record(&state, draft).await;
    }
    Ok(file.answer(&wanted, kind, content))
}

/// What the bytes of an archive are, whatever its name says: a sealed one is no gzip.
async fn media_type(state: &State, archive: &StoredArchive) -> Result<&'static str, Problem> {
    let mut head = Vec::new();
    let mut content = state.state_backups.read(archive, 0, archive.bytes.min(HEAD_BYTES)).await?;
    while let Some(chunk) = content.next_chunk().await.map_err(|error| Problem::internal(&error))? {
        head.extend_from_slice(&chunk);
    }
    let kind = KINDS.iter().find(|(beginning, _)| head.starts_with(beginning));
    Ok(kind.map_or("application/octet-stream", |(_, name)| name))
}
