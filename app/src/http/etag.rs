//! Entity tags: which version of an object somebody saw, so that nobody overwrites what they have not seen.
//!
//! Does NOT store versions; a tag is made of what the object carries.

use super::problem::{Code, Problem};
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName};
use jiff::Timestamp;

/// The tag of a version written at an instant.
pub(crate) fn of(version: i64, at: Timestamp) -> String {
    format!("\"{version}-{:x}\"", at.as_microsecond())
}

/// Refuses a change of something else than the caller saw (`If-Match`). `current` is `None` where there is nothing.
pub(crate) fn check(request: &HttpRequest, current: Option<&str>) -> Result<(), Problem> {
    let Some(wanted) = text(request, header::IF_MATCH) else { return Ok(()) };
    let holds = match (wanted.trim(), current) {
        (_, None) => false,
        ("*", Some(_)) => true,
        (wanted, Some(current)) => wanted.split(',').any(|tag| tag.trim() == current),
    };
    if holds {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::PRECONDITION_FAILED,
        Code::Conflict,
        "somebody changed it since it was read; read it again and repeat the change",
    ))
}

/// Whether the caller has this version already (`If-None-Match`).
pub(crate) fn known(request: &HttpRequest, current: &str) -> bool {
    let Some(had) = text(request, header::IF_NONE_MATCH) else { return false };
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    had.trim() == "*" || had.split(',').any(|tag| plain(tag) == current)
}

fn text(request: &HttpRequest, name: HeaderName) -> Option<&str> {
    request.headers().get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn only_the_version_that_was_seen_may_be_changed() {
        let asked = |tags: &str| TestRequest::default().insert_header(("If-Match", tags)).to_http_request();
        for (tags, holds) in
            [("\"1-a\"", true), ("\"0-a\", \"1-a\"", true), ("*", true), ("\"2-a\"", false), ("", false)]
        {
            assert_eq!(check(&asked(tags), Some("\"1-a\"")).is_ok(), holds, "{tags}");
            assert!(check(&asked(tags), None).is_err(), "{tags}");
        }
        assert!(check(&TestRequest::default().to_http_request(), None).is_ok());
    }

    #[test]
    fn who_has_the_version_need_not_get_it_again() {
        let asked =
            |tags: &str| TestRequest::default().insert_header(("If-None-Match", tags)).to_http_request();
        assert!(known(&asked("W/\"1-a\""), "\"1-a\"") && known(&asked("*"), "\"1-a\""));
        assert!(!known(&asked("\"2-a\""), "\"1-a\""));
    }
}
