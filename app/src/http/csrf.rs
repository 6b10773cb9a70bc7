//! Protection against requests that other sites make a browser send: their origin, and a double-submitted value.
//!
//! A browser adds session cookies by itself, and the user and password of Basic once somebody typed them. The origin is
//! checked of every change and every WebSocket, the value of changes with a session. Does NOT read form bodies.

use super::problem::Problem;
use actix_web::HttpRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderName};
use subtle::ConstantTimeEq;

/// Cookie with the value a page has to repeat; scripts may read it.
pub(crate) const CSRF_COOKIE: &str = "openccu_loom_csrf";
/// Header in which it is repeated.
pub(crate) const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf-token");

/// Refuses a state-changing request that does not repeat the cookie's value.
pub(crate) fn check(request: &HttpRequest) -> Result<(), Problem> {
    if reads(request) {
        return Ok(());
    }
    let cookie = request.cookie(CSRF_COOKIE);
    let repeated = request.headers().get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    match (&cookie, repeated) {
        (Some(cookie), Some(repeated)) if same(cookie.value(), repeated) => Ok(()),
        _ => Err(Problem::forbidden(format!(
            "the cookie `{CSRF_COOKIE}` has to be repeated in the header `X-CSRF-Token`"
        ))),
    }
}

/// Refuses a change that a page of another origin makes a browser send.
pub(crate) fn check_origin_of_change(request: &HttpRequest) -> Result<(), Problem> {
    if reads(request) { Ok(()) } else { check_origin(request) }
}

/// Refuses what a page of another origin makes a browser send. Behind a proxy, `Host` has to be what the browser sent.
pub(crate) fn check_origin(request: &HttpRequest) -> Result<(), Problem> {
    let text = |name| request.headers().get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    // Programs that are no browser send no origin, and no browser adds a token by itself.
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    if text(header::AUTHORIZATION)
        .is_some_and(|credential| credential.to_ascii_lowercase().starts_with("bearer "))
    {
        return Ok(());
    }
    let host = origin.split_once("://").map(|(_, host)| host);
    if host.is_some() && host == text(header::HOST) {
        return Ok(());
    }
    Err(Problem::forbidden(format!("a page of `{}` may not do this", origin.escape_debug())))
}

fn reads(request: &HttpRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
}

fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && bool::from(a.as_bytes().ct_eq(b.as_bytes()))
}
