//! What the log of a daemon says of requests: who may read it reads no secret.
//!
//! One test alone in its process, because a log is a matter of the whole process. Does NOT look at the form of lines.

#![expect(clippy::unwrap_used, reason = "a claim fails by panicking")]

use loom_api_tests::daemon::{ADMIN_TOKEN, VIEWER_TOKEN};
use loom_api_tests::{Answer, Backend, Session, TestDaemon, ccu, jobs};
use loom_app::Environment;
use loom_app::telemetry::logging::{Level, Logging};
use loom_sim_ccu::{Flavour, Sim, UserLevel};
use serde_json::json;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_line_of_the_log_shows_a_secret() {
    let lines = Lines::default();
    let logging = Logging { level: Level::Debug, ..Logging::default() };
    let environment: Environment = Arc::new(|_| None);
    let telemetry = loom_app::telemetry::start(&logging, &environment, Box::new(lines.clone())).unwrap();
    let mut secrets = vec![ADMIN_TOKEN.to_owned(), VIEWER_TOKEN.to_owned()];
    for backend in [Backend::Memory, Backend::Sqlite] {
        secrets.extend(use_every_secret(backend).await);
        secrets.extend(use_secrets_of_a_central(backend).await);
    }
    telemetry.shutdown().await;
    let bytes = lines.0.lock().unwrap().clone();
    let log = String::from_utf8(bytes).unwrap();
    for told in [
        "daemon ready",
        "request answered",
        "/api/v1/users",
        "login failed",
        "central restored",
        "daemon stopped",
    ] {
        assert!(log.contains(told), "the log does not tell `{told}`");
    }
    for secret in secrets {
        assert!(secret.len() >= 10 && !log.contains(&secret), "`{secret}` is in the log");
    }
}

/// Sends secrets in every place there is for them, also where they do not belong. What was sent and minted.
async fn use_every_secret(backend: Backend) -> Vec<String> {
    let mut daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let word = |place: &str| format!("planted-{place}-{backend:?}");
    let (right, wrong) = (word("right"), word("wrong"));
    daemon.add_user("ada", &right, "admin").await;
    let session = Session::open(&daemon, "ada", &right).await;
    daemon.basic("ada", &right).get("/auth/me").await.expect(200);
    daemon.basic("ada", &wrong).get("/auth/me").await.expect(401);
    daemon.bearer(&wrong).get("/users").await.expect(401);
    let login = json!({ "username": "ada", "password": wrong });
    daemon.anonymous().post("/auth/login", &login).await.expect(401);
    let minted = admin.post("/auth/tokens/v2", &json!({ "subject": "bot", "role": "viewer" })).await;
    let misplaced = word("misplaced");
    for body in [
        json!({ "username": "bob", "password": [misplaced], "role": "viewer" }),
        json!({ "username": "bob", "password": "p", "role": misplaced }),
        json!(misplaced),
    ] {
        admin.post("/users", &body).await.expect(400);
    }
    let (of_central, of_section) = (word("central"), word("section"));
    let central = json!({ "name": "ccu", "host": "h", "interfaces": [], "enabled": true, "password_plain": of_central });
    admin.post("/centrals", &central).await.expect(201);
    admin.put("/config/sections/north.mqtt", &json!({ "password": of_section })).await.expect(200);
    admin.put("/config/sections/north.mqtt", &json!({ "password": { "a": misplaced } })).await.expect(400);
    let exported = admin.get("/config/export?secrets=included").await.expect(200);
    assert!(exported.text().contains(&of_central) && exported.text().contains(&of_section));
    let query = format!("/audit?access_token={misplaced}");
    Answer::of(admin.request("GET", &query)).await.expect(400);
    daemon.stop().await;
    let token = minted.json()["token"].as_str().unwrap().to_owned();
    vec![right, wrong, misplaced, of_central, of_section, session.id, session.csrf, token]
}

/// Logs in on a central and restores it, with right and wrong passwords and keys.
async fn use_secrets_of_a_central(backend: Backend) -> Vec<String> {
    let word = |place: &str| format!("planted-{place}-{backend:?}");
    let (password, wrong_password) = (word("central-password"), word("central-guess"));
    let (key, wrong_key) = (word("security-key"), word("security-guess"));
    let config = ccu::config(Flavour::OpenCcu).user("loom", &password, UserLevel::Admin).security_key(&key);
    let sim = Sim::start(config).await.unwrap();
    let mut daemon = ccu::daemon(backend).await;
    let admin = daemon.as_admin();
    let mut row = ccu::row("ccu", &sim);
    row["username"] = json!("loom");
    row["password_plain"] = json!(wrong_password);
    admin.post("/centrals", &row).await.expect(201);
    jobs::until(&admin, "/centrals/ccu/status", |status| status["state"] == "refused").await;
    row["password_plain"] = json!(password);
    admin.put("/centrals/ccu", &row).await.expect(204);
    jobs::until(&admin, "/centrals/ccu/status", |status| status["firmware"].is_string()).await;
    jobs::idle(&admin).await;
    admin.post("/centrals/ccu/test", &json!({})).await.expect(200);
    let entry = ccu::taken(&admin).await;
    for (key, state) in [(&wrong_key, "failed"), (&key, "completed")] {
        let order = json!({ "confirm": "ccu", "security_key": key });
        let record = ccu::restored(&admin, entry["id"].as_str().unwrap(), &order).await;
        assert_eq!(record["state"], state, "{record:#}");
    }
    daemon.stop().await;
    vec![password, wrong_password, key, wrong_key]
}
