//! API tokens as admins manage them.
//!
//! Does NOT look at what a user's change does to tokens (`users`).

use loom_api_tests::{Backend, TestDaemon, on_each_backend, raw};
use serde_json::json;

on_each_backend! {
    a_token_is_shown_once_and_named_by_its_digest,
    a_token_ends_when_it_was_to_end,
    a_revoked_token_ends_at_once_with_its_sockets,
    what_is_no_token_is_not_found,
    a_request_whose_credential_ends_before_its_body_does_nothing,
}

async fn a_token_is_shown_once_and_named_by_its_digest(backend: Backend) {
    use sha2::{Digest, Sha256};
    let daemon = TestDaemon::start(backend).await;
    let asked = json!({ "subject": " HomeAssistant ", "role": "operator" });
    let answer = daemon.as_admin().post("/auth/tokens/v2", &asked).await.expect(201);
    let created = answer.json();
    let token = created["token"].as_str().unwrap();
    let digest = loom_domain::archive::hex(&Sha256::digest(token));
    assert_eq!((token.len(), &created["fingerprint"]), (43, &json!(digest[..12])));
    assert_eq!(created["subject"], "homeassistant");
    assert!(created.get("expires_at").is_none());
    let place = answer.header("location").strip_prefix("/api/v1").unwrap();
    let shown = daemon.as_admin().get(place).await.expect(200);
    assert!(!shown.text().contains(token));
    assert!(!daemon.as_admin().get("/auth/tokens/v2").await.text().contains(token));
    let me = daemon.bearer(token).get("/auth/me").await.expect(200).json();
    assert_eq!(me, json!({ "subject": "homeassistant", "role": "operator", "scheme": "bearer" }));
}

async fn a_token_ends_when_it_was_to_end(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let create = async |days: i64| {
        let asked = json!({ "subject": "ada", "role": "viewer", "expires_in_days": days });
        daemon.as_admin().post("/auth/tokens/v2", &asked).await
    };
    for never in [0, -1, i64::MIN] {
        assert!(create(never).await.expect(201).json().get("expires_at").is_none(), "{never}");
    }
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let before = now();
    let end: String = create(1).await.expect(201).json()["expires_at"].as_str().unwrap().to_owned();
    let end = u64::try_from(end.parse::<jiff::Timestamp>().unwrap().as_second()).unwrap();
    // Whole seconds, rounded either way.
    assert!((before - 1 + 86_400..=now() + 1 + 86_400).contains(&end), "{end}");
    for beyond in [i64::MAX, 10_000_000] {
        let problem = create(beyond).await.problem(400, "validation");
        assert_eq!(problem["errors"][0]["field"], "expires_in_days");
    }
}

async fn a_revoked_token_ends_at_once_with_its_sockets(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let (ended, kept) = (daemon.token_of("ada", "viewer").await, daemon.token_of("bob", "viewer").await);
    let (mut of_ended, mut of_kept) = (ended.listen().await, kept.listen().await);
    of_ended.subscribe(&["#"]).await;
    let tokens = daemon.as_admin().get("/auth/tokens/v2").await.json();
    let ada = tokens.as_array().unwrap().iter().find(|token| token["subject"] == "ada").unwrap();
    let path = format!("/auth/tokens/v2/{}", ada["fingerprint"].as_str().unwrap());
    daemon.as_admin().delete(&path).await.expect(204);
    ended.get("/auth/me").await.problem(401, "unauthorized");
    assert_eq!(of_ended.end().await.map(|(code, _)| code), Some(1008));
    assert_eq!(ended.try_listen(&[]).await.err(), Some(401));
    kept.get("/auth/me").await.expect(200);
    of_kept.subscribe(&["#"]).await;
    daemon.as_admin().delete(&path).await.problem(404, "not_found");
}

async fn what_is_no_token_is_not_found(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for name in ["000000000000", "nothing", "%00", "..%2f", "ABCDEF"] {
        let path = format!("/auth/tokens/v2/{name}");
        daemon.as_admin().get(&path).await.problem(404, "not_found");
        daemon.as_admin().delete(&path).await.problem(404, "not_found");
    }
    for (subject, role) in [("", "viewer"), ("a=b", "viewer"), ("ada", "root"), ("ada", "Admin")] {
        let asked = json!({ "subject": subject, "role": role });
        daemon.as_admin().post("/auth/tokens/v2", &asked).await.problem(400, "validation");
    }
}

/// The body's last byte is sent after the token was revoked.
async fn a_request_whose_credential_ends_before_its_body_does_nothing(backend: Backend) {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let daemon = TestDaemon::start(backend).await;
    let asked = json!({ "subject": "fired", "role": "admin" });
    let created = daemon.as_admin().post("/auth/tokens/v2", &asked).await.expect(201).json();
    let (token, fingerprint) = (created["token"].as_str().unwrap(), created["fingerprint"].as_str().unwrap());
    let body = json!({ "username": "back-door", "password": "long enough", "role": "admin" }).to_string();
    let headers = [
        ("Authorization", format!("Bearer {token}")),
        ("Content-Type", "application/json".to_owned()),
        ("Content-Length", body.len().to_string()),
    ];
    let request = raw::request("POST", "/api/v1/users", &headers, body.as_bytes());
    let (most, last) = request.split_at(request.len() - 1);
    let mut stream = tokio::net::TcpStream::connect(daemon.address()).await.unwrap();
    stream.write_all(most).await.unwrap();
    // The daemon has the head once the figures count the request as one that is being handled.
    let under_way = async || {
        let figures = daemon.as_admin().get("/metrics").await.text();
        figures.lines().any(|line| line == "openccu_loom_http_requests_in_flight 2")
    };
    while !under_way().await {
        tokio::task::yield_now().await;
    }
    daemon.as_admin().delete(&format!("/auth/tokens/v2/{fingerprint}")).await.expect(204);
    stream.write_all(last).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(!daemon.as_admin().get("/users").await.text().contains("back-door"));
}
