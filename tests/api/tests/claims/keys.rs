//! The master key over HTTP: told by its public name, changed beside writers of secrets, and old ones removed.
//!
//! Does NOT look at what a killed daemon leaves.

use loom_api_tests::jobs::{self, JOB};
use loom_api_tests::shape::Shape::{Any, Int, List, Object, Text, Word};
use loom_api_tests::shape::{Shape, always, fits, maybe};
use loom_api_tests::{Answer, Backend, Client, TestDaemon, on_each_backend};
use serde_json::{Value, json};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

on_each_backend! {
    the_key_is_told_by_its_public_name,
    what_a_daemon_cannot_do_is_refused,
}

const COUNTS: Shape =
    Object(&[always("v1", Int), always("v2", Int), always("clear", Int), always("unreadable", Int)]);
const KEY: Shape = Object(&[always("fingerprint", Text), always("source", Text)]);
const OLD_KEY: Shape = Object(&[always("name", Text), maybe("fingerprint", Text), maybe("problem", Text)]);
const ARCHIVE: Shape = Object(&[
    always("archive", Text),
    maybe("format", Text),
    maybe("sealed_for", Text),
    maybe("recipients", List(&Text)),
    maybe("fingerprint", Text),
    always("key_at", Word(&["present", "old", "inside", "not-needed", "not-at-hand"])),
    maybe("old_key", Text),
    maybe("other_keys", List(&Text)),
    maybe("problem", Text),
]);
const STATUS: Shape = Object(&[
    maybe("key", KEY),
    maybe("problem", Text),
    always("providers", List(&Text)),
    always("values", Any),
    always("unreadable_places", List(&Text)),
    always("other_keys", List(&Text)),
    always("old_keys", List(&OLD_KEY)),
    maybe("pending", Any),
    maybe("archives", List(&ARCHIVE)),
]);

async fn status(admin: &Client) -> Value {
    let status = admin.get("/keys").await.expect(200).json();
    fits(&status, STATUS);
    status["values"].as_object().unwrap().values().for_each(|counts| fits(counts, COUNTS));
    status
}

fn counted(status: &Value, word: &str) -> u64 {
    status["values"].as_object().unwrap().values().map(|counts| counts[word].as_u64().unwrap()).sum()
}

fn central(name: &str, password: &str) -> Value {
    json!({ "name": name, "host": "192.0.2.7", "interfaces": [], "enabled": true, "username": "loom",
        "password_plain": password })
}

/// Follows a job to its end.
async fn ended(admin: &Client, begun: &Answer) -> Value {
    let job = begun.json();
    fits(&job, JOB);
    assert_eq!(job["kind"], "key_rotate");
    let id = job["id"].as_str().unwrap();
    assert_eq!(begun.header("location"), format!("/api/v1/jobs/{id}"));
    jobs::ended(admin, id).await
}

async fn rotated(admin: &Client) -> Value {
    let job = ended(admin, &admin.post("/keys/rotate", &json!({})).await.expect(202)).await;
    assert_eq!(job["state"], "completed", "{job}");
    job["result"].clone()
}

/// The secrets of the configuration as they are exported in clear.
async fn exported(admin: &Client) -> Value {
    admin.get("/config/export?secrets=included").await.expect(200).json()
}

async fn the_key_is_told_by_its_public_name(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    admin.post("/centrals", &central("home", "a secret")).await.expect(201);
    let status = status(&admin).await;
    assert_eq!((counted(&status, "v2"), counted(&status, "v1")), (1, 0), "{status}");
    let fingerprint = status["key"]["fingerprint"].as_str().unwrap();
    assert!(fingerprint.len() == 16 && fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()), "{status}");
    assert_eq!(status["archives"], json!([]));
    if backend == Backend::Sqlite {
        let key = std::fs::read_to_string(daemon.data_dir().join("secret.key")).unwrap();
        assert!(!status.to_string().contains(key.trim()));
    }
}

