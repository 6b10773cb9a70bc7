//! A daemon whose configuration seals its archives: it takes them sealed, tells sealed from damaged, and does not start
//! where it could not seal.
//!
//! Does NOT restore (`round_trips`).

use super::PASSPHRASE;
use loom_e2e::age_keys::{OFFICE, SAFE};
use loom_e2e::daemon::DaemonFolder;
use loom_e2e::daemon::client::Client;
use serde_json::{Value, json};
use std::fs;

fn folder(more: &str) -> DaemonFolder {
    let folder = DaemonFolder::default();
    fs::write(folder.path("office.txt"), OFFICE.file).unwrap();
    fs::write(folder.path("safe.txt"), SAFE.file).unwrap();
    fs::write(folder.path("recipients.txt"), format!("{}\n", OFFICE.recipient)).unwrap();
    fs::write(folder.path("phrase.txt"), PASSPHRASE).unwrap();
    folder.configure(&format!("state_backups:\n{more}"));
    folder
}

fn entry(admin: &Client, id: &str) -> Value {
    let listed = admin.get("/state-backups").gives(200).json();
    let one = listed.as_array().unwrap().iter().find(|one| one["id"] == id).unwrap().clone();
    let shown = admin.get(&format!("/state-backups/{id}")).gives(200).json();
    assert_eq!((&shown["state"], &shown["sealed_for"]), (&one["state"], &one["sealed_for"]));
    one
}

fn verified(admin: &Client, id: &str) -> Value {
    let begun = admin.post(&format!("/state-backups/{id}/verify"), &json!({})).gives(202).json();
    let job = admin.job(begun["id"].as_str().unwrap());
    assert_eq!(job["state"], "completed", "{job}");
    job["result"].clone()
}

#[test]
fn archives_are_sealed_for_the_recipients_of_the_moment_and_are_not_taken_for_damaged() {
    let folder = folder("  recipients_file: recipients.txt\n  format: zip\n");
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    let first = admin.take_backup();
    assert!(first.ends_with(".zip.age"), "{first}");
    let seen = entry(&admin, &first);
    assert_eq!(
        (&seen["state"], &seen["sealed_for"], &seen["format"]),
        (&json!("sealed"), &json!("recipients"), &json!("zip"))
    );
    assert_eq!(seen["recipients"], json!([{ "kind": "X25519", "fingerprint": OFFICE.fingerprint }]));
    assert!(seen["key_fingerprint"].is_string() && seen["key_inside"].is_null(), "{seen}");
    let time = first.rsplit('-').next().unwrap();
    let digits: String = seen["created_at"].as_str().unwrap().chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits[..14], time.replace('T', "")[..14], "{seen}");

    let result = verified(&admin, &first);
    assert_eq!(
        (&result["verdict"], &result["ok"], &result["damage"]),
        (&json!("sealed"), &json!(false), &json!([]))
    );
    assert!(result["reason"].as_str().unwrap().contains("no identity"), "{result}");
    let seen = entry(&admin, &first);
    assert_eq!((&seen["state"], &seen["verified"]["verdict"]), (&json!("sealed"), &json!("sealed")));
    let figures = admin.get("/metrics");
    let figures = String::from_utf8_lossy(&figures.gives(200).body).into_owned();
    let never =
        figures.lines().find(|line| line.contains("backup_never_succeeded") && line.contains("\"state\""));
    assert!(never.unwrap().ends_with(" 0.0"), "{never:?}");

    // The file counts as it is when a backup is taken.
    fs::write(folder.path("recipients.txt"), SAFE.recipient).unwrap();
    let second = admin.take_backup();
    let store = folder.data().join("state-backups");
    for (id, opens, stays_closed) in [(&first, "office", "safe"), (&second, "safe", "office")] {
        let archive = store.join(id);
        let verify = |who: &str| {
            folder
                .run(&format!("backup verify --data-dir nowhere --identity {who}.txt {}", archive.display()))
        };
        verify(opens).exits(0);
        verify(stays_closed).exits(9);
    }

    // Without it no backup is taken, and none that is open.
    fs::remove_file(folder.path("recipients.txt")).unwrap();
    let begun = admin.post("/state-backups", &json!({})).gives(202).json();
    let job = admin.job(begun["job"].as_str().unwrap());
    assert_eq!(job["state"], "failed");
    assert!(
        job["reason"].as_str().unwrap().contains("the recipients file `recipients.txt` cannot be read"),
        "{job}"
    );
    daemon.stop();
    let archives =
        fs::read_dir(&store).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(archives.filter(|name| name != ".nobackup").count(), 2);
    folder.refused().exits(2).says("archives of the state cannot be sealed").says("recipients.txt");
}

#[test]
fn archives_that_the_daemon_can_open_are_listed_closed_and_verified() {
    for (more, sealed_for) in
        [("  seal: master-key\n", "master-key"), ("  passphrase_file: phrase.txt\n", "passphrase")]
    {
        let folder = folder(more);
        let daemon = folder.start();
        let admin = daemon.client().set_up();
        let id = admin.take_backup();
        let seen = entry(&admin, &id);
        assert_eq!((&seen["state"], &seen["sealed_for"]), (&json!("sealed"), &json!(sealed_for)));
        let result = verified(&admin, &id);
        assert_eq!(
            (&result["verdict"], &result["sealed_for"]),
            (&json!("ok"), &json!(sealed_for)),
            "{result}"
        );
        daemon.stop();
    }
}

#[test]
fn the_command_line_seals_like_the_daemon() {
    let folder = folder("  recipients_file: recipients.txt\n");
    folder.start().stop();
    folder.run("backup create --config config.yaml --out a").exits(0).says("for 1 recipient");
}

#[test]
fn a_download_is_the_sealed_file_and_nothing_else() {
    let folder = folder("  recipients_file: recipients.txt\n");
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    let id = admin.take_backup();
    let answer = admin.get(&format!("/state-backups/{id}/download"));
    answer.gives(200);
    let header = |name: &str| answer.headers.iter().find(|(found, _)| found == name).unwrap().1.clone();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert!(header("content-disposition").contains(&id));
    assert!(answer.body.starts_with(b"age-encryption.org/v1\n"));
    daemon.stop();
}

#[test]
fn a_start_with_settings_that_contradict_each_other_is_refused() {
    for (more, words) in [
        ("  seal: recipients\n", "needs `state_backups.recipients`"),
        ("  seal: none\n  recipients_file: recipients.txt\n", "contradict each other"),
        ("  passphrase_file: nowhere.txt\n", "the passphrase file `nowhere.txt` cannot be read"),
        ("  recipients: [age1nonsense]\n", "recipient number 1"),
    ] {
        let folder = folder(more);
        folder.refused().exits(2).says(words);
        assert!(!folder.database().exists(), "{more}");
    }
}
