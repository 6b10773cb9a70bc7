//! The first run: who may make the first admin, once.
//!
//! Does NOT look at accounts afterwards.

use loom_api_tests::{Backend, TestDaemon, on_each_backend};
use serde_json::{Value, json};

on_each_backend! {
    setup_makes_the_first_admin_and_works_once,
    of_two_setups_at_once_one_is_carried_out,
    a_short_password_or_bad_name_makes_nobody,
    setup_stores_the_central_and_the_broker_it_was_given,
    a_daemon_that_is_set_up_tells_nobody_what_it_stores,
    refused_setups_close_the_door_for_a_moment,
    setup_overwrites_what_one_that_was_cut_off_has_left,
    a_central_is_checked_as_one_that_is_added_later,
    what_cannot_be_stored_beside_the_admin_makes_nobody,
    setup_can_be_switched_off,
    a_token_in_the_config_file_is_an_account_too,
}

const PASSWORD: &str = "correct horse";

fn asked(username: &str, password: &str) -> Value {
    json!({
        "admin": { "username": username, "password": password },
        "locale": { "locale": "de", "theme": "dark" },
    })
}

async fn required(daemon: &TestDaemon) -> Value {
    daemon.anonymous().get("/setup/status").await.expect(200).json()
}

async fn setup_makes_the_first_admin_and_works_once(backend: Backend) {
    let daemon = TestDaemon::unseeded(backend).await;
    assert_eq!(required(&daemon).await, json!({ "required": true }));
    let answer = daemon.anonymous().post("/setup", &asked(" Ada ", PASSWORD)).await.expect(204);
    assert!(answer.set_cookie("openccu_loom_session").is_none());
    assert_eq!(required(&daemon).await, json!({ "required": false }));
    let ada = daemon.basic("ada", PASSWORD);
    let me = json!({ "subject": "ada", "role": "admin", "scheme": "basic" });
    assert_eq!(ada.get("/auth/me").await.expect(200).json(), me);
    let locale = ada.get("/config/sections/locale").await.expect(200).json();
    assert_eq!(locale, json!({ "locale": "de", "theme": "dark" }));
    daemon.anonymous().post("/setup", &asked("eve", PASSWORD)).await.problem(409, "conflict");
    ada.post("/setup", &asked("eve", PASSWORD)).await.problem(409, "conflict");
    assert_eq!(ada.get("/users").await.json().as_array().unwrap().len(), 1);
}

async fn of_two_setups_at_once_one_is_carried_out(backend: Backend) {
    let daemon = TestDaemon::unseeded(backend).await;
    let (one, other) = (daemon.anonymous(), daemon.anonymous());
    let (ada, eve) = (asked("ada", PASSWORD), asked("eve", PASSWORD));
    let (one, other) = tokio::join!(one.post("/setup", &ada), other.post("/setup", &eve));
    let first_is_ada = one.status == 204;
    let (won, lost) = if first_is_ada { (one, other) } else { (other, one) };
    won.expect(204);
    lost.problem(409, "conflict");
    let (winner, loser) = if first_is_ada { ("ada", "eve") } else { ("eve", "ada") };
    let users = daemon.basic(winner, PASSWORD).get("/users").await.expect(200).json();
    assert_eq!((users.as_array().unwrap().len(), &users[0]["subject"]), (1, &json!(winner)));
    daemon.basic(loser, PASSWORD).get("/auth/me").await.problem(401, "unauthorized");
}

async fn a_short_password_or_bad_name_makes_nobody(backend: Backend) {
    let daemon = TestDaemon::unseeded(backend).await;
    for (username, password) in [("ada", "1234567"), ("ada", ""), ("", PASSWORD), ("a=b", PASSWORD)] {
        let problem = daemon.anonymous().post("/setup", &asked(username, password)).await;
        let problem = problem.problem(422, "validation");
        assert!(problem["errors"][0]["field"].is_string(), "{problem}");
    }
    assert_eq!(required(&daemon).await, json!({ "required": true }));
    // Eight characters are enough, whatever they are made of.
    daemon.anonymous().post("/setup", &asked("ada", "grüße äß")).await.expect(204);
}

async fn setup_stores_the_central_and_the_broker_it_was_given(backend: Backend) {
    let daemon = TestDaemon::unseeded(backend).await;
    let mut asked = asked("ada", PASSWORD);
    asked["ccu"] = json!({ "name": "ccu", "host": "192.0.2.7", "username": "Admin",
        "password": "setup-secret-1", "interfaces": ["HmIP-RF"] });
    asked["mqtt"] =
        json!({ "broker_url": "tcp://192.0.2.8:1883", "username": "loom", "password": "setup-secret-2" });
    daemon.anonymous().post("/setup", &asked).await.expect(204);
    let ada = daemon.basic("ada", PASSWORD);
    let central = ada.get("/centrals/ccu").await.expect(200).json();
    assert_eq!(central["host"], "192.0.2.7");
    assert_eq!((&central["password_plain"], &central["interfaces"]), (&json!("***"), &json!(["HmIP-RF"])));
    let mqtt = ada.get("/config/sections/north.mqtt").await.expect(200).json();
    assert_eq!((&mqtt["broker_url"], &mqtt["password"]), (&json!("tcp://192.0.2.8:1883"), &json!("***")));
    let at_rest = daemon.bytes_at_rest();
    for secret in ["setup-secret-1", "setup-secret-2", PASSWORD] {
        assert!(!at_rest.windows(secret.len()).any(|part| part == secret.as_bytes()), "{secret}");
    }
}