#[tokio::test]
async fn a_rotation_is_followed_and_its_old_key_removed() {
    let daemon = TestDaemon::start(Backend::Sqlite).await;
    let admin = daemon.token_of("ada", "admin").await;
    admin.post("/centrals", &central("home", "a secret")).await.expect(201);
    let before = status(&admin).await["key"]["fingerprint"].clone();
    let result = rotated(&admin).await;
    assert_eq!((&result["from"], &result["resealed"], &result["left"]), (&before, &json!(1), &json!(0)));
    let after = status(&admin).await;
    assert_eq!(after["key"]["fingerprint"], result["to"]);
    assert_ne!(after["key"]["fingerprint"], before);
    assert_eq!((counted(&after, "v2"), counted(&after, "unreadable")), (1, 0), "{after}");
    let audit = admin.get("/audit?op=key_rotate").await.expect(200).json();
    assert_eq!((audit.as_array().map(Vec::len), &audit[0]["user"]), (Some(1), &json!("ada")), "{audit}");

    let old = after["old_keys"].as_array().unwrap();
    assert_eq!((old.len(), &old[0]["fingerprint"]), (1, &before), "{after}");
    let path = format!("/keys/old/{}", old[0]["name"].as_str().unwrap());
    admin.delete(&path).await.expect(204);
    admin.delete(&path).await.problem(404, "not_found");
    assert_eq!(status(&admin).await["old_keys"], json!([]));
}

