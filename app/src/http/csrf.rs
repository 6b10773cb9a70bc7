//! Protection of cookie sessions against requests other sites make a browser send: a double-submitted value.
//!
//! Applies to sessions only; Basic and Bearer are sent by no browser on its own. Does NOT read form bodies.

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
    if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
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

/// Refuses what a page of another origin makes a browser send: a WebSocket with its session, or a first setup.
pub(crate) fn check_origin(request: &HttpRequest) -> Result<(), Problem> {
    let text = |name| request.headers().get(name).and_then(|value: &header::HeaderValue| value.to_str().ok());
    // Programs that are no browser send no origin.
    let Some(origin) = text(header::ORIGIN) else { return Ok(()) };
    let host = origin.split_once("://").map(|(_, host)| host);
    if host.is_some() && host == text(header::HOST) {
        return Ok(());
    }
    Err(Problem::forbidden(format!("a page of `{}` may not do this", origin.escape_debug())))
}

fn same(a: &str, b: &str) -> bool {
    !a.is_empty() && bool::from(a.as_bytes().ct_eq(b.as_bytes()))
}