async fn a_daemon_that_is_set_up_tells_nobody_what_it_stores(backend: Backend) {
    let named = |name: &str| {
        let mut asked = asked("ada", PASSWORD);
        asked["ccu"] = json!({ "name": name, "host": "192.0.2.7" });
        asked
    };
    let central = json!([{ "name": "haus", "host": "192.0.2.9" }]);
    let off = json!({ "bootstrap": { "allow_first_run_setup": false }, "centrals": central,
        "north": { "rest": { "auth": { "tokens": {} } } } });
    for (settings, status, code) in
        [(json!({ "centrals": central }), 409, "conflict"), (off, 403, "forbidden")]
    {
        let daemon = TestDaemon::with(backend, settings).await;
        let mut answers = Vec::new();
        for name in ["haus", "garten", "a b"] {
            let mut problem = daemon.anonymous().post("/setup", &named(name)).await.problem(status, code);
            problem.as_object_mut().unwrap().remove("instance");
            answers.push(problem);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }
}

async fn refused_setups_close_the_door_for_a_moment(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let eve = daemon.anonymous();
    let mut refused = 0;
    let closed = loop {
        let answer = eve.post("/setup", &asked("eve", PASSWORD)).await;
        if answer.status == 429 || refused == 12 {
            break answer;
        }
        answer.problem(409, "conflict");
        refused += 1;
    };
    closed.problem(429, "rate_limited");
    assert!(refused >= 5, "only {refused}");
    eve.from_address(2).post("/setup", &asked("eve", PASSWORD)).await.problem(409, "conflict");
}

async fn setup_overwrites_what_one_that_was_cut_off_has_left(backend: Backend) {
    let left = json!({
        "centrals": [{ "name": "ccu", "host": "192.0.2.1", "username": "old", "password": "old" }],
        "locale": { "locale": "en", "theme": "light" },
        "north": {
            "mqtt": { "broker_url": "tcp://192.0.2.2:1883", "username": "old", "password": "old secret" },
            "rest": { "auth": { "tokens": {} } },
        },
    });
    let daemon = TestDaemon::with(backend, left).await;
    let mut asked = asked("ada", PASSWORD);
    asked["ccu"] = json!({ "name": "ccu", "host": "192.0.2.7" });
    asked["mqtt"] = json!({ "broker_url": "tcp://192.0.2.8:1883" });
    daemon.anonymous().post("/setup", &asked).await.expect(204);
    let ada = daemon.basic("ada", PASSWORD);
    let centrals = ada.get("/centrals").await.expect(200).json();
    assert_eq!((centrals.as_array().unwrap().len(), &centrals[0]["host"]), (1, &json!("192.0.2.7")));
    assert!(centrals[0].get("username").is_none() && centrals[0].get("password_plain").is_none());
    let locale = ada.get("/config/sections/locale").await.expect(200).json();
    assert_eq!(locale, json!({ "locale": "de", "theme": "dark" }));
    let mqtt = ada.get("/config/sections/north.mqtt").await.expect(200).json();
    assert_eq!(mqtt["broker_url"], "tcp://192.0.2.8:1883");
    // A password is not sent to a broker it was not given for.
    assert_ne!(mqtt["password"], "***");
    assert_ne!(mqtt["username"], "old");
}

async fn a_central_is_checked_as_one_that_is_added_later(backend: Backend) {
    let daemon = TestDaemon::unseeded(backend).await;
    for (number, (ccu, field)) in [
        (json!({ "name": "a b", "host": "192.0.2.7" }), "ccu.name"),
        (json!({ "name": "ccu", "host": " " }), "ccu.host"),
        (json!({ "name": "ccu", "host": "192.0.2.7\u{7}" }), "ccu.host"),
        (json!({ "name": "ccu", "host": "192.0.2.7", "username": "a\u{1b}[2J" }), "ccu.username"),
        (json!({ "name": "ccu", "host": "192.0.2.7", "interfaces": [" "] }), "ccu.interfaces"),
        (json!({ "name": "ccu", "host": "192.0.2.7", "interfaces": ["a", "a"] }), "ccu.interfaces"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut asked = asked("ada", PASSWORD);
        asked["ccu"] = ccu;
        let source = daemon.anonymous().from_address(10 + u8::try_from(number).unwrap());
        let problem = source.post("/setup", &asked).await.problem(422, "validation");
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
    }
    assert_eq!(required(&daemon).await, json!({ "required": true }));
}

async fn what_cannot_be_stored_beside_the_admin_makes_nobody(backend: Backend) {
    let daemon = TestDaemon::unseeded(backend).await;
    for (what, value) in [
        ("ccu", json!({ "name": "a b", "host": "192.0.2.7", "interfaces": [] })),
        ("ccu", json!({ "name": "ccu", "host": " ", "interfaces": [] })),
        ("locale", json!({ "locale": "xx", "theme": "dark" })),
        ("locale", json!({ "locale": "de", "theme": "pink" })),
    ] {
        let mut asked = asked("ada", PASSWORD);
        asked[what] = value;
        daemon.anonymous().post("/setup", &asked).await.problem(422, "validation");
    }
    assert_eq!(required(&daemon).await, json!({ "required": true }));
}

async fn setup_can_be_switched_off(backend: Backend) {
    let off = json!({ "bootstrap": { "allow_first_run_setup": false },
        "north": { "rest": { "auth": { "tokens": {} } } } });
    let daemon = TestDaemon::with(backend, off).await;
    daemon.anonymous().post("/setup", &asked("ada", PASSWORD)).await.problem(403, "forbidden");
    daemon.basic("ada", PASSWORD).get("/auth/me").await.problem(401, "unauthorized");
}

async fn a_token_in_the_config_file_is_an_account_too(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    assert_eq!(required(&daemon).await, json!({ "required": false }));
    daemon.anonymous().post("/setup", &asked("ada", PASSWORD)).await.problem(409, "conflict");
}
