//! Bodies nobody should send: too large, cut off, no text, too deep, of another shape or kind.
//!
//! Does NOT look at what single fields may hold.

use loom_api_tests::daemon::ADMIN_TOKEN;
use loom_api_tests::{Answer, Backend, TestDaemon, on_each_backend, raw};
use serde_json::json;

on_each_backend! {
    a_body_over_one_mebibyte_is_refused_announced_or_not,
    a_body_of_one_mebibyte_is_read,
    a_body_that_is_cut_off_changes_nothing,
    a_body_that_is_no_json_is_refused_with_the_place,
    a_body_of_another_shape_is_refused_without_repeating_it,
    a_body_of_another_kind_is_refused,
    an_empty_body_is_refused_where_one_is_needed,
    a_body_that_need_not_be_sent_may_be_null,
    a_body_where_none_is_read_does_no_harm,
}

const MEBIBYTE: usize = 1 << 20;
const TOKENS: &str = "/api/v1/auth/tokens/v2";

fn headers(more: &[(&'static str, String)]) -> Vec<(&'static str, String)> {
    let mut headers = vec![("Authorization", format!("Bearer {ADMIN_TOKEN}"))];
    headers.extend(more.iter().cloned());
    headers
}

/// A `POST` of these bytes as JSON by an admin.
async fn post(daemon: &TestDaemon, path: &str, body: Vec<u8>) -> Answer {
    let request = daemon.as_admin().request("POST", path).header("Content-Type", "application/json");
    Answer::of(request.body(body)).await
}

/// A token that would be created, padded to a size by white space.
fn padded(bytes: usize) -> Vec<u8> {
    let mut body = json!({ "subject": "ada", "role": "viewer" }).to_string().into_bytes();
    body.resize(bytes, b' ');
    body
}

async fn created(daemon: &TestDaemon) -> usize {
    let tokens = daemon.as_admin().get("/auth/tokens/v2").await.expect(200).json();
    tokens.as_array().unwrap().iter().filter(|token| token["subject"] == "ada").count()
}

async fn a_body_over_one_mebibyte_is_refused_announced_or_not(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    // Announced: refused before it is sent.
    let announced = headers(&[("Content-Length", (MEBIBYTE + 1).to_string())]);
    let request = raw::request("POST", TOKENS, &announced, b"{");
    raw::exchange(daemon.address(), &request).await.unwrap().problem(413, "bad_request");
    // Not announced: refused when it is too much, also where the whole body has to be known first.
    for key in [None, Some(("Idempotency-Key", "one".to_owned()))] {
        let chunked = Some(("Transfer-Encoding", "chunked".to_owned()));
        let more: Vec<_> = chunked.into_iter().chain(key).collect();
        let mut request = raw::request("POST", TOKENS, &headers(&more), b"");
        let body = padded(MEBIBYTE + 1);
        request.extend(format!("{:x}\r\n", body.len()).bytes());
        request.extend(body);
        request.extend(b"\r\n0\r\n\r\n");
        raw::exchange(daemon.address(), &request).await.unwrap().problem(413, "bad_request");
    }
    // Nobody gets to send more before saying who they are.
    post_anonymous(&daemon, padded(MEBIBYTE + 1)).await;
    assert_eq!(created(&daemon).await, 0);
}

async fn post_anonymous(daemon: &TestDaemon, body: Vec<u8>) {
    let request = raw::request("POST", TOKENS, &[], &body);
    let status = raw::exchange(daemon.address(), &request).await.unwrap().status;
    assert!([401, 413].contains(&status), "{status}");
}

async fn a_body_of_one_mebibyte_is_read(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    post(&daemon, "/auth/tokens/v2", padded(MEBIBYTE)).await.expect(201);
}

async fn a_body_that_is_cut_off_changes_nothing(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let body = padded(100);
    let announced = headers(&[("Content-Length", "200".to_owned())]);
    let answer = raw::cut_short(daemon.address(), &raw::request("POST", TOKENS, &announced, &body)).await;
    assert!(answer.is_none_or(|answer| answer.status == 400));
    let chunked = headers(&[("Transfer-Encoding", "chunked".to_owned())]);
    let mut request = raw::request("POST", TOKENS, &chunked, b"64\r\n");
    request.extend(&body);
    let answer = raw::cut_short(daemon.address(), &request).await;
    assert!(answer.is_none_or(|answer| answer.status == 400));
    post(&daemon, "/auth/tokens/v2", body[..20].to_vec()).await.problem(400, "validation");
    assert_eq!(created(&daemon).await, 0);
}

async fn a_body_that_is_no_json_is_refused_with_the_place(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let deep = [vec![b'['; 10_000], vec![b']'; 10_000]].concat();
    let deep_field = format!(r#"{{"subject":{}"#, "{\"a\":".repeat(10_000)).into_bytes();
    let no_text = b"{\"subject\":\"\xff\xfe\",\"role\":\"viewer\"}".to_vec();
    let lone = br#"{"subject":"\ud800","role":"viewer"}"#.to_vec();
    let twice = br#"{"subject":"ada","role":"viewer"}{}"#.to_vec();
    let bodies = [b"{".to_vec(), b"nul".to_vec(), b"\0".to_vec(), deep, deep_field, no_text, lone, twice];
    for path in ["/auth/tokens/v2", "/users", "/centrals", "/auth/login", "/setup"] {
        for body in &bodies {
            let problem = post(&daemon, path, body.clone()).await;
            let told = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert_eq!(problem.status, 400, "{path} {told}: {}", problem.text());
            problem.problem(400, "validation");
        }
    }
    assert_eq!(created(&daemon).await, 0);
}

async fn a_body_of_another_shape_is_refused_without_repeating_it(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let secret = "hunter2-hunter2";
    for (path, body, told) in [
        ("/users", json!({ "username": "ada", "password": "p", "role": "viewer", "admin": true }), "admin"),
        ("/users", json!({ "username": "ada", "role": "viewer" }), "password"),
        ("/users", json!({ "username": { "a": secret }, "password": "p", "role": "viewer" }), "string"),
        ("/users", json!({ "username": "ada", "password": [secret], "role": "viewer" }), "string"),
        ("/users", json!({ "username": "ada", "password": "p", "role": secret }), "viewer"),
        ("/users", json!([secret]), ""),
        ("/users", json!(["ada", "p", "viewer"]), "object"),
        ("/users", json!(secret), ""),
        ("/auth/login", json!({ "username": "ada", "password": 17_042_006 }), "string"),
        ("/auth/tokens/v2", json!({ "subject": "ada", "role": "viewer", "expires_in_days": secret }), "i64"),
        ("/auth/tokens/v2", json!({ "subject": "ada", "role": "viewer", "expires_in_days": 1.5 }), "i64"),
    ] {
        let answer = daemon.as_admin().post(path, &body).await;
        let text = answer.text();
        let detail = answer.problem(400, "validation")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(told), "{body}: {detail}");
        assert!(!text.contains(secret) && !text.contains("17042006"), "{body}: {text}");
    }
    let twice = br#"{"subject":"ada","subject":"bob","role":"viewer"}"#.to_vec();
    post(&daemon, "/auth/tokens/v2", twice).await.problem(400, "validation");
    assert_eq!(daemon.as_admin().get("/users").await.json(), json!([]));
}

async fn a_body_of_another_kind_is_refused(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let body = json!({ "subject": "ada", "role": "viewer" }).to_string();
    let send = async |kind: &str| {
        let request = daemon.as_admin().request("POST", "/auth/tokens/v2").header("Content-Type", kind);
        Answer::of(request.body(body.clone())).await
    };
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "json"]
    {
        send(kind).await.problem(415, "unsupported");
    }
    for kind in ["application/json", "Application/JSON; charset=utf-8", "application/merge-patch+json"] {
        send(kind).await.expect(201);
    }
    let request = daemon.as_admin().request("POST", "/auth/tokens/v2");
    Answer::of(request.body(body.clone())).await.expect(201);
}

async fn an_empty_body_is_refused_where_one_is_needed(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for (method, path) in [
        ("POST", "/users"),
        ("PATCH", "/users/ada"),
        ("POST", "/auth/tokens/v2"),
        ("POST", "/auth/login"),
        ("POST", "/setup"),
        ("POST", "/centrals"),
        ("PUT", "/config/sections/locale"),
    ] {
        let answer = Answer::of(daemon.as_admin().request(method, path)).await;
        assert_eq!(answer.problem(400, "bad_request")["instance"], format!("/api/v1{path}"));
    }
}

async fn a_body_that_need_not_be_sent_may_be_null(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for body in ["", "null", "{}"] {
        post(&daemon, "/state-backups", body.into()).await.expect(202);
        // Nothing was said, so it cannot be carried out; that is not for want of a body.
        for path in ["/backups", "/backups/nothing/restore", "/centrals/nothing/refresh"] {
            let status = post(&daemon, path, body.into()).await.status;
            assert!([404, 422].contains(&status), "{path} {body}: {status}");
        }
    }
}

async fn a_body_where_none_is_read_does_no_harm(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let request = daemon.as_viewer().request("GET", "/auth/me").body("x".repeat(100));
    Answer::of(request).await.expect(200);
    // The next request on the connection is still understood.
    let answer = Answer::of(daemon.as_admin().request("DELETE", "/users/nobody").body("{\"a\":")).await;
    answer.problem(404, "not_found");
    daemon.as_viewer().get("/auth/me").await.expect(200);
}
