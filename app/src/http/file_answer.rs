//! Stored files as answers: all of one or a range of it, as a stream that stays flat in memory.
//!
//! Does NOT find or open files. One range at a time; a request for several gets all of it.

use super::etag;
use super::problem::{Code, Problem};
use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue, HeaderValue,
};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use loom_domain::ports::Content;
use std::ops::RangeInclusive;

/// A stored file that is asked for.
pub(super) struct FileAnswer<'a> {
    /// Word for it in problems.
    pub(super) what: &'static str,
    /// Name to save it under.
    pub(super) name: &'a str,
    /// Names its bytes, without quotes.
    pub(super) tag: &'a str,
    /// Its size.
    pub(super) bytes: u64,
}

/// Which bytes are wanted.
pub(super) struct WantedBytes {
    range: Option<RangeInclusive<u64>>,
    bytes: u64,
}

impl WantedBytes {
    /// The first byte.
    pub(super) fn offset(&self) -> u64 {
        self.range.as_ref().map_or(0, |range| *range.start())
    }

    /// How many.
    pub(super) fn length(&self) -> u64 {
        self.range.as_ref().map_or(self.bytes, |range| range.end() - range.start() + 1)
    }
}

impl FileAnswer<'_> {
    /// Which bytes of it are wanted; `None` if the caller has them already.
    pub(super) fn wanted(&self, request: &HttpRequest) -> Result<Option<WantedBytes>, Problem> {
        if etag::known(request, &self.etag()) {
            return Ok(None);
        }
        Ok(Some(WantedBytes { range: self.range(request)?, bytes: self.bytes }))
    }

    /// 304.
    pub(super) fn not_modified(&self) -> HttpResponse {
        HttpResponse::NotModified().insert_header((header::ETAG, self.etag())).finish()
    }

    /// 200 with all of it, or 206 with a range; `content` gives exactly those bytes.
    pub(super) fn answer(
        &self,
        wanted: &WantedBytes,
        media_type: &'static str,
        content: Box<dyn Content>,
    ) -> HttpResponse {
        let mut answer = match &wanted.range {
            None => HttpResponse::Ok(),
            Some(range) => {
                let mut answer = HttpResponse::PartialContent();
                let told = format!("bytes {}-{}/{}", range.start(), range.end(), self.bytes);
                answer.insert_header((header::CONTENT_RANGE, told));
                answer
            }
        };
        answer
            .insert_header((header::ETAG, self.etag()))
            .insert_header((header::ACCEPT_RANGES, "bytes"))
            .insert_header((header::CONTENT_TYPE, media_type))
            .insert_header(attachment(self.name))
            .body(SizedStream::new(wanted.length(), chunks(content)))
    }

    fn etag(&self) -> String {
        format!("\"{}\"", self.tag)
    }

    /// The range asked for; `None` means all of it.
    fn range(&self, request: &HttpRequest) -> Result<Option<RangeInclusive<u64>>, Problem> {
        let text = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let Some(ranges) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else {
            return Ok(None);
        };
        if text(header::IF_RANGE).is_some_and(|had| had != self.etag()) || ranges.contains(',') {
            return Ok(None);
        }
        match range(ranges.trim(), self.bytes) {
            Some(Range::Fits(range)) => Ok(Some(range)),
            // What is no range is passed over, as the protocol wants it.
            None => Ok(None),
            Some(Range::Beyond) => {
                let told = HeaderValue::from_str(&format!("bytes */{}", self.bytes));
                let detail = format!("the {} has {} bytes", self.what, self.bytes);
                let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, Code::BadRequest, detail);
                Err(match told {
                    Ok(told) => problem.header(header::CONTENT_RANGE, told),
                    Err(_) => problem,
                })
            }
        }
    }
}

/// The chunks of a content. An error ends the connection: half a file must not look like a whole one.
fn chunks(
    content: Box<dyn Content>,
) -> impl futures_util::Stream<Item = Result<bytes::Bytes, actix_web::Error>> {
    stream::try_unfold(content, |mut content| async move {
        match content.next_chunk().await {
            Ok(chunk) => Ok(chunk.map(|chunk| (chunk, content))),
            Err(error) => {
                tracing::error!(%error, "a download was cut off");
                Err(actix_web::error::ErrorInternalServerError("the file cannot be read"))
            }
        }
    })
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
