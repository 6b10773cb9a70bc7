//! Restores: what comes back, what is left alone meanwhile, and how one goes on.
//!
//! Does NOT let centrals refuse (`restoring_fails`) and does NOT look at what has to be said first (`consenting`).

use crate::shapes::{BEGUN_RESTORE, RESTORE};
use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::shape::Shape::List;
use loom_api_tests::shape::fits;
use loom_api_tests::{Answer, Backend, jobs, on_each_backend};
use loom_sim_ccu::{Fault, Interface};
use serde_json::{Value, json};

on_each_backend! {
    a_central_gets_its_old_state_back,
    the_backup_taken_for_a_restore_is_left_alone,
    a_restore_goes_on_when_it_is_told_to,
    a_restore_does_not_go_on_after_a_newer_one,
    each_restore_has_its_own_job,
}

fn confirmed() -> Value {
    json!({ "confirm": "ccu" })
}

async fn a_central_gets_its_old_state_back(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let rows = admin.get("/devices").await.expect(200).json()["total"].clone();
        let entry = ccu::taken(&admin).await;
        let id = entry["id"].as_str().unwrap();
        sim.keep_devices(Interface::HmIpRf, 2);
        sim.keep_devices(Interface::BidCosRf, 0);
        let begun = admin.post(&format!("/backups/{id}/restore"), &confirmed()).await.expect(202);
        fits(&begun.json(), BEGUN_RESTORE);
        let restore = begun.json()["restore"].as_str().unwrap().to_owned();
        assert_eq!((&begun.json()["id"], restore.starts_with("restore-ccu-")), (&json!(id), true));
        assert_eq!(begun.header("location"), format!("/api/v1/restores/{restore}"));
        let words = format!("central `ccu` is busy with restore `{restore}`\nhint: wait until that is over");
        assert_eq!(admin.post("/backups", &json!({})).await.problem(409, "conflict")["detail"], words);
        let again = admin.post(&format!("/backups/{id}/restore"), &confirmed()).await;
        assert_eq!(again.problem(409, "conflict")["detail"], words);
        admin.delete(&format!("/backups/{id}")).await.problem(409, "conflict");
        let record = ccu::settled(&admin, &restore).await;
        fits(&record, RESTORE);
        assert_eq!(
            (&record["state"], &record["step"]),
            (&json!("completed"), &json!("drop_caches")),
            "{record:#}"
        );
        assert_eq!(record["differences"], json!([]), "{record:#}");
        assert_eq!((&record["backup"], &record["target"]), (&json!(id), &json!("ccu")));
        assert_eq!(record["job"], begun.json()["job"]);
        assert_eq!((sim.device_count(Interface::HmIpRf), sim.device_count(Interface::BidCosRf)), (5, 5));
        let seen = sim.observed();
        assert_eq!(
            (seen.restores_applied, seen.boots, seen.violations.len()),
            (1, 1, 0),
            "{:?}",
            seen.violations
        );
        // What the central was before can be had back too.
        let safety = record["safety_backup"].as_str().unwrap();
        let safety = admin.get(&format!("/backups/{safety}")).await.expect(200).json();
        assert_eq!((&safety["central"], &safety["state"]), (&json!("ccu"), &json!("completed")));
        assert!(
            safety["contents"]["devices"]["HmIP-RF"].as_u64()
                < entry["contents"]["devices"]["HmIP-RF"].as_u64()
        );
        fits(&admin.get("/restores").await.expect(200).json(), List(&RESTORE));
        // The caches are of the central as it is now.
        jobs::until(&admin, "/devices", |page| page["total"] == rows).await;
        jobs::idle(&admin).await;
        let done = ccu::restored(&admin, safety["id"].as_str().unwrap(), &confirmed()).await;
        assert_eq!(done["state"], "completed", "{done:#}");
        assert_eq!((sim.device_count(Interface::HmIpRf), sim.device_count(Interface::BidCosRf)), (2, 0));
        let without = json!({ "confirm": "ccu", "without_safety_backup": true });
        let done = ccu::restored(&admin, id, &without).await;
        assert_eq!((&done["state"], done.get("safety_backup")), (&json!("completed"), None), "{done:#}");
        ccu::released(&sim).await;
    }
}

async fn the_backup_taken_for_a_restore_is_left_alone(backend: Backend) {
    let sim = ccu::central(FLAVOURS[1]).await;
    let daemon = ccu::patient_daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    sim.inject_once(Fault::SlowFirstByte(ccu::A_WHILE));
    let restore = ccu::restoring(&admin, entry["id"].as_str().unwrap(), &confirmed()).await;
    let runs = |list: &Value| list[0]["state"] == "running";
    let list = jobs::until(&admin, "/backups", runs).await;
    let safety = list[0]["id"].as_str().unwrap();
    let words = format!("CCU backup `{safety}` is being taken for a restore\nhint: wait until that is over");
    let removal = admin.delete(&format!("/backups/{safety}")).await.problem(409, "conflict");
    assert_eq!(removal["detail"], words);
    let cancel = Answer::of(admin.request("POST", &format!("/backups/{safety}/cancel"))).await;
    assert_eq!(cancel.problem(409, "conflict")["detail"], words);
    let done = ccu::settled(&admin, &restore).await;
    assert_eq!((&done["state"], &done["safety_backup"]), (&json!("completed"), &json!(safety)), "{done:#}");
}

