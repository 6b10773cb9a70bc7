//! What other sites can make a browser send with its session, or with the password it remembers of Basic: nothing that
//! changes anything, and no WebSocket.
//!
//! Does NOT look at logins.

use loom_api_tests::client::{CSRF_COOKIE, Credential, SESSION_COOKIE};
use loom_api_tests::{Answer, Backend, Session, TestDaemon, on_each_backend};
use serde_json::json;

on_each_backend! {
    a_session_changes_nothing_without_repeating_the_cookie,
    reading_needs_no_repeated_cookie,
    only_sessions_have_to_repeat_it,
    the_check_can_be_switched_off,
    a_page_of_another_origin_opens_no_socket,
    a_page_of_another_origin_changes_nothing_with_what_a_browser_remembers,
}

const PASSWORD: &str = "correct horse";

async fn logged_in(backend: Backend, settings: serde_json::Value) -> (TestDaemon, Session) {
    let daemon = TestDaemon::with(backend, settings).await;
    daemon.add_user("ada", PASSWORD, "admin").await;
    let session = Session::open(&daemon, "ada", PASSWORD).await;
    (daemon, session)
}

/// A token created with these cookies and this header.
async fn create(daemon: &TestDaemon, cookies: String, header: Option<&str>) -> Answer {
    let request = daemon.anonymous().request("POST", "/auth/tokens/v2").header("Cookie", cookies);
    let request = request.json(&json!({ "subject": "bot", "role": "admin" }));
    Answer::of(match header {
        Some(value) => request.header("X-CSRF-Token", value),
        None => request,
    })
    .await
}

async fn a_session_changes_nothing_without_repeating_the_cookie(backend: Backend) {
    let (daemon, session) = logged_in(backend, json!(null)).await;
    let alone = format!("{SESSION_COOKIE}={}", session.id);
    let both = session.cookies();
    let forged = |value: &str| format!("{alone}; {CSRF_COOKIE}={value}");
    let other = Session::open(&daemon, "ada", PASSWORD).await.csrf;
    for (cookies, header) in [
        (&alone, None),
        (&alone, Some(session.csrf.as_str())),
        (&alone, Some("")),
        (&both, None),
        (&both, Some("")),
        (&both, Some("x")),
        (&both, Some(other.as_str())),
        (&both, Some(&session.csrf[1..])),
        (&forged(""), Some("")),
    ] {
        create(&daemon, cookies.clone(), header).await.problem(403, "forbidden");
    }
    for method in ["PUT", "PATCH", "DELETE"] {
        let request = daemon.anonymous().request(method, "/users/ada").header("Cookie", &both);
        Answer::of(request).await.problem(403, "forbidden");
    }
    create(&daemon, both.clone(), Some(&session.csrf)).await.expect(201);
    let tokens = daemon.as_admin().get("/auth/tokens/v2").await.json();
    assert_eq!(tokens.as_array().unwrap().iter().filter(|token| token["subject"] == "bot").count(), 1);
}

async fn reading_needs_no_repeated_cookie(backend: Backend) {
    let (daemon, session) = logged_in(backend, json!(null)).await;
    for method in ["GET", "HEAD"] {
        let cookie = format!("{SESSION_COOKIE}={}", session.id);
        Answer::of(daemon.anonymous().request(method, "/users").header("Cookie", cookie)).await.expect(200);
    }
}

async fn only_sessions_have_to_repeat_it(backend: Backend) {
    let (daemon, _) = logged_in(backend, json!(null)).await;
    let asked = json!({ "subject": "bot", "role": "viewer" });
    daemon.as_admin().post("/auth/tokens/v2", &asked).await.expect(201);
    daemon.basic("ada", PASSWORD).post("/auth/tokens/v2", &asked).await.expect(201);
    // A cookie of a session that is none is no reason to refuse a login.
    let stale = format!("{SESSION_COOKIE}=stale");
    let login = daemon.anonymous().request("POST", "/auth/login").header("Cookie", stale);
    Answer::of(login.json(&json!({ "username": "ada", "password": PASSWORD }))).await.expect(200);
}

async fn the_check_can_be_switched_off(backend: Backend) {
    let off = json!({ "north": { "rest": { "csrf_enabled": false } } });
    let (daemon, session) = logged_in(backend, off).await;
    create(&daemon, format!("{SESSION_COOKIE}={}", session.id), None).await.expect(201);
}

async fn a_page_of_another_origin_opens_no_socket(backend: Backend) {
    let (daemon, session) = logged_in(backend, json!(null)).await;
    let browser = daemon.client(Credential::Session(session));
    let own = format!("http://{}", daemon.address());
    for foreign in ["http://evil.example", "null", "", "http://127.0.0.1", "https://127.0.0.1:1"] {
        assert_eq!(browser.try_listen(&[("Origin", foreign)]).await.err(), Some(403), "{foreign}");
    }
    browser.try_listen(&[("Origin", &own)]).await.unwrap().subscribe(&["#"]).await;
    browser.listen().await.subscribe(&["#"]).await;
    // A program that sends a token sends what it likes.
    let program = daemon.as_viewer();
    program.try_listen(&[("Origin", "http://evil.example")]).await.unwrap().subscribe(&["#"]).await;
}

async fn a_page_of_another_origin_changes_nothing_with_what_a_browser_remembers(backend: Backend) {
    let (daemon, _) = logged_in(backend, json!(null)).await;
    let asked = json!({ "subject": "bot", "role": "admin" });
    let create = |client: loom_api_tests::Client, origin: String| {
        let request = client.request("POST", "/auth/tokens/v2").header("Origin", origin);
        Answer::of(request.json(&asked))
    };
    let own = format!("http://{}", daemon.address());
    for foreign in ["http://evil.example", "null", "http://127.0.0.1"] {
        create(daemon.basic("ada", PASSWORD), foreign.to_owned()).await.problem(403, "forbidden");
    }
    create(daemon.basic("ada", PASSWORD), own).await.expect(201);
    // A token is what a program sends, and no browser by itself.
    create(daemon.as_admin(), "http://evil.example".to_owned()).await.expect(201);
    // A form that names no user is refused as well.
    let setup = daemon.anonymous().request("POST", "/setup").header("Origin", "http://evil.example");
    Answer::of(setup.json(&json!({}))).await.problem(403, "forbidden");
}
