//! Every route: who may call it, what it says to a wrong credential or method, and that it answers no stranger.
//!
//! Does NOT look at what a route does for those who may.

use loom_api_tests::client::Credential;
use loom_api_tests::{Answer, Backend, Client, TestDaemon, on_each_backend};
use loom_app::http::{ListedRoute, list_routes, list_undescribed_routes};
use loom_domain::account::{Role, Session, Subject, Token};
use loom_domain::credential::CredentialDigest;
use loom_domain::ports::{Sessions, Tokens};
use loom_domain::secret::SecretText;
use serde_json::json;
use std::path::Path;

on_each_backend! {
    a_stranger_is_asked_to_log_in,
    a_credential_that_opens_nothing_is_as_good_as_none,
    a_wrong_password_is_as_good_as_none,
    viewers_and_operators_are_kept_from_what_is_for_admins,
    an_admin_is_kept_from_nothing,
    public_routes_ask_nobody_who_they_are,
    a_path_that_is_no_route_is_not_found,
    a_method_a_path_does_not_have_is_refused_with_those_it_has,
}

/// A path of the route in which every name stands for nothing that exists.
fn path(route: &ListedRoute) -> String {
    let mut words: Vec<&str> = route.path.split('/').collect();
    for word in &mut words {
        if word.starts_with('{') {
            *word = "nobody-has-this-name";
        }
    }
    words.join("/")
}

fn routes() -> Vec<ListedRoute> {
    let mut routes = list_routes();
    assert!(routes.len() > 20, "only {} routes", routes.len());
    routes.extend(list_undescribed_routes());
    routes
}

fn closed() -> Vec<ListedRoute> {
    routes().into_iter().filter(|route| route.role.is_some()).collect()
}

async fn call(client: &Client, route: &ListedRoute) -> Answer {
    let request = client.outside(&route.method, &path(route));
    Answer::of(if route.method == "GET" { request } else { request.json(&json!({})) }).await
}

async fn a_stranger_is_asked_to_log_in(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for route in closed() {
        let answer = call(&daemon.anonymous(), &route).await;
        assert!(answer.header("www-authenticate").starts_with("Basic realm=\"openccu-loom\""), "{route:?}");
        answer.problem(401, "unauthorized");
    }
}

async fn a_credential_that_opens_nothing_is_as_good_as_none(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let revoked = daemon.token_of("gone", "admin").await;
    let tokens = daemon.as_admin().get("/auth/tokens/v2").await.expect(200).json();
    let gone = tokens.as_array().unwrap().iter().find(|token| token["subject"] == "gone").unwrap();
    let fingerprint = gone["fingerprint"].as_str().unwrap();
    daemon.as_admin().delete(&format!("/auth/tokens/v2/{fingerprint}")).await.expect(204);

    let other = TestDaemon::start(backend).await;
    other.add_user("ada", "correct horse", "admin").await;
    let foreign_session = loom_api_tests::Session::open(&other, "ada", "correct horse").await;
    let foreign_token = other.token_of("ada", "admin").await.headers().remove(0).1;

    let header = |words: &str| daemon.client(Credential::Header(words.to_owned()));
    let strangers = [
        ("a revoked token", revoked),
        ("a token of another daemon", header(&foreign_token)),
        ("a session of another daemon", daemon.client(Credential::Session(foreign_session))),
        ("an unknown token", daemon.bearer("unknown")),
        ("an empty token", header("Bearer ")),
        ("another scheme", header("Negotiate abc")),
        ("no scheme", header("abc")),
        ("no base64", header("Basic !!!")),
        ("no colon", header("Basic YWJj")),
    ];
    for (what, stranger) in strangers {
        for route in closed() {
            let answer = call(&stranger, &route).await;
            assert_eq!(answer.status, 401, "{what}: {route:?}");
            answer.problem(401, "unauthorized");
        }
    }
}

async fn a_wrong_password_is_as_good_as_none(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", "correct horse", "admin").await;
    // Five guesses an address, or the throttle answers instead.
    for (address, routes) in (2..).zip(closed().chunks(5)) {
        for (route, user) in routes.iter().zip(["ada", "nobody"].into_iter().cycle()) {
            let answer = call(&daemon.basic(user, "battery staple").from_address(address), route).await;
            answer.problem(401, "unauthorized");
        }
    }
}

async fn viewers_and_operators_are_kept_from_what_is_for_admins(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for route in closed() {
        for (caller, client) in [("viewer", daemon.as_viewer()), ("operator", daemon.as_operator())] {
            let answer = call(&client, &route).await;
            let kept_out = match route.role {
                Some("admin") => true,
                Some("operator") => caller == "viewer",
                _ => false,
            };
            assert_eq!(answer.status == 403, kept_out, "{caller}: {route:?}: {}", answer.text());
            if kept_out {
                let problem = answer.problem(403, "forbidden");
                let detail = problem["detail"].as_str().unwrap();
                assert!(detail.contains(caller) && detail.contains(route.role.unwrap()), "{detail}");
            }
        }
    }
}