async fn a_restore_goes_on_when_it_is_told_to(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_with(backend, json!({ "way_back_timeout": "400ms" })).await;
        ccu::add(&daemon, "ccu", &sim).await;
        let admin = daemon.as_admin();
        let entry = ccu::taken(&admin).await;
        let id = entry["id"].as_str().unwrap();
        sim.keep_devices(Interface::HmIpRf, 2);
        sim.inject(Fault::NeverComesBack);
        let record = ccu::restored(&admin, id, &confirmed()).await;
        fits(&record, RESTORE);
        assert_eq!(
            (&record["state"], &record["step"]),
            (&json!("interrupted"), &json!("way_back")),
            "{record:#}"
        );
        assert_eq!(record["failure"], "central");
        let restore = record["id"].as_str().unwrap();
        let path = format!("/restores/{restore}/resume");
        // A central nobody knows the state of can be backed up and restored; it need not be.
        sim.heal();
        sim.ready().await;
        let resumed = admin.post(&path, &json!({})).await.expect(202);
        assert_eq!(resumed.header("location"), format!("/api/v1/restores/{restore}"));
        // Nobody who looks right now takes it for one that waits for a decision.
        assert_ne!(admin.get(&format!("/restores/{restore}")).await.json()["state"], "interrupted");
        admin.post(&path, &json!({})).await.problem(409, "conflict");
        let done = ccu::settled(&admin, restore).await;
        assert_eq!((&done["state"], ccu::devices(&sim)), (&json!("completed"), 5), "{done:#}");
        assert_eq!((&done["job"], &done["safety_backup"]), (&resumed.json()["id"], &record["safety_backup"]));
        let words = format!(
            "restore `{restore}` is not interrupted\nhint: only an interrupted restore can be resumed"
        );
        assert_eq!(admin.post(&path, &json!({})).await.problem(409, "conflict")["detail"], words);
        for client in [daemon.as_viewer(), daemon.as_operator()] {
            client.post(&path, &json!({})).await.problem(403, "forbidden");
        }
        assert_eq!(sim.observed().boots, 1);
    }
}

async fn a_restore_does_not_go_on_after_a_newer_one(backend: Backend) {
    let sim = ccu::central(FLAVOURS[1]).await;
    let daemon = ccu::daemon_with(backend, json!({ "way_back_timeout": "1s" })).await;
    ccu::add(&daemon, "ccu", &sim).await;
    let admin = daemon.as_admin();
    let old = ccu::taken(&admin).await;
    let new = ccu::taken(&admin).await;
    let without = json!({ "confirm": "ccu", "without_safety_backup": true });
    sim.inject(Fault::NeverComesBack);
    let first = ccu::restored(&admin, old["id"].as_str().unwrap(), &without).await;
    assert_eq!((&first["state"], &first["step"]), (&json!("interrupted"), &json!("way_back")), "{first:#}");
    sim.heal();
    sim.ready().await;
    // One that changes nothing on the central overtakes nothing, one that got to it does.
    sim.inject(Fault::RestoreInvalidFile);
    let refused = ccu::restored(&admin, new["id"].as_str().unwrap(), &without).await;
    assert_eq!((&refused["state"], &refused["step"]), (&json!("failed"), &json!("offer")), "{refused:#}");
    sim.heal();
    let second = ccu::restored(&admin, new["id"].as_str().unwrap(), &without).await;
    assert_eq!(second["step"], "drop_caches", "{second:#}");
    let (first, second) = (first["id"].as_str().unwrap(), second["id"].as_str().unwrap());
    let words = format!(
        "restore `{first}` was overtaken by restore `{second}` of the same central\nhint: look at `{second}`; to have the \
         backup of `{first}` after all, restore it anew"
    );
    let resumed = admin.post(&format!("/restores/{first}/resume"), &json!({})).await;
    assert_eq!(resumed.problem(409, "conflict")["detail"], words);
    assert_eq!(admin.get(&format!("/restores/{first}")).await.json()["state"], "interrupted");
}

async fn each_restore_has_its_own_job(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let id = entry["id"].as_str().unwrap();
    let without = json!({ "confirm": "ccu", "without_safety_backup": true });
    let first = ccu::restored(&admin, id, &without).await;
    let second = ccu::restored(&admin, id, &without).await;
    assert_ne!((&first["id"], &first["job"]), (&second["id"], &second["job"]));
    let list = admin.get("/restores").await.expect(200).json();
    assert_eq!(list, json!([second, first]));
}
