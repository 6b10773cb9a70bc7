//! Archives of the state over HTTP: begun, followed, looked into, taken away whole or in parts, removed.
//!
//! Does NOT restore any: that is the command line's.

use loom_api_tests::jobs::{self, JOB};
use loom_api_tests::shape::Shape::{Any, Bool, Int, List, Object, Text, Time, Word};
use loom_api_tests::shape::{Field, Shape, always, fits, maybe};
use loom_api_tests::{Answer, Backend, Client, TestDaemon, on_each_backend};
use serde_json::json;

on_each_backend! {
    a_backup_is_begun_followed_and_found,
    a_download_is_the_archive_whole_or_by_range,
    an_archive_is_verified_and_removed,
    an_archive_nobody_has_is_not_found,
}

const BEGUN: Shape = Object(&[always("id", Text), always("job", Text)]);
const ENTRY: [Field; 16] = [
    always("id", Text),
    always("state", Word(&["queued", "running", "failed", "completed", "sealed", "damaged", "unreadable"])),
    always("bytes", Int),
    always("created_at", Time),
    maybe("format", Word(&["tar.gz", "tar.zst", "zip"])),
    maybe("sealed_for", Word(&["recipients", "passphrase", "master-key"])),
    maybe("recipients", Any),
    maybe("host", Text),
    maybe("daemon_version", Text),
    maybe("key_inside", Bool),
    maybe("key_fingerprint", Text),
    maybe("reason", Text),
    maybe("hint", Text),
    maybe("job", Text),
    maybe("progress", Any),
    maybe("verified", Any),
];

/// Takes a backup and waits for it; its id.
async fn taken(admin: &Client) -> String {
    let begun = admin.post("/state-backups", &json!({})).await.expect(202);
    fits(&begun.json(), BEGUN);
    jobs::completed(admin, begun.json()["job"].as_str().unwrap()).await;
    let id = begun.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(begun.header("location"), format!("/api/v1/state-backups/{id}"));
    id
}

async fn a_backup_is_begun_followed_and_found(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let mut socket = admin.listen().await;
    socket.subscribe(&["jobs/#"]).await;
    let id = taken(&admin).await;
    let mut types = Vec::new();
    while types.last().is_none_or(|last| last != "JobCompleted") {
        let frame = socket.hear().await;
        fits(&frame["payload"], JOB);
        assert!(frame["topic"].as_str().unwrap().starts_with("jobs/state_backup/"), "{frame}");
        types.push(frame["type"].as_str().unwrap().to_owned());
        types.dedup();
    }
    let order = ["JobQueued", "JobStarted", "JobProgress", "JobCompleted"];
    let places: Vec<_> = types.iter().map(|kind| order.iter().position(|known| known == kind)).collect();
    assert!(places.is_sorted() && places.first() == Some(&Some(0)) && !places.contains(&None), "{types:?}");
    let list = admin.get("/state-backups").await.expect(200).json();
    fits(&list, List(&Object(&ENTRY)));
    assert_eq!(list.as_array().map(Vec::len), Some(1));
    assert_eq!((&list[0]["id"], &list[0]["state"]), (&json!(id), &json!("completed")));
    let shown = admin.get(&format!("/state-backups/{id}")).await.expect(200).json();
    assert!(shown["files"].as_array().is_some_and(|files| !files.is_empty()), "{shown}");
    assert!(admin.get("/jobs").await.expect(200).json().as_array().is_some_and(|jobs| jobs.len() == 1));
    // An empty body asks for the same as an empty object.
    Answer::of(admin.request("POST", "/state-backups")).await.expect(202);
}