async fn what_a_daemon_cannot_do_is_refused(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let before = status(&admin).await;
    if backend == Backend::Memory {
        // A key in memory has no place that could be changed.
        admin.post("/keys/rotate", &json!({})).await.problem(422, "validation");
    }
    for unable in ["env", "kms", "pkcs11"] {
        admin.post("/keys/rotate", &json!({ "to": unable })).await.problem(422, "validation");
    }
    for body in [json!({ "to": "usb" }), json!({ "key": "mine" }), json!({ "allow_unreadable_secrets": 1 })] {
        admin.post("/keys/rotate", &body).await.problem(400, "validation");
    }
    for name in ["secret.key", "openccu-loom.db", "..%2fsecret.key", "secret.key.old-20261123T120000Z"] {
        admin.delete(&format!("/keys/old/{name}")).await.problem(404, "not_found");
        admin.delete(&format!("/keys/old/{name}?force=true")).await.problem(404, "not_found");
    }
    for client in [daemon.as_viewer(), daemon.as_operator()] {
        client.get("/keys").await.problem(403, "forbidden");
        client.post("/keys/rotate", &json!({})).await.problem(403, "forbidden");
        client.delete("/keys/old/secret.key.old-20261123T120000Z").await.problem(403, "forbidden");
    }
    assert_eq!(status(&admin).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_written_beside_rotations_are_all_kept() {
    const WRITERS: usize = 4;
    const WRITES: usize = 12;
    let mut daemon = TestDaemon::start(Backend::Sqlite).await;
    let admin = daemon.as_admin();
    let writer = async |writer: usize| {
        for write in 0..WRITES {
            let body = central(&format!("c{writer}-{write}"), &format!("secret {writer} {write}"));
            admin.post("/centrals", &body).await.expect(201);
            // The newest of them changes again and again.
            let change = json!({ "interfaces": [], "enabled": true, "password_plain": format!("newer {writer} {write}") });
            admin.put(&format!("/centrals/c{writer}-0"), &change).await.expect(204);
        }
    };
    let rotating = async {
        let mut two_at_once = 0;
        for _ in 0..4 {
            let begun = admin.post("/keys/rotate", &json!({})).await.expect(202);
            let second = admin.post("/keys/rotate", &json!({})).await;
            match second.status {
                409 => two_at_once += 1,
                // The first was over already.
                202 => assert_eq!(ended(&admin, &second).await["state"], "completed"),
                other => panic!("{other}: {}", second.text()),
            }
            let job = ended(&admin, &begun).await;
            assert_eq!(job["state"], "completed", "{job}");
        }
        two_at_once
    };
    let (two_at_once, ..) = tokio::join!(rotating, writer(0), writer(1), writer(2), writer(3));
    assert!(two_at_once > 0, "no two rotations were asked for at once");

    let all_open = async |admin: &Client| {
        let status = status(admin).await;
        assert_eq!(counted(&status, "v2"), (WRITERS * WRITES) as u64, "{status}");
        assert_eq!((counted(&status, "unreadable"), counted(&status, "v1")), (0, 0), "{status}");
        let document = exported(admin).await.to_string();
        for (writer, write) in (0..WRITERS).flat_map(|writer| (1..WRITES).map(move |write| (writer, write))) {
            assert!(document.contains(&format!("\"secret {writer} {write}\"")), "secret {writer} {write}");
        }
        for writer in 0..WRITERS {
            assert!(document.contains(&format!("\"newer {writer} {}\"", WRITES - 1)), "newer {writer}");
        }
    };
    all_open(&admin).await;
    daemon.stop().await;
    daemon.start_again().await;
    all_open(&daemon.as_admin()).await;
}

#[tokio::test]
async fn an_old_key_that_an_archive_or_a_value_needs_is_removed_only_by_force() {
    let daemon =
        TestDaemon::with(Backend::Sqlite, json!({ "state_backups": { "seal": "master-key" } })).await;
    let admin = daemon.as_admin();
    admin.post("/centrals", &central("home", "a secret")).await.expect(201);
    let begun = admin.post("/state-backups", &json!({})).await.expect(202).json();
    jobs::completed(&admin, begun["job"].as_str().unwrap()).await;
    let kept = rotated(&admin).await["kept"][0].as_str().unwrap().to_owned();
    let archives = status(&admin).await["archives"].clone();
    assert_eq!(
        (&archives[0]["key_at"], &archives[0]["old_key"]),
        (&json!("old"), &json!(kept)),
        "{archives}"
    );
    let refused = admin.delete(&format!("/keys/old/{kept}")).await;
    assert!(refused.text().contains(begun["id"].as_str().unwrap()), "{}", refused.text());
    refused.problem(409, "conflict");
    // A key that cannot be tried on the archive may be the one it needs.
    let old = daemon.data_dir().join(&kept);
    let mode = |mode| std::fs::set_permissions(&old, Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let refused = admin.delete(&format!("/keys/old/{kept}")).await;
    assert!(refused.text().contains("can be read by others"), "{}", refused.text());
    refused.problem(409, "conflict");
    let untried = status(&admin).await["old_keys"][0]["problem"].clone();
    assert!(untried.as_str().unwrap().contains("can be read by others"), "{untried}");
    mode(0o600);
    // Nor may it go when nobody knows what lay in the folder.
    let (archives, away) = (daemon.data_dir().join("state-backups"), daemon.data_dir().join("away"));
    std::fs::rename(&archives, &away).unwrap();
    let refused = admin.delete(&format!("/keys/old/{kept}")).await;
    assert!(refused.text().contains(archives.to_str().unwrap()), "{}", refused.text());
    refused.problem(409, "conflict");
    std::fs::rename(&away, &archives).unwrap();
    // Of several names all go, or none.
    admin
        .delete(&format!("/keys/old/{kept},secret.key.old-unknown?force=true"))
        .await
        .problem(404, "not_found");
    assert!(old.exists());
    admin.delete(&format!("/state-backups/{}", begun["id"].as_str().unwrap())).await.expect(204);

    // A value that was sealed before, as a restore of one table would bring it.
    let database = daemon.data_dir().join("openccu-loom.db");
    let sealed = |sql: &str| {
        let output = Command::new("sqlite3").arg(&database).arg(sql).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let before = sealed("SELECT password_plain FROM centrals");
    rotated(&admin).await;
    sealed(&format!("UPDATE centrals SET password_plain = '{before}'"));
    let needed = status(&admin).await;
    assert_eq!(counted(&needed, "unreadable"), 1, "{needed}");
    let named = needed["other_keys"][0].clone();
    let old = needed["old_keys"].as_array().unwrap().iter().find(|old| old["fingerprint"] == named).unwrap();
    let path = format!("/keys/old/{}", old["name"].as_str().unwrap());
    admin.delete(&path).await.problem(409, "conflict");
    admin.delete(&format!("{path}?force=true")).await.expect(204);
    let job = ended(&admin, &admin.post("/keys/rotate", &json!({})).await.expect(202)).await;
    assert!(job["reason"].as_str().unwrap().contains("home"), "{job}");
    let lenient = json!({ "allow_unreadable_secrets": true });
    let job = ended(&admin, &admin.post("/keys/rotate", &lenient).await.expect(202)).await;
    assert_eq!((&job["result"]["left"], &job["state"]), (&json!(1), &json!("completed")), "{job}");
}
