//! Logins, their cookies, and what ends a session; a user's own password.
//!
//! Does NOT look at guessing (`throttle`) or forged requests (`forgery`).

use loom_adapter_sqlite::SqliteStateStore;
use loom_api_tests::client::{CSRF_COOKIE, Credential, SESSION_COOKIE};
use loom_api_tests::{Backend, Client, Session, TestDaemon, on_each_backend};
use loom_domain::account::{Role, Subject, User};
use loom_domain::ports::Users;
use loom_domain::secret::SecretText;
use serde_json::json;
use std::path::Path;

on_each_backend! {
    a_login_sets_two_cookies_a_browser_keeps_to_itself,
    cookies_are_for_tls_only_where_the_operator_says_so,
    nobody_logs_in_with_a_wrong_name_or_password,
    a_logout_ends_this_session_and_clears_its_cookies,
    an_explicit_header_wins_over_the_cookie,
    the_same_account_comes_in_by_each_scheme,
    ones_own_password_is_changed_with_the_current_one,
    a_token_without_a_user_has_no_password_to_change,
}

const PASSWORD: &str = "correct horse";

async fn session_of(daemon: &TestDaemon, name: &str) -> (Session, Client) {
    let session = Session::open(daemon, name, PASSWORD).await;
    (session.clone(), daemon.client(Credential::Session(session)))
}

async fn a_login_sets_two_cookies_a_browser_keeps_to_itself(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "operator").await;
    let asked = json!({ "username": " ADA ", "password": PASSWORD });
    let answer = daemon.anonymous().post("/auth/login", &asked).await.expect(200);
    assert_eq!(answer.json(), json!({ "subject": "ada", "role": "operator", "scheme": "session" }));
    assert_eq!(answer.header("cache-control"), "no-store");
    let session = answer.set_cookie(SESSION_COOKIE).unwrap();
    let csrf = answer.set_cookie(CSRF_COOKIE).unwrap();
    for (cookie, http_only) in [(session, true), (csrf, false)] {
        let attributes: Vec<_> = cookie.split("; ").skip(1).collect();
        assert!(attributes.contains(&"SameSite=Lax") && attributes.contains(&"Path=/"), "{cookie}");
        assert_eq!(attributes.contains(&"HttpOnly"), http_only, "{cookie}");
        assert!(!attributes.contains(&"Secure"), "{cookie}");
    }
    for value in [answer.cookie(SESSION_COOKIE), answer.cookie(CSRF_COOKIE)] {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        assert!(value.len() == 43 && value.bytes().all(plain), "{value}");
    }
    let again = daemon.anonymous().post("/auth/login", &asked).await.expect(200);
    assert_ne!(again.cookie(SESSION_COOKIE), answer.cookie(SESSION_COOKIE));
    assert_ne!(again.cookie(CSRF_COOKIE), answer.cookie(CSRF_COOKIE));
}

async fn cookies_are_for_tls_only_where_the_operator_says_so(backend: Backend) {
    let daemon = TestDaemon::with(backend, json!({ "north": { "rest": { "csrf_secure": true } } })).await;
    daemon.add_user("ada", PASSWORD, "viewer").await;
    let asked = json!({ "username": "ada", "password": PASSWORD });
    let answer = daemon.anonymous().post("/auth/login", &asked).await.expect(200);
    for name in [SESSION_COOKIE, CSRF_COOKIE] {
        assert!(answer.set_cookie(name).unwrap().split("; ").any(|word| word == "Secure"));
    }
}

async fn nobody_logs_in_with_a_wrong_name_or_password(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "viewer").await;
    let mut details = Vec::new();
    for (username, password) in [("ada", "wrong"), ("nobody", PASSWORD), ("", ""), ("a=b", PASSWORD)] {
        let asked = json!({ "username": username, "password": password });
        let answer = daemon.anonymous().post("/auth/login", &asked).await;
        assert!(answer.set_cookie(SESSION_COOKIE).is_none());
        details.push(answer.problem(401, "unauthorized")["detail"].clone());
    }
    details.dedup();
    assert_eq!(details.len(), 1, "a guesser learns something: {details:?}");
}

async fn a_logout_ends_this_session_and_clears_its_cookies(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "viewer").await;
    let (session, client) = session_of(&daemon, "ada").await;
    let (_, other) = session_of(&daemon, "ada").await;
    let (mut socket, mut of_other) = (client.listen().await, other.listen().await);
    let answer = client.post("/auth/logout", &json!({})).await.expect(204);
    for name in [SESSION_COOKIE, CSRF_COOKIE] {
        assert_eq!(answer.cookie(name), "");
        assert!(answer.set_cookie(name).unwrap().contains("Max-Age=0"));
    }
    client.get("/auth/me").await.problem(401, "unauthorized");
    assert_eq!(socket.end().await.map(|(code, _)| code), Some(1008));
    other.get("/auth/me").await.expect(200);
    of_other.subscribe(&["centrals/#"]).await;
    // Who is logged out already is logged out.
    let stale = daemon.client(Credential::Session(session));
    stale.post("/auth/logout", &json!({})).await.expect(204);
    daemon.anonymous().post("/auth/logout", &json!({})).await.expect(204);
}

async fn an_explicit_header_wins_over_the_cookie(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "admin").await;
    let (session, _) = session_of(&daemon, "ada").await;
    let viewer = daemon.as_viewer().request("GET", "/users").header("Cookie", session.cookies());
    loom_api_tests::Answer::of(viewer).await.problem(403, "forbidden");
    let stranger = daemon.bearer("unknown").request("GET", "/users").header("Cookie", session.cookies());
    loom_api_tests::Answer::of(stranger).await.problem(401, "unauthorized");
}

