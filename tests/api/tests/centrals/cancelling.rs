//! Backups that somebody cancels: nothing is kept of them, and the record says who it was.
//!
//! Does NOT cancel restores: nobody can.

use crate::shapes::BACKUP;
use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::shape::fits;
use loom_api_tests::{Answer, Backend, Client, jobs, on_each_backend};
use loom_sim_ccu::Fault;
use serde_json::{Value, json};

on_each_backend! {
    a_running_backup_is_cancelled,
    a_backup_does_not_wait_until_devices_are_read,
    what_is_over_is_not_cancelled,
}

async fn cancel(client: &Client, id: &str) -> Answer {
    Answer::of(client.request("POST", &format!("/backups/{id}/cancel"))).await
}

async fn is_cancelled(admin: &Client, id: &str) {
    let entry = admin.get(&format!("/backups/{id}")).await.expect(200).json();
    fits(&entry, BACKUP);
    let (failure, reason) = (&entry["failure"], &entry["reason"]);
    assert_eq!((failure, reason), (&json!("cancelled"), &json!("cancelled by ada")), "{entry:#}");
    assert_eq!((&entry["state"], entry.get("hint"), &entry["bytes"]), (&json!("failed"), None, &json!(0)));
    let job = admin.get(&format!("/jobs/{}", entry["job"].as_str().unwrap())).await.expect(200).json();
    assert_eq!((&job["state"], &job["reason"]), (&json!("failed"), reason));
    assert_eq!(admin.get("/backups/storage").await.expect(200).json()["count"], 0);
}

fn patient() -> Value {
    json!({ "backup_first_byte_timeout": "1m", "idle_timeout": "1m", "answer_timeout": "1m" })
}

async fn a_running_backup_is_cancelled(backend: Backend) {
    for flavour in FLAVOURS {
        for fault in [Fault::HangBeforeFirstByte, Fault::HangMidway] {
            let sim = ccu::central(flavour).await;
            let daemon = ccu::daemon_with(backend, patient()).await;
            ccu::add(&daemon, "ccu", &sim).await;
            let admin = daemon.token_of("ada", "admin").await;
            sim.inject(fault);
            let id = ccu::begin(&admin).await;
            let path = format!("/backups/{id}");
            let stage = |entry: &Value| entry["progress"]["stage"].as_str().map(str::to_owned);
            jobs::until(&admin, &path, |entry| {
                stage(entry).is_some_and(|stage| stage == "wait" || stage == "fetch")
            })
            .await;
            assert!(cancel(&admin, &id).await.expect(204).body.is_empty());
            is_cancelled(&admin, &id).await;
            cancel(&admin, &id).await.problem(409, "conflict");
            ccu::released(&sim).await;
            sim.heal();
            ccu::taken(&admin).await;
        }
    }
}

async fn a_backup_does_not_wait_until_devices_are_read(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_with(backend, patient()).await;
        ccu::add(&daemon, "ccu", &sim).await;
        let admin = daemon.token_of("ada", "admin").await;
        let seen = sim.observed().backups_created;
        sim.inject(Fault::Mute);
        let refresh = admin.post("/centrals/ccu/refresh", &json!({})).await.expect(202).json();
        let path = format!("/jobs/{}", refresh["id"].as_str().unwrap());
        jobs::until(&admin, &path, |job| job["state"] == "running").await;
        let id = ccu::begin(&admin).await;
        let refresh = admin.get(&path).await.expect(200).json();
        assert_eq!(refresh["reason"], "gave way to a backup of the central", "{refresh:#}");
        jobs::until(&admin, &format!("/backups/{id}"), |backup| backup["state"] == "running").await;
        cancel(&admin, &id).await.expect(204);
        is_cancelled(&admin, &id).await;
        sim.heal();
        assert_eq!(sim.observed().backups_created, seen);
    }
}

async fn what_is_over_is_not_cancelled(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let id = entry["id"].as_str().unwrap();
    let words = format!("CCU backup `{id}` is not under way");
    assert_eq!(cancel(&admin, id).await.problem(409, "conflict")["detail"], words);
    assert_eq!(admin.get(&format!("/backups/{id}")).await.json()["state"], "completed");
}
