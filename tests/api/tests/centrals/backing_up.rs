//! Backups of centrals: begun, followed, verified, and still there when the daemon comes back.
//!
//! Does NOT let centrals fail (`failing`).

use crate::shapes::{BACKUP, BEGUN, STORAGE, VERDICT};
use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::shape::Shape::List;
use loom_api_tests::shape::fits;
use loom_api_tests::{Answer, Backend, jobs, on_each_backend};
use loom_sim_ccu::Fault;
use serde_json::{Value, json};

on_each_backend! {
    a_backup_is_begun_followed_and_found,
    a_backup_is_verified,
    backups_outlive_the_daemon,
}

async fn a_backup_is_begun_followed_and_found(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let begun = admin.post("/backups", &json!({ "central_name": "ccu" })).await.expect(202);
        fits(&begun.json(), BEGUN);
        let id = begun.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(begun.header("location"), format!("/api/v1/backups/{id}"));
        let job = format!("/jobs/{}", begun.json()["job"].as_str().unwrap());
        let job = jobs::until(&admin, &job, |job| job["state"] == "completed").await;
        assert_eq!((&job["kind"], &job["object"]), (&json!("ccu_backup"), &json!(id)));
        assert_eq!(job["result"]["backup"], json!(id));
        let entry = admin.get(&format!("/backups/{id}")).await.expect(200).json();
        fits(&entry, BACKUP);
        assert_eq!((&entry["state"], &entry["available"]), (&json!("completed"), &json!(true)), "{entry:#}");
        assert_eq!((&entry["central"], &entry["job"]), (&json!("ccu"), &begun.json()["job"]));
        assert_eq!(entry["sha256"].as_str().map(str::len), Some(64));
        let (before, time) = id.split_at("ccu-".len());
        assert_eq!((before, time.len()), ("ccu-", "20261123-031500".len()), "{id}");
        let name = entry["filename"].as_str().unwrap();
        let version = entry["contents"]["firmware"].as_str().unwrap();
        assert!(name.starts_with(&format!("homematic-ccu3-{version}")), "{name}");
        assert_eq!(name.len() - name.rfind(version).unwrap() - version.len(), "-2026-11-23-0315.sbk".len());
        let contents = &entry["contents"];
        assert_eq!((&contents["key_index"], &contents["host_name"]), (&json!(0), &json!("homematic-ccu3")));
        assert!(contents["devices"]["HmIP-RF"].as_u64().is_some_and(|count| count > 5), "{contents}");
        assert!(contents["serial"].as_str().is_some_and(|serial| serial.len() == 10), "{contents}");

        let second = ccu::taken(&admin).await;
        let list = admin.get("/backups").await.expect(200).json();
        fits(&list, List(&BACKUP));
        let ids: Vec<&Value> = list.as_array().unwrap().iter().map(|entry| &entry["id"]).collect();
        assert_eq!(ids, [&second["id"], &json!(id)]);
        assert!(second["id"].as_str() > Some(&id));
        let storage = admin.get("/backups/storage").await.expect(200).json();
        fits(&storage, STORAGE);
        let bytes = entry["bytes"].as_u64().unwrap() + second["bytes"].as_u64().unwrap();
        assert_eq!((&storage["count"], &storage["bytes"]), (&json!(2), &json!(bytes)));
        assert_eq!(
            (&storage["available"], storage.get("dir").is_some()),
            (&json!(true), backend == Backend::Sqlite)
        );
        let seen = sim.observed();
        assert_eq!((seen.backups_created, seen.open_sessions), (2, 0));
        assert_eq!(seen.violations, Vec::<String>::new());
    }
}

async fn a_backup_is_verified(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let entry = ccu::taken(&admin).await;
        let path = format!("/backups/{}", entry["id"].as_str().unwrap());
        assert!(entry.get("verdict").is_none());
        let verifying = Answer::of(admin.request("POST", &format!("{path}/verify"))).await.expect(202);
        let job = format!("/jobs/{}", verifying.json()["id"].as_str().unwrap());
        assert_eq!(verifying.header("location"), format!("/api/v1{job}"));
        let job = jobs::until(&admin, &job, |job| job["state"] == "completed").await;
        assert_eq!(job["kind"], "ccu_verify");
        fits(&job["result"], VERDICT);
        let verdict = &admin.get(&path).await.expect(200).json()["verdict"];
        assert_eq!(verdict, &job["result"]);
        assert_eq!((&verdict["good"], &verdict["damages"]), (&json!(true), &json!([])), "{verdict:#}");
        assert_eq!((&verdict["sha256"], &verdict["size_bytes"]), (&entry["sha256"], &entry["bytes"]));
    }
}

async fn backups_outlive_the_daemon(backend: Backend) {
    if backend == Backend::Memory {
        return;
    }
    let sim = ccu::central(FLAVOURS[1]).await;
    let mut daemon = ccu::daemon_of(backend, &sim).await;
    let entry = ccu::taken(&daemon.as_admin()).await;
    let id = entry["id"].as_str().unwrap();
    let bytes = ccu::bytes(&daemon.as_admin(), id).await;
    sim.inject(Fault::HangBeforeFirstByte);
    let cut_off = ccu::begin(&daemon.as_admin()).await;
    daemon.stop().await;
    // Who goes says goodbye: a central has few sessions.
    assert_eq!(sim.observed().open_sessions, 0);
    sim.heal();
    daemon.start_again().await;
    let admin = daemon.as_admin();
    let shown = admin.get(&format!("/backups/{id}")).await.expect(200).json();
    for field in ["state", "sha256", "filename", "contents", "created_at", "bytes", "available"] {
        assert_eq!(shown[field], entry[field], "{field}");
    }
    assert!(shown.get("job").is_none());
    assert_eq!(ccu::bytes(&admin, id).await, bytes);
    let path = format!("/backups/{cut_off}");
    let failed = jobs::until(&admin, &path, |entry| entry["state"] == "failed").await;
    assert!(failed["reason"].is_string() && failed["hint"].is_string(), "{failed:#}");
    let files = admin.get("/backups/storage").await.expect(200).json();
    assert_eq!(files["count"], 1);
    ccu::taken(&admin).await;
}
