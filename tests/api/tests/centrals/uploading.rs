//! Backups brought from elsewhere: taken in if they are good, refused with everything that is wrong if not.
//!
//! Does NOT look at every kind of damage: the readers' own tests do.

use crate::shapes::BACKUP;
use loom_api_tests::ccu::{self, FLAVOURS, form, upload};
use loom_api_tests::daemon::ADMIN_TOKEN;
use loom_api_tests::shape::fits;
use loom_api_tests::{Answer, Backend, TestDaemon, on_each_backend, raw};
use serde_json::{Value, json};

on_each_backend! {
    a_good_file_is_kept_and_handed_out_as_it_came,
    a_file_can_be_bound_to_a_central,
    a_bad_file_is_refused_with_every_damage,
    a_file_over_the_limit_is_refused,
    what_is_no_form_with_a_file_is_refused,
    a_file_that_is_cut_off_midway_leaves_nothing,
    a_key_means_nothing_for_a_file,
    nobody_below_admin_uploads,
}

/// A daemon and the bytes of a good backup.
async fn with_backup(backend: Backend, flavour: loom_sim_ccu::Flavour) -> (TestDaemon, bytes::Bytes) {
    let sim = ccu::central(flavour).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let id = entry["id"].as_str().unwrap();
    let bytes = ccu::bytes(&admin, id).await;
    admin.delete(&format!("/backups/{id}")).await.expect(204);
    (daemon, bytes)
}

async fn nothing_is_kept(daemon: &TestDaemon) {
    let admin = daemon.as_admin();
    assert_eq!(admin.get("/backups").await.expect(200).json(), json!([]));
    let storage = admin.get("/backups/storage").await.expect(200).json();
    assert_eq!((&storage["count"], &storage["bytes"]), (&json!(0), &json!(0)));
    let Some(dir) = storage["dir"].as_str() else { return };
    // A line that breaks is noticed a moment after it broke.
    for _ in 0..500 {
        let left = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name());
        let left: Vec<_> = left.filter(|name| name != ".nobackup").collect();
        if left.iter().all(|name| std::path::Path::new(dir).join(name).is_dir()) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("something is left in {dir}");
}

async fn a_good_file_is_kept_and_handed_out_as_it_came(backend: Backend) {
    for flavour in FLAVOURS {
        let (daemon, bytes) = with_backup(backend, flavour).await;
        let admin = daemon.as_admin();
        let name = "/home/anna/küche 1.sbk";
        let created = upload(&admin, &[], name, &bytes).await.expect(201);
        let entry = created.json();
        fits(&entry, BACKUP);
        let id = entry["id"].as_str().unwrap();
        assert_eq!(created.header("location"), format!("/api/v1/backups/{id}"));
        assert_eq!((id.len(), &id[..7]), ("upload-20261123-031500.123".len(), "upload-"), "{id}");
        assert_eq!((&entry["central"], &entry["filename"]), (&json!(""), &json!("k_che_1.sbk")));
        assert_eq!((&entry["state"], &entry["available"]), (&json!("completed"), &json!(true)));
        assert_eq!(entry["bytes"].as_u64(), u64::try_from(bytes.len()).ok());
        assert!(entry["contents"]["firmware"].as_str().unwrap().starts_with("3.87.6"), "{entry:#}");
        let whole = admin.get(&format!("/backups/{id}/download")).await.expect(200);
        assert_eq!(whole.body, bytes);
        assert_eq!(whole.header("content-disposition"), "attachment; filename=\"k_che_1.sbk\"");
        assert_eq!(admin.get("/backups").await.json(), json!([entry]));
    }
}

async fn a_file_can_be_bound_to_a_central(backend: Backend) {
    let (daemon, bytes) = with_backup(backend, FLAVOURS[0]).await;
    let admin = daemon.as_admin();
    let entry = upload(&admin, &[("central", "ccu")], "a.sbk", &bytes).await.expect(201).json();
    assert_eq!(entry["central"], "ccu");
    admin.delete(&format!("/backups/{}", entry["id"].as_str().unwrap())).await.expect(204);
    upload(&admin, &[("central", "cellar")], "a.sbk", &bytes).await.problem(404, "not_found");
    let long = "x".repeat(300);
    upload(&admin, &[("central", &long)], "a.sbk", &bytes).await.problem(400, "validation");
    // A name that comes after the file comes too late.
    nothing_is_kept(&daemon).await;
}

async fn a_bad_file_is_refused_with_every_damage(backend: Backend) {
    for flavour in FLAVOURS {
        let (daemon, bytes) = with_backup(backend, flavour).await;
        let admin = daemon.as_admin();
        let html = b"<html><title>Unauthorized</title></html>".to_vec();
        let mut twisted = bytes.to_vec();
        let middle = 1024;
        twisted[middle] ^= 0xff;
        for (what, file, codes) in [
            ("nothing", Vec::new(), vec!["empty"]),
            ("a web page", html, vec!["not_a_tar"]),
            ("half of it", bytes[..bytes.len() / 2].to_vec(), vec!["cut_outer"]),
            ("another byte", twisted, vec![]),
            ("more than it", [bytes.to_vec(), vec![7; 4096]].concat(), vec!["trailing_bytes"]),
        ] {
            let problem = upload(&admin, &[], "a.sbk", &file).await.problem(422, "validation");
            let words = "the file is no good system backup of a central; `errors` says why";
            assert_eq!(problem["detail"], words, "{what}");
            let errors = problem["errors"].as_array().unwrap();
            let found: Vec<&str> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
            assert!(
                !found.is_empty() && codes.iter().all(|code| found.contains(code)),
                "{what}: {problem:#}"
            );
            assert!(errors.iter().all(|error| !error["reason"].as_str().unwrap().is_empty()));
        }
        nothing_is_kept(&daemon).await;
        let audit = admin.get("/audit?op=backup_upload").await.expect(200).json();
        assert_eq!(audit, json!([]));
    }
}

