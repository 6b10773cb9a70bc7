//! What a refusal says. Does NOT look at exit codes.

use super::*;

#[test]
fn a_problem_tells_its_detail_and_one_hint() {
    let told = |status, body: &str| Problem::read(status, body.as_bytes()).unwrap().to_string();
    assert_eq!(told(409, r#"{"status": 409, "detail": "busy"}"#), "busy");
    assert!(told(401, r#"{"status": 401, "detail": "who?"}"#).starts_with("who?\nhint: the token"));
    assert_eq!(told(404, r#"{"status": 404, "detail": "none\nhint: do"}"#), "none\nhint: do");
    assert_eq!(told(418, r#"{"status": 418}"#), "the daemon answered with status 418");
    assert_eq!(Problem::read(502, b"<html>"), None);
}

#[test]
fn only_an_upload_lists_damages() {
    let body = br#"{"status": 422, "detail": "no", "errors": [{"field": "empty", "reason": "it is empty"}]}"#;
    let problem = Problem::read(422, body).unwrap();
    assert!(!problem.is_damage() && problem.to_string() == "no");
    let DaemonError::Problem(problem) = DaemonError::Problem(Box::new(problem)).of_upload() else {
        panic!("another kind");
    };
    assert!(problem.is_damage() && problem.to_string() == "no\nit is empty");
}
