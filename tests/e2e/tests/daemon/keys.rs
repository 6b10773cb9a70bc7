//! Master keys that are missing, broken or another one, while sealed values are there: only secrets suffer.

use crate::{central, works};
use loom_e2e::daemon::client::{ADMIN, Client, PASSWORD};
use loom_e2e::daemon::{Daemon, DaemonFolder};
use loom_e2e::data_dir::sqlite;
use loom_e2e::sealing::{key_file, open_v2, read_key_file};
use serde_json::json;
use std::fs;
use std::path::PathBuf;

const SECRET: &str = "the old password";
const PLACE: [&str; 3] = ["centrals", "haus", "password_plain"];
const NEW: &str = "a password that must not be stored";

fn key_path(folder: &DaemonFolder) -> PathBuf {
    folder.data().join("secret.key")
}

/// A stopped daemon's state with a sealed password, and a token of an admin.
fn sealed_state() -> (DaemonFolder, String) {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    admin.post("/centrals", &central("haus", SECRET)).gives(201);
    let token = admin.new_token("later");
    daemon.stop();
    (folder, token)
}

/// No secret is taken, and everything without one goes on.
#[track_caller]
fn only_secrets_suffer(folder: &DaemonFolder, daemon: &Daemon, admin: &Client) {
    for (path, body) in [
        ("/centrals", central("garten", NEW)),
        ("/config/sections/north.mqtt", json!({ "broker_url": "tcp://broker:1883", "password": NEW })),
    ] {
        let method = if path == "/centrals" { "POST" } else { "PUT" };
        let refused = admin.send(method, path, Some(&body));
        assert!(refused.gives(400).text().contains("no master key is available"), "{}", refused.text());
    }
    let stored = sqlite(&folder.database(), ".dump");
    assert!(!stored.contains(NEW) && !stored.contains("garten"), "{stored}");

    works(daemon, admin);
    daemon.client().post("/auth/login", &json!({ "username": ADMIN, "password": PASSWORD })).gives(200);
    admin.post("/centrals", &json!({ "name": "balkon", "host": "ccu.example" })).gives(201);
    // What is sealed stays as it is when the row around it changes.
    let before = sealed(folder);
    let change = json!({ "enabled": false, "interfaces": ["HmIP-RF"], "password_plain": "***" });
    admin.put("/centrals/haus", &change).gives(204);
    assert_eq!(sealed(folder), before);
    admin.delete("/centrals/balkon").gives(204);
}

fn sealed(folder: &DaemonFolder) -> String {
    sqlite(&folder.database(), "SELECT password_plain FROM centrals WHERE name = 'haus'").trim().to_owned()
}

#[test]
fn a_missing_key_degrades_secrets_only_and_putting_it_back_heals() {
    let (folder, token) = sealed_state();
    fs::rename(key_path(&folder), folder.path("kept.key")).unwrap();
    let daemon = folder.start();
    daemon.says("encrypted value but no master key available");
    let admin = daemon.client().token(&token);
    let health = admin.health_of("config.secrets");
    assert_eq!(health["status"], "degraded");
    assert!(
        health["note"].as_str().unwrap().contains("encrypted value but no master key available"),
        "{health}"
    );
    admin.get("/health").gives(200);
    only_secrets_suffer(&folder, &daemon, &admin);
    let id = admin.take_backup();
    folder.run(&format!("backup inspect var/state-backups/{id}")).exits(0).says("not recorded");
    assert!(!key_path(&folder).exists(), "a key was made");
    let log = daemon.stop().log;
    assert!(!log.contains(NEW), "{log}");

    fs::rename(folder.path("kept.key"), key_path(&folder)).unwrap();
    let daemon = folder.start();
    let admin = daemon.client().token(&token);
    assert_eq!(admin.health_of("config.secrets")["status"], "healthy");
    let key = read_key_file(&key_path(&folder));
    assert_eq!(open_v2(key, PLACE, &sealed(&folder)).as_deref(), Some(SECRET));
    admin.post("/centrals", &central("garten", NEW)).gives(201);
}

#[test]
fn a_broken_key_file_degrades_secrets_only_and_is_left_as_it_is() {
    for broken in ["", "no base64!", "c2hvcnQ="] {
        let (folder, token) = sealed_state();
        fs::write(key_path(&folder), broken).unwrap();
        let daemon = folder.start();
        let admin = daemon.client().token(&token);
        let health = admin.health_of("config.secrets");
        assert_eq!(health["status"], "degraded", "{broken}");
        assert_eq!(fs::read_to_string(key_path(&folder)).unwrap(), broken);
        only_secrets_suffer(&folder, &daemon, &admin);
        // As on the command line: an archive with a broken key inside would pass for a good one.
        let begun = admin.post("/state-backups", &json!({})).gives(202).json();
        let job = admin.job(begun["job"].as_str().unwrap());
        assert!(job["reason"].as_str().unwrap().contains("holds no master key"), "{job}");
        folder.run("backup create --config config.yaml --out a.tar.gz").exits(5).says("holds no master key");
        daemon.stop();
        assert_eq!(fs::read_to_string(key_path(&folder)).unwrap(), broken);
    }
}

#[test]
fn another_key_is_told_and_what_it_does_not_open_stays_sealed() {
    let (folder, token) = sealed_state();
    let right = read_key_file(&key_path(&folder));
    fs::write(key_path(&folder), key_file([9; 32])).unwrap();
    let before = sealed(&folder);
    let daemon = folder.start();
    daemon.says("sealed values do not open with the master key");
    let admin = daemon.client().token(&token);
    let health = admin.health_of("config.secrets");
    assert_eq!(health["status"], "degraded");
    assert!(health["note"].as_str().unwrap().contains("the password of central `haus`"), "{health}");
    works(&daemon, &admin);
    let change = json!({ "enabled": false, "interfaces": ["HmIP-RF"] });
    admin.put("/centrals/haus", &change).gives(204);
    daemon.stop();
    assert_eq!(sealed(&folder), before);
    assert_eq!(open_v2(right, PLACE, &before).as_deref(), Some(SECRET));
}

#[test]
fn no_backup_is_taken_once_the_key_is_gone_from_the_data_dir_until_the_daemon_writes_a_new_one() {
    let (folder, token) = sealed_state();
    let daemon = folder.start();
    let admin = daemon.client().token(&token);
    fs::remove_file(key_path(&folder)).unwrap();
    let begun = admin.post("/state-backups", &json!({})).gives(202).json();
    let job = admin.job(begun["job"].as_str().unwrap());
    assert_eq!(job["state"], "failed", "{job}");
    let told = job.to_string();
    assert!(told.contains("no longer holds the master key"), "{told}");
    assert!(told.contains("key rotate --running --to file"), "{told}");

    fs::write(folder.path("token"), &token).unwrap();
    let who = format!("--running --url http://{} --token-file token", daemon.address());
    folder.run(&format!("key rotate {who} --to file")).exits(0).says("is kept as `secret.key.old-");
    let archive = admin.take_backup();
    daemon.stop();
    let sealed = sealed(&folder);
    assert_eq!(open_v2(read_key_file(&key_path(&folder)), PLACE, &sealed).as_deref(), Some(SECRET));
    let archive = format!("{}/state-backups/{archive}", folder.data().display());
    folder.run(&format!("backup verify --config config.yaml {archive}")).exits(0);
}