async fn an_admin_is_kept_from_nothing(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for route in closed() {
        // It ends the run of whoever changes their own password, and the token has none.
        if route.path.ends_with("/auth/me/password") {
            continue;
        }
        let answer = call(&daemon.as_admin(), &route).await;
        assert!(![401, 403].contains(&answer.status), "{route:?}: {}", answer.text());
        assert!(answer.status < 500, "{route:?}: {}", answer.text());
    }
}

async fn public_routes_ask_nobody_who_they_are(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let public: Vec<_> = routes().into_iter().filter(|route| route.role.is_none()).collect();
    let mut names: Vec<_> = public.iter().map(|route| format!("{} {}", route.method, route.path)).collect();
    names.sort();
    // This list is read by whoever reviews a new public route.
    let known = [
        "GET /api/v1/auth/me",
        "GET /api/v1/health",
        "GET /api/v1/info",
        "GET /api/v1/openapi.json",
        "GET /api/v1/setup/status",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/logout",
        "POST /api/v1/setup",
    ];
    assert_eq!(names, known);
    for route in public.iter().filter(|route| !route.path.ends_with("/auth/me")) {
        for client in [daemon.anonymous(), daemon.bearer("unknown")] {
            let answer = call(&client, route).await;
            assert!(![401, 403].contains(&answer.status), "{route:?}: {}", answer.text());
        }
    }
    let page = daemon.anonymous().get("/docs/").await;
    assert!(![401, 403].contains(&page.status), "the page to try the API: {}", page.status);
}

async fn a_path_that_is_no_route_is_not_found(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for client in [daemon.anonymous(), daemon.as_admin()] {
        for path in
            ["/", "/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/info", "/api/v1/users/a/b", "/info"]
        {
            let problem = Answer::of(client.outside("GET", path)).await.problem(404, "not_found");
            assert_eq!(problem["detail"], "Route not found", "{path}");
        }
    }
}

async fn a_method_a_path_does_not_have_is_refused_with_those_it_has(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let mut paths: Vec<_> = routes().iter().map(|route| (route.path.clone(), path(route))).collect();
    paths.sort();
    paths.dedup();
    for (template, path) in paths {
        let answer = Answer::of(daemon.as_admin().outside("TRACE", &path)).await;
        let mut allowed: Vec<_> = answer.header("allow").split(", ").map(str::to_owned).collect();
        allowed.sort();
        let there = routes().into_iter().filter(|route| route.path == template).map(|route| route.method);
        let mut there: Vec<_> = there.collect();
        if there.is_empty() {
            there.push("GET".to_owned());
        }
        if there.contains(&"GET".to_owned()) {
            there.push("HEAD".to_owned());
        }
        there.sort();
        assert_eq!(allowed, there, "{template}");
        answer.problem(405, "bad_request");
    }
}

#[tokio::test]
async fn an_expired_token_or_session_is_as_good_as_none() {
    let (token, cookie) = ("expired-token", "expired-session");
    let plant = async |data_dir: &Path| {
        let store = loom_adapter_sqlite::SqliteStateStore::open(&data_dir.join("openccu-loom.db")).unwrap();
        let (begin, end) = ("2020-01-01T00:00:00Z".parse().unwrap(), "2020-01-02T00:00:00Z".parse().unwrap());
        let digest = CredentialDigest::of(&SecretText::new(token));
        let expired = Token {
            fingerprint: digest.fingerprint().to_owned(),
            token_hash: digest.as_str().to_owned(),
            subject: Subject::parse("ada").unwrap(),
            role: Role::Admin,
            created_at: begin,
            last_seen_at: None,
            expires_at: Some(end),
        };
        store.create_token(&expired).await.unwrap();
        let expired = Session {
            id: SecretText::new(CredentialDigest::of(&SecretText::new(cookie)).as_str()),
            subject: Subject::parse("ada").unwrap(),
            scheme: "session".to_owned(),
            role: Role::Admin,
            token_id: None,
            created_at: begin,
            expires_at: end,
        };
        store.create_session(&expired).await.unwrap();
    };
    let daemon = TestDaemon::prepared(Backend::Sqlite, json!(null), plant).await;
    let session = loom_api_tests::Session { id: cookie.to_owned(), csrf: "x".to_owned() };
    for route in closed() {
        call(&daemon.bearer(token), &route).await.problem(401, "unauthorized");
        let answer = call(&daemon.client(Credential::Session(session.clone())), &route).await;
        answer.problem(401, "unauthorized");
    }
    let tokens = daemon.as_admin().get("/auth/tokens/v2").await.json();
    assert!(tokens.as_array().unwrap().iter().any(|token| token["expires_at"] == "2020-01-02T00:00:00Z"));
}
