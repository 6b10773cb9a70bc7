//! Stored backups: handed out whole or in parts, damaged, lost, removed, and to whom they are shown.
//!
//! Does NOT take in any from elsewhere (`uploading`).

use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::{Answer, Backend, jobs, on_each_backend};
use serde_json::{Value, json};

on_each_backend! {
    a_download_is_the_file_whole_or_by_range,
    a_backup_is_removed_for_good_and_once_more,
    what_nobody_has_is_not_found,
    nobody_below_admin_sees_or_takes_backups,
}

async fn a_download_is_the_file_whole_or_by_range(backend: Backend) {
    let sim = ccu::central(FLAVOURS[1]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let path = format!("/backups/{}/download", entry["id"].as_str().unwrap());
    let whole = admin.get(&path).await.expect(200);
    let bytes = whole.body.len();
    assert_eq!(entry["bytes"].as_u64(), u64::try_from(bytes).ok());
    let name = entry["filename"].as_str().unwrap();
    assert_eq!(whole.header("content-disposition"), format!("attachment; filename=\"{name}\""));
    let kind = "application/octet-stream";
    assert_eq!((whole.header("accept-ranges"), whole.header("content-type")), ("bytes", kind));
    assert_eq!(entry["sha256"], sha256(&whole.body));
    let tag = whole.header("etag");
    let part = async |range: &str, more: Option<(&str, &str)>| {
        let request = admin.request("GET", &path).header("Range", range);
        Answer::of(match more {
            Some((name, value)) => request.header(name, value),
            None => request,
        })
        .await
    };
    for (range, wanted) in [
        ("bytes=0-9".to_owned(), 0..10),
        (format!("bytes={}-", bytes - 5), bytes - 5..bytes),
        ("bytes=-7".to_owned(), bytes - 7..bytes),
        (format!("bytes=5-{}", bytes * 2), 5..bytes),
    ] {
        let answer = part(&range, None).await.expect(206);
        assert_eq!(answer.body, whole.body.slice(wanted.clone()), "{range}");
        let told = format!("bytes {}-{}/{bytes}", wanted.start, wanted.end - 1);
        assert_eq!(answer.header("content-range"), told);
    }
    part(&format!("bytes={bytes}-"), None).await.problem(416, "bad_request");
    assert_eq!(part("bytes=0-1,3-4", None).await.expect(200).body.len(), bytes);
    part("bytes=0-9", Some(("If-Range", tag))).await.expect(206);
    part("bytes=0-9", Some(("If-Range", "\"other\""))).await.expect(200);
    part("bytes=0-9", Some(("If-None-Match", tag))).await.expect(304);
    let head = Answer::of(admin.request("HEAD", &path)).await.expect(200);
    assert_eq!((head.header("content-length"), head.body.len()), (bytes.to_string().as_str(), 0));
}

fn sha256(bytes: &[u8]) -> Value {
    use sha2::{Digest, Sha256};
    json!(loom_domain::archive::hex(&Sha256::digest(bytes)))
}

/// Only where there are files can anybody damage one.
#[tokio::test]
async fn a_file_that_was_damaged_or_lost_is_told() {
    let sim = ccu::central(FLAVOURS[1]).await;
    let daemon = ccu::daemon_of(Backend::Sqlite, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let id = entry["id"].as_str().unwrap();
    let file = daemon.data_dir().join("backups").join(format!("{id}.sbk"));
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    let verifying =
        Answer::of(admin.request("POST", &format!("/backups/{id}/verify"))).await.expect(202).json();
    let job = format!("/jobs/{}", verifying["id"].as_str().unwrap());
    let job = jobs::until(&admin, &job, |job| job["state"] == "completed").await;
    assert_eq!(job["result"]["good"], false);
    assert_eq!(job["result"]["damages"][0]["code"], "cut_outer", "{job:#}");
    let refused = ccu::restored(&admin, id, &json!({ "confirm": "ccu" })).await;
    assert_eq!(
        (&refused["state"], &refused["failure"]),
        (&json!("failed"), &json!("damaged")),
        "{refused:#}"
    );
    assert_eq!(sim.observed().page("POST fileupload.ccc"), 0);

    std::fs::remove_file(&file).unwrap();
    let entry = admin.get(&format!("/backups/{id}")).await.expect(200).json();
    assert_eq!((&entry["available"], entry.get("verdict")), (&json!(false), None));
    let words = format!(
        "the file of CCU backup `{id}` is gone\nhint: bring the file back to its folder, or remove the record"
    );
    for (method, path) in [("GET", "download"), ("POST", "verify"), ("POST", "restore")] {
        let request = admin.request(method, &format!("/backups/{id}/{path}"));
        assert_eq!(Answer::of(request).await.problem(404, "not_found")["detail"], words, "{path}");
    }
    admin.delete(&format!("/backups/{id}")).await.expect(204);
    assert_eq!(admin.get("/backups").await.expect(200).json(), json!([]));
}

async fn a_backup_is_removed_for_good_and_once_more(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let path = format!("/backups/{}", entry["id"].as_str().unwrap());
    for _ in 0..2 {
        assert!(admin.delete(&path).await.expect(204).body.is_empty());
    }
    admin.get(&path).await.problem(404, "not_found");
    admin.get(&format!("{path}/download")).await.problem(404, "not_found");
    assert_eq!(admin.get("/backups").await.expect(200).json(), json!([]));
    assert_eq!(admin.get("/backups/storage").await.expect(200).json()["count"], 0);
    let removals = admin.get("/audit?op=backup_delete").await.expect(200).json();
    assert_eq!(removals.as_array().map(Vec::len), Some(1));
}

async fn what_nobody_has_is_not_found(backend: Backend) {
    let daemon = ccu::daemon(backend).await;
    let admin = daemon.as_admin();
    for id in ["nothing", "..%2fopenccu-loom.db", "a%0d%0ab", "upload-20261123-031500.000"] {
        admin.get(&format!("/backups/{id}")).await.problem(404, "not_found");
        admin.get(&format!("/backups/{id}/download")).await.problem(404, "not_found");
        for action in ["verify", "cancel", "restore"] {
            let path = format!("/backups/{id}/{action}");
            admin.post(&path, &json!({ "confirm": "x" })).await.problem(404, "not_found");
        }
        admin.delete(&format!("/backups/{id}")).await.expect(204);
        admin.get(&format!("/restores/{id}")).await.problem(404, "not_found");
        admin.post(&format!("/restores/{id}/resume"), &json!({})).await.problem(404, "not_found");
    }
    for body in [json!({ "unknown": 1 }), json!([]), json!({ "central_name": 1 })] {
        admin.post("/backups", &body).await.problem(400, "validation");
    }
}

async fn nobody_below_admin_sees_or_takes_backups(backend: Backend) {
    let sim = ccu::central(FLAVOURS[1]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let id = entry["id"].as_str().unwrap();
    let seen = sim.observed();
    for client in [daemon.as_viewer(), daemon.as_operator()] {
        for path in [
            "/backups",
            "/backups/storage",
            &format!("/backups/{id}"),
            &format!("/backups/{id}/download"),
            "/restores",
        ] {
            client.get(path).await.problem(403, "forbidden");
        }
        client.post("/backups", &json!({})).await.problem(403, "forbidden");
        for action in ["verify", "cancel"] {
            client.post(&format!("/backups/{id}/{action}"), &json!({})).await.problem(403, "forbidden");
        }
        let order = json!({ "confirm": "ccu" });
        client.post(&format!("/backups/{id}/restore"), &order).await.problem(403, "forbidden");
        client.delete(&format!("/backups/{id}")).await.problem(403, "forbidden");
        client.post("/centrals/ccu/test", &json!({})).await.problem(403, "forbidden");
    }
    jobs::idle(&admin).await;
    assert_eq!(sim.observed().pages, seen.pages);
    assert_eq!(admin.get("/backups").await.json().as_array().map(Vec::len), Some(1));
}