async fn the_same_account_comes_in_by_each_scheme(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "operator").await;
    let (_, session) = session_of(&daemon, "ada").await;
    let (bearer, basic) = (daemon.token_of("ada", "operator").await, daemon.basic("Ada", PASSWORD));
    for (scheme, client) in [("session", session), ("bearer", bearer), ("basic", basic)] {
        let me = client.get("/auth/me").await.expect(200).json();
        assert_eq!(me, json!({ "subject": "ada", "role": "operator", "scheme": scheme }));
    }
    let spelled =
        daemon.client(Credential::Header(format!("bearer {}", loom_api_tests::daemon::VIEWER_TOKEN)));
    spelled.get("/auth/me").await.expect(200);
}

async fn ones_own_password_is_changed_with_the_current_one(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "viewer").await;
    let (before, this) = session_of(&daemon, "ada").await;
    let (_, other) = session_of(&daemon, "ada").await;
    let token = daemon.token_of("ada", "viewer").await;
    let mut socket = other.listen().await;
    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    this.patch("/auth/me/password", &change("wrong", "battery staple")).await.problem(403, "forbidden");
    this.patch("/auth/me/password", &change(PASSWORD, "1234567")).await.problem(400, "validation");
    let answer = this.patch("/auth/me/password", &change(PASSWORD, "battery staple")).await.expect(204);
    // A cookie somebody has copied does not outlive the change, not even the own one.
    this.get("/auth/me").await.problem(401, "unauthorized");
    let fresh = Session { id: answer.cookie(SESSION_COOKIE), csrf: before.csrf };
    daemon.client(Credential::Session(fresh)).get("/auth/me").await.expect(200);
    other.get("/auth/me").await.problem(401, "unauthorized");
    assert_eq!(socket.end().await.map(|(code, _)| code), Some(1008));
    token.get("/auth/me").await.expect(200);
    daemon.basic("ada", PASSWORD).get("/auth/me").await.problem(401, "unauthorized");
    daemon.basic("ada", "battery staple").get("/auth/me").await.expect(200);
}

async fn a_token_without_a_user_has_no_password_to_change(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let change = json!({ "current_password": PASSWORD, "new_password": PASSWORD });
    daemon.as_admin().patch("/auth/me/password", &change).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_session_survives_a_restart_and_a_revoked_one_does_not() {
    let mut daemon = TestDaemon::start(Backend::Sqlite).await;
    daemon.add_user("ada", PASSWORD, "operator").await;
    let (session, _) = session_of(&daemon, "ada").await;
    let (ended, client) = session_of(&daemon, "ada").await;
    client.post("/auth/logout", &json!({})).await.expect(204);
    daemon.stop().await;
    daemon.start_again().await;
    let me = daemon.client(Credential::Session(session)).get("/auth/me").await.expect(200).json();
    assert_eq!(me, json!({ "subject": "ada", "role": "operator", "scheme": "session" }));
    daemon.client(Credential::Session(ended)).get("/auth/me").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_bcrypt_hash_of_another_daemon_logs_in_once_and_is_argon2id_afterwards() {
    let stored = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
    let ada = Subject::parse("ada").unwrap();
    let plant = async |data_dir: &Path| {
        let at = "2024-05-06T07:08:09Z".parse().unwrap();
        let user = User {
            subject: ada.clone(),
            password_hash: SecretText::new(stored),
            role: Role::Admin,
            created_at: at,
            updated_at: at,
            last_seen_at: None,
        };
        open(data_dir).create_user(&user).await.unwrap();
    };
    let mut daemon = TestDaemon::prepared(Backend::Sqlite, json!(null), plant).await;
    daemon.basic("ada", "wrong").get("/auth/me").await.problem(401, "unauthorized");
    daemon.basic("ada", PASSWORD).get("/auth/me").await.expect(200);
    Session::open(&daemon, "ada", PASSWORD).await;
    let data_dir = daemon.data_dir();
    daemon.stop().await;
    let user = open(&data_dir).find_user(&ada).await.unwrap().unwrap();
    let hash = user.password_hash.reveal();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", &hash[..12]);
    assert_eq!((user.role, user.updated_at.to_string().as_str()), (Role::Admin, "2024-05-06T07:08:09Z"));
    daemon.start_again().await;
    Session::open(&daemon, "ada", PASSWORD).await;
}

#[tokio::test]
async fn no_password_token_or_session_is_at_rest_in_clear() {
    let mut daemon = TestDaemon::start(Backend::Sqlite).await;
    daemon.add_user("ada", PASSWORD, "admin").await;
    let (session, _) = session_of(&daemon, "ada").await;
    let asked = json!({ "subject": "ada", "role": "admin" });
    let created = daemon.as_admin().post("/auth/tokens/v2", &asked).await.expect(201).json();
    daemon.basic("ada", PASSWORD).get("/auth/me").await.expect(200);
    let token = created["token"].as_str().unwrap();
    let clear = |daemon: &TestDaemon, secret: &str| {
        daemon.bytes_at_rest().windows(secret.len()).any(|part| part == secret.as_bytes())
    };
    let secrets = [PASSWORD, token, &session.id, loom_api_tests::daemon::ADMIN_TOKEN];
    for state in ["running", "stopped"] {
        if state == "stopped" {
            daemon.stop().await;
        }
        // What is there proves that the search finds something.
        assert!(clear(&daemon, created["fingerprint"].as_str().unwrap()));
        for secret in secrets {
            assert!(!clear(&daemon, secret), "{state}: `{secret}` is in the data dir");
        }
    }
}

fn open(data_dir: &Path) -> SqliteStateStore {
    SqliteStateStore::open(&data_dir.join("openccu-loom.db")).unwrap()
}
