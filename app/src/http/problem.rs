//! Problems: what a request is answered when it cannot be served (RFC 9457), one type for all routes.
//!
//! Does NOT decide when something is a problem. Causes of failures on our side go to the log, never to the client.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// Header that repeats the code of a problem.
pub(crate) const PROBLEM_CODE: HeaderName = HeaderName::from_static("x-problem-code");
const CONTENT_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");
const TYPE_BASE: &str = "https://openccu-loom.dev/errors/";

/// The kinds of problems clients may tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Validation,
    NotFound,
    Conflict,
    Unauthorized,
    Forbidden,
    Unsupported,
    RateLimited,
    Internal,
    BadRequest,
    ServiceUnready,
}

impl Code {
    /// The word of it, as in `type`, `code` and `X-Problem-Code`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Validation => "validation",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::Unsupported => "unsupported",
            Self::RateLimited => "rate_limited",
            Self::Internal => "internal",
            Self::BadRequest => "bad_request",
            Self::ServiceUnready => "service_unready",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Validation => "Validation failed",
            Self::NotFound => "Not found",
            Self::Conflict => "Conflict",
            Self::Unauthorized => "Not authenticated",
            Self::Forbidden => "Not allowed",
            Self::Unsupported => "Not supported",
            Self::RateLimited => "Too many requests",
            Self::Internal => "Internal error",
            Self::BadRequest => "Bad request",
            Self::ServiceUnready => "Service not ready",
        }
    }
}

/// One field that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct FieldError {
    /// The field, as a dotted path into the body or the name of a parameter.
    pub(crate) field: String,
    /// Why, in words.
    pub(crate) reason: String,
    /// The smallest value allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) min: Option<i64>,
    /// The largest value allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) max: Option<i64>,
}

/// The body of every answer that is no success (`application/problem+json`).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct ProblemBody {
    /// URI of the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// Path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<String>,
    /// The kind as a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The fields that were refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

/// Why a request is not served.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    status: StatusCode,
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    headers: Vec<(HeaderName, HeaderValue)>,
    instance: Option<String>,
}

impl Problem {
    /// A problem of any status. `detail` is shown to the client.
    pub(crate) fn new(status: StatusCode, code: Code, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), headers: Vec::new(), instance: None }
    }

    /// 400: what was sent cannot be understood.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::BadRequest, detail)
    }

    /// 400 with the code `validation`: what was sent is understood and not allowed.
    pub(crate) fn invalid(field: &str, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        let detail = format!("{field}: {reason}");
        Self::new(StatusCode::BAD_REQUEST, Code::Validation, detail).field(field, reason)
    }

    /// 400 with the code `validation` and a reason per field.
    pub(crate) fn not_valid(detail: String, errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(StatusCode::BAD_REQUEST, Code::Validation, detail) }
    }

    /// 422: what was sent is understood and cannot be carried out on what there is.
    pub(crate) fn unprocessable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, Code::Validation, detail)
    }

    /// 401.
    pub(crate) fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, detail)
    }

    /// 403.
    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::Forbidden, detail)
    }

    /// 404: the named object does not exist.
    pub(crate) fn not_found(what: &str, name: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::NotFound, format!("{what} `{name}` does not exist"))
    }

    /// 404 for a name as a client gave it: shortened, and harmless to show.
    pub(crate) fn unknown(what: &str, given: &str) -> Self {
        let shown: String = given.chars().take(80).collect();
        Self::not_found(what, &shown.escape_debug().to_string())
    }

    /// 409.
    pub(crate) fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, Code::Conflict, detail)
    }

    /// 429 with the number of whole seconds to wait.
    pub(crate) fn rate_limited(retry_after_secs: u64) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            Code::RateLimited,
            format!("too many requests; try again in {retry_after_secs} s"),
        )
        .header(header::RETRY_AFTER, HeaderValue::from(retry_after_secs))
    }

    /// 503: something the request needs is not there right now.
    pub(crate) fn unready(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::ServiceUnready, detail)
    }

    /// 500. The cause goes to the log, where the request's id leads to it.
    pub(crate) fn internal(cause: &dyn fmt::Display) -> Self {
        tracing::error!(error = %cause, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Code::Internal,
            "the request failed; the log has the cause under the id in `X-Request-Id`",
        )
    }

    /// Names a field that was refused.
    pub(crate) fn field(mut self, field: &str, reason: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.to_owned(), reason: reason.into(), min: None, max: None });
        self
    }

    /// Adds a header to the answer.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Names the path of the request.
    pub(crate) fn at(mut self, path: &str) -> Self {
        self.instance = Some(path.to_owned());
        self
    }

    /// Gives it another status, where a route's contract has one of its own.
    pub(crate) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The answer.
    pub(crate) fn response(&self) -> HttpResponse<BoxBody> {
        let body = ProblemBody {
            kind: format!("{TYPE_BASE}{}", self.code.as_str()),
            title: self.code.title(),
            status: self.status.as_u16(),
            detail: Some(self.detail.clone()),
            instance: self.instance.clone(),
            code: Some(self.code.as_str()),
            errors: self.errors.clone(),
        };
        let mut builder = HttpResponse::build(self.status);
        builder.insert_header((PROBLEM_CODE, self.code.as_str()));
        for header in &self.headers {
            builder.append_header(header.clone());
        }
        let mut response = builder.json(body);
        response.headers_mut().insert(header::CONTENT_TYPE, CONTENT_TYPE);
        response
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// The answer, and the problem with it: the middleware around all routes knows the path and answers anew.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = self.response();
        response.extensions_mut().insert(self.clone());
        response
    }
}
