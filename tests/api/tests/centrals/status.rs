//! How centrals are doing: each state in a word and in words, and who may read what.
//!
//! Does NOT look at devices (`devices`).

use crate::shapes::STATUS;
use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::shape::Shape::List;
use loom_api_tests::shape::fits;
use loom_api_tests::{Backend, TestDaemon, jobs, on_each_backend};
use loom_sim_ccu::Fault;
use serde_json::{Value, json};

on_each_backend! {
    a_central_that_works_is_ready,
    a_central_that_starts_is_booting,
    a_central_that_is_away_is_unreachable_until_it_is_back,
    a_central_with_another_password_refuses_until_it_is_told,
    a_central_that_cannot_be_tried_is_misconfigured,
    a_disabled_central_is_nobodys_trouble,
    below_admin_nothing_tells_where_it_is,
}

async fn watching(backend: Backend) -> TestDaemon {
    ccu::daemon_with(backend, json!({ "status_interval": "50ms", "answer_timeout": "2s" })).await
}

async fn health(daemon: &TestDaemon) -> Value {
    let report = daemon.as_admin().get("/health").await.expect(200).json();
    let found =
        report["components"].as_array().unwrap().iter().find(|part| part["name"] == "centrals").cloned();
    found.unwrap()
}

/// Waits until the central is in that state, and health has heard of it.
async fn becomes(daemon: &TestDaemon, state: &str) -> Value {
    let admin = daemon.as_admin();
    let status = jobs::until(&admin, "/centrals/ccu/status", |status| status["state"] == state).await;
    fits(&status, STATUS);
    let trouble = !["ready", "unknown", "disabled"].contains(&state);
    let component = |report: &Value| {
        let parts = report["components"].as_array().unwrap().iter();
        parts.clone().find(|part| part["name"] == "centrals").map(|part| part["status"].clone())
    };
    let wanted = if trouble { json!("degraded") } else { json!("healthy") };
    jobs::until(&admin, "/health", |report| component(report).as_ref() == Some(&wanted)).await;
    status
}

async fn a_central_that_works_is_ready(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let status = becomes(&daemon, "ready").await;
        assert_eq!((&status["name"], &status["enabled"]), (&json!("ccu"), &json!(true)));
        assert!(status["firmware"].as_str().unwrap().starts_with("3.87.6"), "{status:#}");
        assert_eq!(status["host_name"], "homematic-ccu3");
        assert!(status["product"].is_string() && status["serial"].is_string(), "{status:#}");
        assert!(status["last_contact"].is_string() && status.get("last_error").is_none(), "{status:#}");
        let interfaces = status["interfaces"].as_array().unwrap();
        let ids: Vec<_> = interfaces.iter().map(|interface| interface["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["BidCos-RF", "HmIP-RF", "VirtualDevices"]);
        for interface in interfaces {
            assert!(interface["devices"].as_u64() > Some(4) && interface["pending"] == 0, "{interface}");
        }
        let list = admin.get("/status/centrals").await.expect(200).json();
        fits(&list, List(&STATUS));
        assert_eq!(list, json!([status]));
    }
    let daemon = ccu::daemon(backend).await;
    assert_eq!(daemon.as_viewer().get("/status/centrals").await.expect(200).json(), json!([]));
    daemon.as_viewer().get("/centrals/nothing/status").await.problem(404, "not_found");
}

async fn a_central_that_starts_is_booting(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = watching(backend).await;
        ccu::add(&daemon, "ccu", &sim).await;
        sim.inject(Fault::RegaDown);
        let status = becomes(&daemon, "booting").await;
        let words = "the central is not ready yet: its logic process does not answer yet";
        assert_eq!(status["last_error"], words);
        assert_eq!(status["hint"], "wait some minutes; if it stays, restart the central");
        // What was known of it stays.
        assert!(status["firmware"].is_string() && !status["interfaces"].as_array().unwrap().is_empty());
        sim.heal();
        let status = becomes(&daemon, "ready").await;
        assert!(status.get("last_error").is_none());
    }
}

async fn a_central_that_is_away_is_unreachable_until_it_is_back(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = watching(backend).await;
        ccu::add(&daemon, "ccu", &sim).await;
        sim.inject(Fault::Mute);
        let status = becomes(&daemon, "unreachable").await;
        assert!(
            status["last_error"].as_str().unwrap().starts_with("the central cannot be reached: "),
            "{status:#}"
        );
        assert!(health(&daemon).await["note"].as_str().unwrap().contains("ccu"));
        let contact = status["last_contact"].as_str().unwrap().to_owned();
        assert!(status["last_attempt"].as_str() > Some(&contact), "{status:#}");
        let read = status["refreshed_at"].clone();
        sim.heal();
        becomes(&daemon, "ready").await;
        // It may be another one now.
        let again = |status: &Value| status["refreshed_at"] != read && status["refreshed_at"].is_string();
        jobs::until(&daemon.as_admin(), "/centrals/ccu/status", again).await;
    }
}

