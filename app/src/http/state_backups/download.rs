//! Downloads: the bytes of an archive, whole or a range of them, as a stream that stays flat in memory.
//!
//! Does NOT hold a deadline: a slow line may take its time. One range at a time; a request for several gets all of it.

use super::super::access::{Admin, Caller};
use super::super::problem::{Code, Problem};
use super::super::{State, etag, record};
use super::parse;
use actix_web::body::SizedStream;
use actix_web::http::header::{
    self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue, HeaderValue,
};
use actix_web::http::{Method, StatusCode};
use actix_web::web::Path;
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use loom_domain::audit_trail::{AuditAction, AuditDraft};
use loom_domain::ports::{Content, StoredArchive};
use std::ops::RangeInclusive;

/// How gzip begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Hands an archive out. `Range` with one range is answered by 206; `If-Range` keeps ranges of one archive together.
#[utoipa::path(get, path = "/state-backups/{id}/download", tag = "state backups",
    params(("id" = String, Path, description = "Id of the archive."),
        ("If-None-Match" = Option<String>, Header, description = "Tags of the versions the caller has."),
        ("Range" = Option<String>, Header, description = "One range, such as `bytes=0-1023`."),
        ("If-Range" = Option<String>, Header, description = "Tag of the archive the range is of.")),
    responses((status = 200, description = "The archive.", 
            content((Vec<u8> = "application/gzip"), (Vec<u8> = "application/octet-stream")),
            headers(("ETag" = String, description = "Tag of the archive."),
                ("Accept-Ranges" = String, description = "`bytes`."))),
        (status = 206, description = "A range of it.", 
            content((Vec<u8> = "application/gzip"), (Vec<u8> = "application/octet-stream")),
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
    let tag = format!("\"{}\"", archive.tag);
    if etag::known(&request, &tag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    let range = wanted(&request, &archive, &tag)?;
    let (offset, length) = match &range {
        Some(range) => (*range.start(), range.end() - range.start() + 1),
        None => (0, archive.bytes),
    };
    let kind = media_type(&state, &archive).await?;
    let content = state.state_backups.read(&archive, offset, length).await?;
    // Who takes an archive takes what is in it, so it is told before the first byte goes out. Its head tells nothing.
    if request.method() != Method::HEAD {
        let draft = AuditDraft::new(&caller.actor()?, AuditAction::StateBackupDownload, &id);
        record(&state, draft).await;
    }

    let mut answer = match &range {
        None => HttpResponse::Ok(),
        Some(range) => {
            let mut answer = HttpResponse::PartialContent();
            let told = format!("bytes {}-{}/{}", range.start(), range.end(), archive.bytes);
            answer.insert_header((header::CONTENT_RANGE, told));
            answer
        }
    };
    Ok(answer
        .insert_header((header::ETAG, tag))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header(attachment(archive.id.as_str()))
        .body(SizedStream::new(length, chunks(content))))
}

/// What the bytes of an archive are, whatever its name says: a sealed one is no gzip.
async fn media_type(state: &State, archive: &StoredArchive) -> Result<&'static str, Problem> {
    let mut head = Vec::new();
    let mut content = state.state_backups.read(archive, 0, archive.bytes.min(GZIP.len() as u64)).await?;
    while let Some(chunk) = content.next_chunk().await.map_err(|error| Problem::internal(&error))? {
        head.extend_from_slice(&chunk);
    }
    Ok(if head == GZIP { "application/gzip" } else { "application/octet-stream" })
}

/// The chunks of a content. An error ends the connection: half an archive must not look like a whole one.
fn chunks(
    content: Box<dyn Content>,
) -> impl futures_util::Stream<Item = Result<bytes::Bytes, actix_web::Error>> {
    stream::try_unfold(content, |mut content| async move {
        match content.next_chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, content))),
            Err(error) => {
                tracing::error!(%error, "a download was cut off");
                Err(actix_web::error::ErrorInternalServerError("the archive cannot be read"))
            }
        }
    })
}

/// The range asked for; `None` means all of it.
fn wanted(
    request: &HttpRequest,
    archive: &StoredArchive,
    tag: &str,
) -> Result<Option<RangeInclusive<u64>>, Problem> {
    let text = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(ranges) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
        return Ok(None);
    };
    if text(header::IF_RANGE).is_some_and(|had| had != tag) || ranges.contains(',') {
        return Ok(None);
    }
    match range(ranges.trim(), archive.bytes) {
        Some(Range::Fits(range)) => Ok(Some(range)),
        // What is no range is passed over, as the protocol wants it.
        None => Ok(None),
        Some(Range::Beyond) => {
            let told = HeaderValue::from_str(&format!("bytes */{}", archive.bytes));
            let detail = format!("the archive has {} bytes", archive.bytes);
            let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, Code::BadRequest, detail);
            Err(match told {
                Ok(told) => problem.header(header::CONTENT_RANGE, told),
                Err(_) => problem,
            })
        }
    }
}

enum Range {
    Fits(RangeInclusive<u64>),
    Beyond,
}

/// `first-last`, `first-` or `-count`, against a size.
fn range(text: &str, bytes: u64) -> Option<Range> {
    let (first, last) = text.split_once('-')?;
    let number =
        |digits: &str| digits.parse::<u64>().ok().filter(|_| digits.bytes().all(|b| b.is_ascii_digit()));
    let (first, last) = match (first, last) {
        ("", count) => match number(count)? {
            0 => return Some(Range::Beyond),
            count => (bytes.saturating_sub(count), bytes.saturating_sub(1)),
        },
        (first, "") => (number(first)?, bytes.saturating_sub(1)),
        (first, last) => (number(first)?, number(last)?.min(bytes.saturating_sub(1))),
    };
    let reversed = text
        .split_once('-')
        .is_some_and(|(a, b)| matches!((number(a), number(b)), (Some(a), Some(b)) if a > b));
    match () {
        () if reversed => None,
        () if first >= bytes => Some(Range::Beyond),
        () => Some(Range::Fits(first..=last)),
    }
}

/// The header that names the file. What is no ASCII is encoded, with a name beside it for clients that cannot decode.
fn attachment(name: &str) -> ContentDisposition {
    let plain = name.chars().map(|letter| if letter.is_ascii() { letter } else { '_' }).collect();
    let mut parameters = vec![DispositionParam::Filename(plain)];
    if !name.is_ascii() {
        let value = name.as_bytes().to_owned();
        let charset = Charset::Ext("UTF-8".to_owned());
        parameters.push(DispositionParam::FilenameExt(ExtendedValue { charset, language_tag: None, value }));
    }
    ContentDisposition { disposition: DispositionType::Attachment, parameters }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_protocol_says() {
        let fits = |text: &str, size| match range(text, size) {
            Some(Range::Fits(range)) => Some((*range.start(), *range.end())),
            _ => None,
        };
        assert_eq!(fits("0-0", 10), Some((0, 0)));
        assert_eq!(fits("2-", 10), Some((2, 9)));
        assert_eq!(fits("-3", 10), Some((7, 9)));
        assert_eq!(fits("-30", 10), Some((0, 9)));
        assert_eq!(fits("5-99", 10), Some((5, 9)));
        for beyond in ["10-", "10-12", "-0"] {
            assert!(matches!(range(beyond, 10), Some(Range::Beyond)), "{beyond}");
        }
        assert!(matches!(range("-5", 0), Some(Range::Beyond)));
        for none in ["", "-", "a-b", "5-2", "+1-2", "1"] {
            assert!(range(none, 10).is_none(), "{none}");
        }
    }
}
