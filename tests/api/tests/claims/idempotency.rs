//! Idempotency keys: a repeated request is carried out once and answered as the first was.
//!
//! Does NOT wait until answers are forgotten.

use loom_api_tests::{Answer, Backend, Client, TestDaemon, on_each_backend};
use serde_json::{Value, json};

on_each_backend! {
    a_repeated_request_is_carried_out_once_and_answered_as_before,
    a_refusal_is_repeated_too,
    a_refusal_that_may_pass_is_tried_again,
    a_token_is_shown_once_and_created_once,
    only_admins_have_a_document_read_with_a_key,
    of_two_at_once_one_is_carried_out,
    a_key_belongs_to_one_request,
    a_key_belongs_to_whoever_sent_it,
    a_key_means_nothing_where_nothing_changes,
    a_key_of_an_odd_form_is_refused,
    a_key_of_a_stranger_hands_out_nothing,
    a_cookie_is_not_handed_out_twice,
}

const TOKENS: &str = "/auth/tokens/v2";

fn asked(subject: &str) -> Value {
    json!({ "subject": subject, "role": "viewer" })
}

async fn post(client: &Client, path: &str, key: &str, body: &Value) -> Answer {
    Answer::of(client.request("POST", path).header("Idempotency-Key", key).json(body)).await
}

async fn tokens_of(daemon: &TestDaemon, subject: &str) -> usize {
    let tokens = daemon.as_admin().get(TOKENS).await.expect(200).json();
    tokens.as_array().unwrap().iter().filter(|token| token["subject"] == subject).count()
}

async fn a_repeated_request_is_carried_out_once_and_answered_as_before(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let central = json!({ "name": "ccu", "host": "192.0.2.7", "interfaces": [], "enabled": true });
    let first = post(&daemon.as_admin(), "/centrals", "one", &central).await.expect(201);
    assert!(first.headers.get("idempotent-replay").is_none());
    let again = post(&daemon.as_admin(), "/centrals", "one", &central).await.expect(201);
    assert_eq!(again.header("idempotent-replay"), "true");
    assert_eq!((&again.body, again.header("location")), (&first.body, first.header("location")));
    assert_eq!(again.headers.get_all("x-request-id").iter().count(), 1);
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    assert_eq!(again.headers.get_all("content-type").iter().count(), 1);
    let audit = daemon.as_admin().get("/audit?op=central_create").await.json();
    assert_eq!(audit.as_array().unwrap().len(), 1);
}

async fn a_refusal_that_may_pass_is_tried_again(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", "correct horse", "viewer").await;
    let user = json!({ "username": "ada", "password": "battery staple", "role": "viewer" });
    post(&daemon.as_admin(), "/users", "nine", &user).await.problem(409, "conflict");
    daemon.as_admin().delete("/users/ada").await.expect(204);
    let again = post(&daemon.as_admin(), "/users", "nine", &user).await.expect(201);
    assert!(again.headers.get("idempotent-replay").is_none());
    let remove = async || {
        let request = daemon.as_admin().request("DELETE", "/users/bob").header("Idempotency-Key", "nine");
        Answer::of(request).await
    };
    remove().await.problem(404, "not_found");
    daemon.add_user("bob", "correct horse", "viewer").await;
    assert!(remove().await.expect(204).headers.get("idempotent-replay").is_none());
    assert_eq!(remove().await.expect(204).header("idempotent-replay"), "true");
}

async fn a_token_is_shown_once_and_created_once(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let first = post(&daemon.as_admin(), TOKENS, "ten", &asked("ada")).await.expect(201).json();
    for path in [TOKENS, "/%61uth/tokens/v2"] {
        let again = post(&daemon.as_admin(), path, "ten", &asked("ada")).await;
        assert!(!again.text().contains(first["token"].as_str().unwrap()), "{path}");
    }
    let again = post(&daemon.as_admin(), TOKENS, "ten", &asked("ada")).await.problem(409, "conflict");
    let detail = again["detail"].as_str().unwrap();
    assert!(detail.contains("list") && detail.contains("revoke"), "{detail}");
    assert!((1..=2).contains(&tokens_of(&daemon, "ada").await));
}

async fn only_admins_have_a_document_read_with_a_key(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let large = async |client: &Client, path: &str| {
        let body = " ".repeat(2 << 20) + r#"{"sections":{},"centrals":[]}"#;
        let request = client.request("POST", path).header("Idempotency-Key", "eleven");
        Answer::of(request.header("Content-Type", "application/json").body(body)).await.status
    };
    let (admin, viewer) = (daemon.as_admin(), daemon.as_viewer());
    assert_ne!(large(&admin, "/config/import?dry_run=true").await, 413);
    assert_eq!(large(&admin, "/users").await, 413);
    assert_eq!(large(&viewer, "/config/import?dry_run=true").await, 413);
}