async fn a_file_over_the_limit_is_refused(backend: Backend) {
    let limited = json!({ "backup": { "upload_limit_mib": 1 } });
    let daemon = TestDaemon::with(backend, limited).await;
    let admin = daemon.as_admin();
    let (kind, body) = form(&[], "file", "a.sbk", &vec![0; (1 << 20) + 1]);
    let headers = [("Authorization", format!("Bearer {ADMIN_TOKEN}")), ("Content-Type", kind)];
    let request = raw::request("POST", "/api/v1/backups/upload", &headers, &body);
    let problem = raw::exchange(daemon.address(), &request).await.unwrap().problem(413, "bad_request");
    let words = "the file is larger than 1 MiB\nhint: `backup.upload_limit_mib` sets the limit";
    assert_eq!(problem["detail"], words);
    nothing_is_kept(&daemon).await;
    // Up to the limit it is looked at.
    upload(&admin, &[], "a.sbk", &vec![0; 1 << 20]).await.problem(422, "validation");
}

async fn what_is_no_form_with_a_file_is_refused(backend: Backend) {
    let (daemon, bytes) = with_backup(backend, FLAVOURS[1]).await;
    let admin = daemon.as_admin();
    let send = async |kind: Option<&str>, body: Vec<u8>| {
        let request = admin.request("POST", "/backups/upload");
        let request = kind.into_iter().fold(request, |request, kind| request.header("Content-Type", kind));
        let problem: Value = Answer::of(request.body(body)).await.problem(400, "validation");
        (
            problem["errors"][0]["field"].as_str().unwrap().to_owned(),
            problem["detail"].as_str().unwrap().to_owned(),
        )
    };
    for (kind, body) in [
        (None, bytes.to_vec()),
        (None, Vec::new()),
        (Some("application/json"), b"{}".to_vec()),
        (Some("application/octet-stream"), bytes.to_vec()),
        (Some("multipart/form-data"), bytes.to_vec()),
        (Some("multipart/form-data; boundary=x"), bytes.to_vec()),
    ] {
        let (field, detail) = send(kind, body).await;
        assert_eq!(field, "form", "{kind:?}: {detail}");
        assert!(
            detail.contains("a form of `multipart/form-data` with a part `file` is expected"),
            "{detail}"
        );
    }
    let (kind, body) = form(&[], "archive", "a.sbk", &bytes);
    let (field, detail) = send(Some(&kind), body).await;
    assert_eq!(field, "form");
    assert!(detail.contains("part `archive` is not expected; `central` and `file` are"), "{detail}");
    let (kind, body) = form(&[], "central", "a.sbk", b"ccu");
    let (field, detail) = send(Some(&kind), body).await;
    assert_eq!(
        (field.as_str(), detail.contains("the form has no part of that name")),
        ("file", true),
        "{detail}"
    );
    nothing_is_kept(&daemon).await;
}

async fn a_file_that_is_cut_off_midway_leaves_nothing(backend: Backend) {
    let (daemon, bytes) = with_backup(backend, FLAVOURS[1]).await;
    let (kind, body) = form(&[], "file", "a.sbk", &bytes);
    let length = ("Content-Length", body.len().to_string());
    let headers = [("Authorization", format!("Bearer {ADMIN_TOKEN}")), ("Content-Type", kind), length];
    for end in [body.len() - 40, body.len() - 200, body.len() / 2, 300] {
        let request = raw::request("POST", "/api/v1/backups/upload", &headers, &body[..end]);
        let answer = raw::cut_short(daemon.address(), &request).await;
        assert!(answer.is_none_or(|answer| (400..500).contains(&answer.status)));
        nothing_is_kept(&daemon).await;
    }
}

async fn a_key_means_nothing_for_a_file(backend: Backend) {
    let (daemon, bytes) = with_backup(backend, FLAVOURS[0]).await;
    let file = [bytes.to_vec(), vec![0; 2 << 20]].concat();
    let (kind, body) = form(&[], "file", "a.sbk", &file);
    let send = async || {
        let request = daemon.as_admin().request("POST", "/backups/upload").header("Idempotency-Key", "one");
        Answer::of(request.header("Content-Type", &kind).body(body.clone())).await.expect(201)
    };
    let (first, second) = (send().await, send().await);
    assert_ne!(first.json()["id"], second.json()["id"]);
    assert!(second.headers.get("idempotent-replay").is_none());
}

async fn nobody_below_admin_uploads(backend: Backend) {
    let (daemon, bytes) = with_backup(backend, FLAVOURS[1]).await;
    for client in [daemon.as_viewer(), daemon.as_operator()] {
        upload(&client, &[], "a.sbk", &bytes).await.problem(403, "forbidden");
    }
    upload(&daemon.anonymous(), &[], "a.sbk", &bytes).await.problem(401, "unauthorized");
    nothing_is_kept(&daemon).await;
}
