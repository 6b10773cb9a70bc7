//! Users as admins manage them, and what a change of one ends.
//!
//! Does NOT look at setup, login or a user's own password.

use loom_api_tests::client::Credential;
use loom_api_tests::{Backend, Session, TestDaemon, on_each_backend};
use serde_json::json;

on_each_backend! {
    a_name_is_taken_once_whatever_its_case,
    a_name_or_password_nobody_can_have_is_refused_by_its_field,
    the_last_admin_stays_one,
    removing_a_user_ends_everything_of_theirs_at_once,
    another_role_ends_everything_of_the_old_one_at_once,
    a_new_password_ends_the_sessions_and_leaves_the_tokens,
}

const PASSWORD: &str = "correct horse";

async fn a_name_is_taken_once_whatever_its_case(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let asked = json!({ "username": " Ada ", "password": "x", "role": "viewer" });
    let created = admin.post("/users", &asked).await.expect(201);
    assert_eq!(created.json()["subject"], "ada");
    assert_eq!(created.header("location"), "/api/v1/users/ada");
    admin.get("/users/ADA").await.expect(200);
    admin
        .post("/users", &json!({ "username": "ADA", "password": "y", "role": "admin" }))
        .await
        .problem(409, "conflict");
    for path in ["/users/nobody", "/users/a=b", "/users/%20"] {
        admin.get(path).await.problem(404, "not_found");
        admin.patch(path, &json!({ "role": "admin" })).await.problem(404, "not_found");
        admin.delete(path).await.problem(404, "not_found");
    }
}

async fn a_name_or_password_nobody_can_have_is_refused_by_its_field(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let long = "p".repeat(1_025);
    for (username, password, field) in [
        ("", PASSWORD, "username"),
        ("a=b", PASSWORD, "username"),
        ("a b", PASSWORD, "username"),
        ("a\u{7}", PASSWORD, "username"),
        ("ada", "", "password"),
        ("ada", &long, "password"),
    ] {
        let asked = json!({ "username": username, "password": password, "role": "viewer" });
        let problem = daemon.as_admin().post("/users", &asked).await.problem(400, "validation");
        assert_eq!(problem["errors"][0]["field"], field, "{username:?}");
        assert!(problem["errors"][0]["reason"].is_string());
    }
    assert_eq!(daemon.as_admin().get("/users").await.json(), json!([]));
    daemon.add_user("ada", PASSWORD, "viewer").await;
    daemon.as_admin().patch("/users/ada", &json!({})).await.problem(400, "validation");
}

async fn the_last_admin_stays_one(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "admin").await;
    daemon.add_user("bob", PASSWORD, "operator").await;
    let admin = daemon.as_admin();
    admin.delete("/users/ada").await.problem(409, "conflict");
    admin.patch("/users/ada", &json!({ "role": "operator" })).await.problem(409, "conflict");
    admin.patch("/users/bob", &json!({ "role": "admin" })).await.expect(204);
    let (one, other) = tokio::join!(admin.delete("/users/ada"), admin.delete("/users/bob"));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    assert_eq!(admin.get("/users").await.json().as_array().unwrap().len(), 1);
}

async fn removing_a_user_ends_everything_of_theirs_at_once(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("bob", PASSWORD, "operator").await;
    let session = daemon.client(Credential::Session(Session::open(&daemon, "bob", PASSWORD).await));
    let (token, basic) = (daemon.token_of("bob", "operator").await, daemon.basic("bob", PASSWORD));
    let clients = [session, token, basic];
    let mut sockets = Vec::new();
    for client in &clients {
        client.get("/auth/me").await.expect(200);
        sockets.push(client.listen().await);
    }
    daemon.as_admin().delete("/users/bob").await.expect(204);
    for (client, mut socket) in clients.into_iter().zip(sockets) {
        client.get("/auth/me").await.problem(401, "unauthorized");
        assert_eq!(socket.end().await.map(|(code, _)| code), Some(1008));
    }
}

async fn another_role_ends_everything_of_the_old_one_at_once(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("bob", PASSWORD, "admin").await;
    daemon.add_user("eve", PASSWORD, "admin").await;
    let session = daemon.client(Credential::Session(Session::open(&daemon, "bob", PASSWORD).await));
    let (token, basic) = (daemon.token_of("bob", "admin").await, daemon.basic("bob", PASSWORD));
    let mut sockets = [session.listen().await, token.listen().await, basic.listen().await];
    daemon.as_admin().patch("/users/bob", &json!({ "role": "viewer" })).await.expect(204);
    session.get("/devices").await.problem(401, "unauthorized");
    token.get("/devices").await.problem(401, "unauthorized");
    for socket in &mut sockets {
        assert_eq!(socket.end().await.map(|(code, _)| code), Some(1008));
    }
    assert_eq!(basic.get("/auth/me").await.expect(200).json()["role"], "viewer");
    basic.get("/users").await.problem(403, "forbidden");
}

async fn a_new_password_ends_the_sessions_and_leaves_the_tokens(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("bob", PASSWORD, "viewer").await;
    let session = daemon.client(Credential::Session(Session::open(&daemon, "bob", PASSWORD).await));
    let token = daemon.token_of("bob", "viewer").await;
    // Once before, so that the password is one of those that were right a moment ago.
    daemon.basic("bob", PASSWORD).get("/auth/me").await.expect(200);
    daemon.as_admin().patch("/users/bob", &json!({ "password": "battery staple" })).await.expect(204);
    session.get("/auth/me").await.problem(401, "unauthorized");
    daemon.basic("bob", PASSWORD).get("/auth/me").await.problem(401, "unauthorized");
    daemon.basic("bob", "battery staple").get("/auth/me").await.expect(200);
    token.get("/auth/me").await.expect(200);
}
