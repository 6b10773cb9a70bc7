//! Two admins at one object: nobody overwrites what they have not seen.
//!
//! Does NOT look at what sections and centrals hold (`fields`).

use loom_api_tests::{Answer, Backend, TestDaemon, on_each_backend};
use serde_json::{Value, json};

on_each_backend! {
    of_two_admins_who_saw_one_version_the_second_is_refused,
    a_version_that_was_read_before_is_not_sent_again,
    who_names_no_version_takes_turns_and_loses_nothing,
    a_scheme_that_is_switched_off_opens_nothing,
}

/// Path, the field that is changed, and a body that gives it a value.
type Versioned = (&'static str, &'static str, fn(&str) -> Value);

const OBJECTS: [Versioned; 2] = [
    ("/centrals/ccu", "host", |host| json!({ "enabled": true, "interfaces": [], "host": host })),
    ("/config/sections/north.mqtt", "broker_url", |url| json!({ "broker_url": format!("tcp://{url}:1883") })),
];

async fn with_both(backend: Backend) -> TestDaemon {
    let daemon = TestDaemon::start(backend).await;
    daemon.as_admin().post("/centrals", &json!({ "name": "ccu", "host": "first" })).await.expect(201);
    let section = json!({ "broker_url": "tcp://first:1883" });
    daemon.as_admin().put("/config/sections/north.mqtt", &section).await.expect(200);
    daemon
}

async fn put(daemon: &TestDaemon, path: &str, tag: &str, body: &Value) -> Answer {
    Answer::of(daemon.as_admin().request("PUT", path).header("If-Match", tag).json(body)).await
}

async fn of_two_admins_who_saw_one_version_the_second_is_refused(backend: Backend) {
    let daemon = with_both(backend).await;
    for (path, field, body) in OBJECTS {
        let seen = daemon.as_admin().get(path).await.expect(200).header("etag").to_owned();
        let first = put(&daemon, path, &seen, &body("second")).await;
        assert!([200, 204].contains(&first.status), "{path}: {}", first.text());
        put(&daemon, path, &seen, &body("third")).await.problem(412, "conflict");
        let remove = daemon.as_admin().request("DELETE", path).header("If-Match", &seen);
        Answer::of(remove).await.problem(412, "conflict");
        let now = daemon.as_admin().get(path).await.expect(200);
        assert!(now.json()[field].as_str().unwrap().contains("second"), "{path}");
        assert_eq!(now.header("etag"), first.header("etag"), "{path}");
        let (one, other) = (body("fourth"), body("fifth"));
        let tag = now.header("etag");
        let (one, other) = tokio::join!(put(&daemon, path, tag, &one), put(&daemon, path, tag, &other));
        let refused = [one, other].into_iter().filter(|answer| answer.status == 412).count();
        assert_eq!(refused, 1, "{path}");
        let tag = daemon.as_admin().get(path).await.header("etag").to_owned();
        let remove = daemon.as_admin().request("DELETE", path).header("If-Match", &tag);
        Answer::of(remove).await.expect(204);
        put(&daemon, path, "*", &body("sixth")).await.expect(if field == "host" { 404 } else { 412 });
    }
}

async fn a_version_that_was_read_before_is_not_sent_again(backend: Backend) {
    let daemon = with_both(backend).await;
    for (path, _, body) in OBJECTS {
        let tag = daemon.as_admin().get(path).await.expect(200).header("etag").to_owned();
        let again =
            async || Answer::of(daemon.as_admin().request("GET", path).header("If-None-Match", &tag)).await;
        let unchanged = again().await.expect(304);
        assert!(unchanged.body.is_empty() && unchanged.header("etag") == tag, "{path}");
        daemon.as_admin().put(path, &body("second")).await;
        assert_ne!(again().await.expect(200).header("etag"), tag, "{path}");
    }
}

async fn who_names_no_version_takes_turns_and_loses_nothing(backend: Backend) {
    let daemon = with_both(backend).await;
    let path = "/config/sections/north.mqtt";
    let admin = daemon.as_admin();
    let (username, broker) = (json!({ "username": "loom" }), json!({ "broker_url": "tcp://second:1883" }));
    let (one, other) = tokio::join!(admin.put(path, &username), admin.put(path, &broker));
    let mut versions = [one, other].map(|answer| answer.expect(200).json()["version"].as_i64().unwrap());
    versions.sort_unstable();
    assert_eq!(versions, [2, 3]);
    let stored = admin.get(path).await.expect(200).json();
    assert_eq!(stored, json!({ "username": "loom", "broker_url": "tcp://second:1883" }));
}

async fn a_scheme_that_is_switched_off_opens_nothing(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", "correct horse", "admin").await;
    let session = loom_api_tests::Session::open(&daemon, "ada", "correct horse").await;
    let session = daemon.client(loom_api_tests::client::Credential::Session(session));
    let basic = daemon.basic("ada", "correct horse");
    let switch = json!({ "auth": { "basic_enabled": false, "session_enabled": false } });
    daemon.as_admin().put("/config/sections/north.rest", &switch).await.expect(200);
    for client in [&basic, &session] {
        client.get("/users").await.problem(401, "unauthorized");
    }
    daemon.as_admin().delete("/config/sections/north.rest").await.expect(204);
    basic.get("/users").await.expect(200);
    session.get("/users").await.expect(200);
    let switch = json!({ "auth": { "bearer_enabled": false } });
    basic.put("/config/sections/north.rest", &switch).await.expect(200);
    daemon.as_admin().get("/users").await.problem(401, "unauthorized");
}