async fn a_download_is_the_archive_whole_or_by_range(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let id = taken(&admin).await;
    let path = format!("/state-backups/{id}/download");
    let whole = admin.get(&path).await.expect(200);
    let bytes = whole.body.len();
    let entry = admin.get(&format!("/state-backups/{id}")).await.json();
    assert_eq!((entry["bytes"].as_u64(), bytes > 100), (u64::try_from(bytes).ok(), true));
    assert_eq!(whole.header("content-disposition"), format!("attachment; filename=\"{id}\""));
    // Archives in memory are not packed.
    let kind = if backend == Backend::Memory { "application/octet-stream" } else { "application/gzip" };
    assert_eq!((whole.header("accept-ranges"), whole.header("content-type")), ("bytes", kind));
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
        ("bytes=10-".to_owned(), 10..bytes),
        ("bytes=-7".to_owned(), bytes - 7..bytes),
        (format!("bytes=5-{}", bytes * 2), 5..bytes),
    ] {
        let answer = part(&range, None).await.expect(206);
        assert_eq!(answer.body, whole.body.slice(wanted.clone()), "{range}");
        let told = format!("bytes {}-{}/{bytes}", wanted.start, wanted.end - 1);
        assert_eq!(answer.header("content-range"), told);
        assert_eq!(answer.header("content-length"), wanted.len().to_string());
    }
    let beyond = part(&format!("bytes={bytes}-"), None).await;
    assert_eq!(beyond.header("content-range"), format!("bytes */{bytes}"));
    beyond.problem(416, "bad_request");
    for all in ["bytes=0-1,3-4", "lines=0-1", "bytes=x-y", "bytes=9-3"] {
        assert_eq!(part(all, None).await.expect(200).body.len(), bytes, "{all}");
    }
    part("bytes=0-9", Some(("If-Range", tag))).await.expect(206);
    part("bytes=0-9", Some(("If-Range", "\"other\""))).await.expect(200);
    part("bytes=0-9", Some(("If-None-Match", tag))).await.expect(304);
    let head = Answer::of(admin.request("HEAD", &path)).await.expect(200);
    assert_eq!((head.header("content-length"), head.body.len()), (bytes.to_string().as_str(), 0));
}

#[tokio::test]
async fn a_download_says_what_it_is_whatever_its_name() {
    let daemon = TestDaemon::start(Backend::Sqlite).await;
    let admin = daemon.as_admin();
    let id = taken(&admin).await;
    let folder = daemon.data_dir().join("state-backups");
    std::fs::copy(folder.join(&id), folder.join("backup-küche.tar.gz")).unwrap();
    std::fs::write(folder.join("backup-odd.tar.gz"), "no archive").unwrap();
    let kitchen = admin.get("/state-backups/backup-k%C3%BCche.tar.gz/download").await.expect(200);
    assert_eq!(kitchen.header("content-type"), "application/gzip");
    assert_eq!(
        kitchen.header("content-disposition"),
        "attachment; filename=\"backup-k_che.tar.gz\"; filename*=UTF-8''backup%2Dk%C3%BCche.tar.gz"
    );
    let odd = admin.get("/state-backups/backup-odd.tar.gz/download").await.expect(200);
    assert_eq!((odd.header("content-type"), &odd.body[..]), ("application/octet-stream", &b"no archive"[..]));
    std::fs::copy(folder.join(&id), folder.join("backup-\u{1b}[2J.tar.gz")).unwrap();
    admin.get("/state-backups/backup-%1B[2J.tar.gz/download").await.problem(404, "not_found");
}

async fn an_archive_is_verified_and_removed(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let id = taken(&admin).await;
    let path = format!("/state-backups/{id}");
    let verifying = Answer::of(admin.request("POST", &format!("{path}/verify"))).await.expect(202);
    fits(&verifying.json(), JOB);
    let job = verifying.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(verifying.header("location"), format!("/api/v1/jobs/{job}"));
    jobs::completed(&admin, &job).await;
    let verified = admin.get(&path).await.expect(200).json()["verified"].clone();
    assert_eq!((&verified["verdict"], &verified["damage"]), (&json!("ok"), &json!([])), "{verified}");
    admin.delete(&path).await.expect(204);
    admin.get(&path).await.problem(404, "not_found");
    admin.get(&format!("{path}/download")).await.problem(404, "not_found");
    assert_eq!(admin.get("/state-backups").await.json(), json!([]));
}

async fn an_archive_nobody_has_is_not_found(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    for id in ["nothing", "openccu-loom.db", "..%2fsecret.key", "..%2fopenccu-loom.db", "%2e%2e", "a%0d%0ab"]
    {
        admin.get(&format!("/state-backups/{id}")).await.problem(404, "not_found");
        admin.get(&format!("/state-backups/{id}/download")).await.problem(404, "not_found");
        let verify = admin.request("POST", &format!("/state-backups/{id}/verify"));
        Answer::of(verify).await.problem(404, "not_found");
        admin.delete(&format!("/state-backups/{id}")).await.problem(404, "not_found");
    }
    for body in [json!({ "unknown": 1 }), json!([]), json!({ "include_secrets": "yes" })] {
        admin.post("/state-backups", &body).await.problem(400, "validation");
    }
    admin.get("/jobs/nothing").await.problem(404, "not_found");
}
