//! Bodies of requests: JSON of a known shape, of at most 1 MiB.
//!
//! Does NOT read uploads. What a body may hold is its type's: unknown fields are refused there.

use super::ApiState;
use super::access::{Authenticated, challenge};
use super::problem::{Code, Problem};
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{self};
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::StreamExt;
use loom_domain::config_document::MAX_DOCUMENT_BYTES;
use serde::de::DeserializeOwned;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// The most bytes a JSON body may have.
pub(crate) const MAX_BODY_BYTES: usize = 1 << 20;
/// The most bytes a body of somebody unknown may have.
const MAX_BYTES_OF_STRANGERS: usize = 16 << 10;

/// How long a client may take to send a body.
const SENT_WITHIN: Duration = Duration::from_secs(25);

/// The JSON body of a request.
pub(crate) struct Body<T>(pub(crate) T);

/// The JSON body of a request that may also have none, or `null`.
pub(crate) struct OptionalBody<T>(pub(crate) Option<T>);

/// The bytes of a JSON document of at most 8 MiB; its reader says what is wrong with it.
pub(crate) struct Document(pub(crate) bytes::Bytes);

type Pending<T> = Pin<Box<dyn Future<Output = Result<T, actix_web::Error>>>>;

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = actix_web::Error;
    type Future = Pending<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload, MAX_BODY_BYTES).await?;
            if bytes.is_empty() {
                return Err(Problem::bad_request("the request has no body; a JSON object is expected").into());
            }
            Ok(Self(parse(&request, &bytes)?))
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for OptionalBody<T> {
    type Error = actix_web::Error;
    type Future = Pending<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload, MAX_BODY_BYTES).await?;
            let none = bytes.is_empty() || serde_json::from_slice::<()>(&bytes).is_ok();
            Ok(Self(if none { None } else { Some(parse(&request, &bytes)?) }))
        })
    }
}

impl FromRequest for Document {
    type Error = actix_web::Error;
    type Future = Pending<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let bytes = read(&request, payload, MAX_DOCUMENT_BYTES).await?;
            check_media_type(&request)?;
            Ok(Self(bytes))
        })
    }
}

/// Reads a body of at most `most` bytes.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: Payload,
    most: usize,
) -> Result<bytes::Bytes, Problem> {
    let too_late = |_| {
        let detail = format!("the body was not sent within {} s", SENT_WITHIN.as_secs());
        Problem::new(StatusCode::REQUEST_TIMEOUT, Code::BadRequest, detail)
    };
    let known = request.extensions().get::<Authenticated>().cloned();
    let most = match &known {
        Some(Authenticated::Known(_)) => most,
        _ => most.min(MAX_BYTES_OF_STRANGERS),
    };
    let body =
        tokio::time::timeout(SENT_WITHIN, gather(request, payload, most)).await.map_err(too_late)??;
    still_known(request).await?;
    Ok(body)
}

/// A body may take its time; who sent it has to be somebody still when it is there.
pub(crate) async fn still_known(request: &HttpRequest) -> Result<(), Problem> {
    let known = request.extensions().get::<Authenticated>().cloned();
    let state = request.app_data::<web::Data<ApiState>>();
    let (Some(state), Some(Authenticated::Known(identity))) = (state, known) else { return Ok(()) };
    if state.accounts.identify.still_valid(&identity).await? {
        return Ok(());
    }
    Err(challenge("this credential was revoked or ran out meanwhile"))
}

async fn gather(request: &HttpRequest, mut payload: Payload, most: usize) -> Result<bytes::Bytes, Problem> {
    let too_large = || {
        Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            Code::BadRequest,
            format!("the body is larger than {most} bytes"),
        )
    };
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > most as u64) {
        return Err(too_large());
    }
    let mut body = web::BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Problem::bad_request(format!("the body ended early: {error}")))?;
        if body.len() + chunk.len() > most {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn parse<T: DeserializeOwned>(request: &HttpRequest, bytes: &[u8]) -> Result<T, Problem> {
    check_media_type(request)?;
    let refused = |detail| Problem::new(StatusCode::BAD_REQUEST, Code::Validation, detail);
    // The parser names places and fields, and of values only such as do not fit their type.
    let value = serde_json::from_slice(bytes).map_err(|error| refused(not_understood(&error)))?;
    // It would also take a list, the values of the fields in their order.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(refused("a JSON object is expected".to_owned()));
    }
    Ok(value)
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    let named = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = named.and_then(|value| value.split(';').next()).map(str::trim);
    let is_json = |kind: &str| {
        kind.eq_ignore_ascii_case("application/json") || kind.to_ascii_lowercase().ends_with("+json")
    };
    match essence {
        // What is not named is taken for what is expected.
        None => Ok(()),
        Some(kind) if is_json(kind) => Ok(()),
        Some(kind) => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Code::Unsupported,
            format!("the body is `{}`; `application/json` is expected", kind.escape_debug()),
        )),
    }
}

/// Words for a body that does not fit. A value of the wrong type is not repeated: it may be a password.
fn not_understood(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data => {
            let words = error.to_string();
            let kept = ["unknown field", "missing field", "duplicate field", "unknown variant"];
            match kept.iter().any(|start| words.starts_with(start)) {
                true => words,
                false => {
                    let expected = words.rsplit_once(", expected ").map_or("another type", |(_, what)| what);
                    let expected = expected.split(" at line").next().unwrap_or(expected);
                    format!("a value has the wrong type, expected {expected}, at {place}")
                }
            }
        }
        _ => format!("the body is not valid JSON at {place}"),
    }
}