async fn a_refusal_is_repeated_too(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let user = json!({ "username": "ada", "password": "correct horse", "role": "queen" });
    post(&daemon.as_admin(), "/users", "two", &user).await.problem(400, "validation");
    let again = post(&daemon.as_admin(), "/users", "two", &user).await;
    assert_eq!(again.header("idempotent-replay"), "true");
    assert_eq!(again.headers.get_all("x-problem-code").iter().count(), 1);
    again.problem(400, "validation");
}

async fn of_two_at_once_one_is_carried_out(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    // Hashing a password takes long enough for the second to come meanwhile.
    let user = json!({ "username": "ada", "password": "correct horse", "role": "viewer" });
    let (one, other) =
        tokio::join!(post(&admin, "/users", "three", &user), post(&admin, "/users", "three", &user));
    let mut answers = [one, other];
    answers.sort_by_key(|answer| answer.status);
    let [first, second] = answers;
    first.expect(201);
    // It came while the first ran, or so late that it was answered already.
    if second.status == 201 {
        assert_eq!(second.header("idempotent-replay"), "true");
    } else {
        let problem = second.problem(409, "conflict");
        assert!(problem["detail"].as_str().unwrap().contains("Idempotency-Key"), "{problem}");
    }
    assert_eq!(post(&admin, "/users", "three", &user).await.expect(201).header("idempotent-replay"), "true");
}

async fn a_key_belongs_to_one_request(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    post(&daemon.as_admin(), TOKENS, "four", &asked("ada")).await.expect(201);
    post(&daemon.as_admin(), TOKENS, "four", &asked("bob")).await.problem(422, "validation");
    let other_query = format!("{TOKENS}?x=1");
    post(&daemon.as_admin(), &other_query, "four", &asked("ada")).await.problem(422, "validation");
    // Another path or method is another request, as clients count keys by them.
    let central = json!({ "name": "ccu", "host": "192.0.2.7", "interfaces": [], "enabled": true });
    post(&daemon.as_admin(), "/centrals", "four", &central).await.expect(201);
    assert_eq!((tokens_of(&daemon, "ada").await, tokens_of(&daemon, "bob").await), (1, 0));
}

async fn a_key_belongs_to_whoever_sent_it(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let (ada, bob) = (daemon.token_of("ada", "admin").await, daemon.token_of("bob", "admin").await);
    let of_ada = post(&ada, TOKENS, "five", &asked("bot")).await.expect(201);
    let of_bob = post(&bob, TOKENS, "five", &asked("bot")).await.expect(201);
    assert!(of_bob.headers.get("idempotent-replay").is_none());
    assert_ne!(of_ada.json()["token"], of_bob.json()["token"]);
    assert_eq!(tokens_of(&daemon, "bot").await, 2);
}

async fn a_key_means_nothing_where_nothing_changes(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for _ in 0..2 {
        let request = daemon.as_admin().request("GET", "/users").header("Idempotency-Key", "six");
        assert!(Answer::of(request).await.expect(200).headers.get("idempotent-replay").is_none());
    }
}

async fn a_key_of_an_odd_form_is_refused(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for key in ["", &"k".repeat(256)] {
        post(&daemon.as_admin(), TOKENS, key, &asked("ada")).await.problem(400, "bad_request");
    }
    post(&daemon.as_admin(), TOKENS, &"k".repeat(255), &asked("ada")).await.expect(201);
    assert_eq!(tokens_of(&daemon, "ada").await, 1);
}

async fn a_key_of_a_stranger_hands_out_nothing(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    post(&daemon.as_admin(), TOKENS, "seven", &asked("ada")).await.expect(201);
    post(&daemon.anonymous(), TOKENS, "seven", &asked("ada")).await.problem(401, "unauthorized");
    // Whose role was taken away does not get the answer of the time before.
    post(&daemon.as_viewer(), TOKENS, "seven", &asked("ada")).await.problem(403, "forbidden");
}

async fn a_cookie_is_not_handed_out_twice(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", "correct horse", "viewer").await;
    let login = json!({ "username": "ada", "password": "correct horse" });
    let client = daemon.token_of("ada", "viewer").await;
    let first = post(&client, "/auth/login", "eight", &login).await.expect(200);
    let again = post(&client, "/auth/login", "eight", &login).await.expect(200);
    assert_eq!(again.header("idempotent-replay"), "true");
    assert!(first.headers.contains_key("set-cookie") && !again.headers.contains_key("set-cookie"));
}