async fn a_central_with_another_password_refuses_until_it_is_told(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = watching(backend).await;
        let admin = daemon.as_admin();
        let mut row = ccu::row("ccu", &sim);
        row["password_plain"] = json!("wrong");
        admin.post("/centrals", &row).await.expect(201);
        becomes(&daemon, "refused").await;
        let tried = sim.observed().refused_logins;
        sim.inject(Fault::RegaDown);
        becomes(&daemon, "booting").await;
        sim.heal();
        let status = becomes(&daemon, "refused").await;
        assert_eq!(sim.observed().refused_logins, tried, "the same password was tried again");
        assert!(
            status["last_error"].as_str().unwrap().starts_with("the central does not let us in: "),
            "{status:#}"
        );
        assert!(status["hint"].is_string() && status.get("firmware").is_none(), "{status:#}");
        let contact = status["last_contact"].clone();
        // It answers, and that is not enough.
        let looked = |status: &Value| status["last_contact"] != contact;
        assert_eq!(jobs::until(&admin, "/centrals/ccu/status", looked).await["state"], "refused");
        let refused = sim.observed().refused_logins;
        row["password_plain"] = json!("secret");
        admin.put("/centrals/ccu", &row).await.expect(204);
        let read = |status: &Value| status["firmware"].is_string();
        let status = jobs::until(&admin, "/centrals/ccu/status", read).await;
        assert_eq!((&status["state"], status.get("last_error")), (&json!("ready"), None), "{status:#}");
        assert_eq!(sim.observed().refused_logins, refused);
    }
}

async fn a_central_that_cannot_be_tried_is_misconfigured(backend: Backend) {
    let daemon = watching(backend).await;
    let admin = daemon.as_admin();
    let row = json!({ "name": "ccu", "host": "127.0.0.1", "username": "Admin", "password_env": "NOWHERE", "enabled": true });
    admin.post("/centrals", &row).await.expect(201);
    let status = becomes(&daemon, "misconfigured").await;
    let words =
        "central `ccu` cannot be reached: the environment variable `NOWHERE` with its password is not set";
    let hint = "set it and start the daemon again";
    assert_eq!((&status["last_error"], &status["hint"]), (&json!(words), &json!(hint)));
    for path in ["/backups", "/centrals/ccu/test", "/centrals/ccu/refresh"] {
        let problem = admin.post(path, &json!({})).await.problem(422, "validation");
        assert_eq!(problem["detail"], format!("{words}\nhint: {hint}"), "{path}");
    }
}

async fn a_disabled_central_is_nobodys_trouble(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = watching(backend).await;
    ccu::add(&daemon, "ccu", &sim).await;
    sim.inject(Fault::Mute);
    becomes(&daemon, "unreachable").await;
    let disabled = json!({ "enabled": false, "interfaces": [] });
    daemon.as_admin().put("/centrals/ccu", &disabled).await.expect(204);
    let status = becomes(&daemon, "disabled").await;
    assert_eq!((&status["enabled"], &status["interfaces"]), (&json!(false), &json!([])), "{status:#}");
    assert!(status.get("last_error").is_none());
    let problem =
        daemon.as_admin().post("/centrals/ccu/refresh", &json!({})).await.problem(422, "validation");
    assert_eq!(problem["detail"], "central `ccu` is disabled\nhint: enable it first");
    sim.heal();
}

async fn below_admin_nothing_tells_where_it_is(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = watching(backend).await;
        ccu::add(&daemon, "ccu", &sim).await;
        let status = becomes(&daemon, "ready").await;
        let serial = status["serial"].as_str().unwrap().to_owned();
        let hidden = async || {
            for client in [daemon.as_viewer(), daemon.as_operator()] {
                for path in ["/status/centrals", "/centrals/ccu/status"] {
                    let answer = client.get(path).await.expect(200);
                    fits(&answer.json(), if path == "/status/centrals" { List(&STATUS) } else { STATUS });
                    let text = answer.text();
                    for told in ["127.0.0.1", "homematic-ccu3", &serial, "last_error", "hint", "\"error\""] {
                        assert!(!text.contains(told), "{path} tells `{told}`: {text}");
                    }
                    assert!(text.contains("3.87.6") && text.contains("HmIP-RF"), "{text}");
                }
            }
        };
        hidden().await;
        sim.inject(Fault::Mute);
        becomes(&daemon, "unreachable").await;
        hidden().await;
        sim.heal();
    }
}
