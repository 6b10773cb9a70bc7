//! Which central a backup is taken of, and what it has to itself meanwhile.
//!
//! Does NOT look at what comes out.

use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::{Answer, Backend, TestDaemon, jobs, on_each_backend};
use loom_sim_ccu::Fault;
use serde_json::{Value, json};

on_each_backend! {
    who_names_no_central_means_the_only_one,
    one_job_has_a_central_to_itself,
    centrals_are_backed_up_side_by_side,
    a_daemon_that_contacts_no_centrals_says_so,
    a_repeated_order_is_carried_out_once,
}

async fn who_names_no_central_means_the_only_one(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = ccu::daemon(backend).await;
    let admin = daemon.as_admin();
    let refused = async |body: Value, status: u16, code: &str| {
        admin.post("/backups", &body).await.problem(status, code)["detail"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused(json!({}), 422, "validation").await, "no central is configured\nhint: add one first");
    ccu::add(&daemon, "ccu", &sim).await;
    for body in [json!({}), json!(null), json!({ "central_name": null })] {
        let id = admin.post("/backups", &body).await.expect(202).json()["id"].as_str().unwrap().to_owned();
        assert_eq!(ccu::ended(&admin, &id).await["central"], "ccu");
    }
    ccu::begin(&admin).await;
    jobs::idle(&admin).await;
    ccu::add(&daemon, "attic", &sim).await;
    let words = "there are several centrals\nhint: name one of them in `central_name`: `attic`, `ccu`";
    assert_eq!(refused(json!({}), 422, "validation").await, words);
    for name in ["cellar", "no name", "", &"x".repeat(500)] {
        let words = refused(json!({ "central_name": name }), 404, "not_found").await;
        assert!(words.len() < 200, "{words}");
    }
    let disabled = json!({ "enabled": false, "interfaces": [] });
    admin.put("/centrals/attic", &disabled).await.expect(204);
    let words = refused(json!({ "central_name": "attic" }), 422, "validation").await;
    assert_eq!(words, "central `attic` is disabled\nhint: enable it first");
    // Of the enabled ones there is one again.
    let id = ccu::begin(&admin).await;
    assert_eq!(ccu::ended(&admin, &id).await["central"], "ccu");
}

async fn one_job_has_a_central_to_itself(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::patient_daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let done = ccu::taken(&admin).await;
        let done = done["id"].as_str().unwrap();
        sim.inject_once(Fault::SlowFirstByte(ccu::A_WHILE));
        let id = ccu::begin(&admin).await;
        let words = format!("central `ccu` is busy with CCU backup `{id}`\nhint: wait until that is over");
        assert_eq!(admin.post("/backups", &json!({})).await.problem(409, "conflict")["detail"], words);
        let order = json!({ "confirm": "ccu" });
        let restore = admin.post(&format!("/backups/{done}/restore"), &order).await;
        assert_eq!(restore.problem(409, "conflict")["detail"], words);
        let removal = admin.delete(&format!("/backups/{id}")).await.problem(409, "conflict");
        assert!(removal["detail"].as_str().unwrap().contains("is in use by job"), "{removal}");
        for path in ["download", "restore"] {
            let method = if path == "download" { "GET" } else { "POST" };
            let request = admin.request(method, &format!("/backups/{id}/{path}"));
            let told = Answer::of(request).await.problem(409, "conflict");
            assert_eq!(told["detail"], format!("CCU backup `{id}` is not completed"));
        }
        assert_eq!(ccu::ended(&admin, &id).await["state"], "completed");
        assert_eq!(sim.observed().most_backups_at_once, 1);
    }
}

async fn centrals_are_backed_up_side_by_side(backend: Backend) {
    let sims = [ccu::central(FLAVOURS[0]).await, ccu::central(FLAVOURS[1]).await];
    let daemon = ccu::daemon(backend).await;
    let admin = daemon.as_admin();
    ccu::add(&daemon, "hangs", &sims[0]).await;
    ccu::add(&daemon, "works", &sims[1]).await;
    sims[0].inject(Fault::HangBeforeFirstByte);
    let begin = async |name: &str| {
        let begun = admin.post("/backups", &json!({ "central_name": name })).await.expect(202).json();
        begun["id"].as_str().unwrap().to_owned()
    };
    let (hangs, works) = (begin("hangs").await, begin("works").await);
    let entry =
        jobs::until(&admin, &format!("/backups/{works}"), |entry| entry["state"] == "completed").await;
    assert_eq!(entry["central"], "works");
    assert_eq!(admin.get(&format!("/backups/{hangs}")).await.json()["state"], "running");
    sims[0].heal();
}

async fn a_daemon_that_contacts_no_centrals_says_so(backend: Backend) {
    let daemon = TestDaemon::with(backend, json!({ "backends": { "ccu": "none" } })).await;
    let admin = daemon.as_admin();
    admin.post("/centrals", &json!({ "name": "ccu", "host": "192.0.2.8" })).await.expect(201);
    let words = "this daemon contacts no centrals\nhint: `backends.ccu` says so in its configuration; set it to `homematic`";
    for path in ["/backups", "/centrals/ccu/test", "/centrals/ccu/refresh"] {
        let problem = admin.post(path, &json!({})).await.problem(503, "service_unready");
        assert_eq!(problem["detail"], words, "{path}");
    }
    assert_eq!(admin.get("/backups").await.expect(200).json(), json!([]));
    assert_eq!(admin.get("/backups/storage").await.expect(200).json()["available"], false);
    assert_eq!(admin.get("/centrals/ccu/status").await.expect(200).json()["state"], "unknown");
}

async fn a_repeated_order_is_carried_out_once(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let order = async || {
        Answer::of(admin.request("POST", "/backups").header("Idempotency-Key", "one").json(&json!({}))).await
    };
    let first = order().await.expect(202);
    jobs::idle(&admin).await;
    let again = order().await.expect(202);
    assert_eq!((again.header("idempotent-replay"), &again.body), ("true", &first.body));
    assert_eq!(again.header("location"), first.header("location"));
    assert_eq!(sim.observed().backups_created, 1);
}
