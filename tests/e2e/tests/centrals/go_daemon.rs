//! Backups of centrals that a Go daemon took: they are there after the first start, judged, each with its central.

use crate::bed::Bed;
use loom_e2e::contents::hash;
use loom_e2e::daemon::eventually;
use loom_e2e::daemon::go_data_dir::{TOKEN, go_data_dir};
use loom_sim_ccu::{Flavour, SimConfig};
use serde_json::{Value, json};
use std::fs;

#[test]
fn the_backups_a_go_daemon_took_are_judged_and_listed_with_their_centrals() {
    let files = [Flavour::Stock, Flavour::OpenCcu].map(an_archive);
    let cut = &files[0][..files[0].len() / 2];
    let folder = go_data_dir("");
    let backups = folder.data().join("backups");
    fs::create_dir(&backups).unwrap();
    for (name, bytes) in [
        ("haus-20260608-123456.sbk", files[0].as_slice()),
        ("garten-20260609-010203.sbk", &files[1]),
        ("haus-20260610-000000.sbk", cut),
        ("sold-20260611-000000.sbk", &files[0]),
        ("notes.txt", b"to be kept"),
    ] {
        fs::write(backups.join(name), bytes).unwrap();
    }

    let daemon = folder.start();
    let admin = daemon.client().token(TOKEN);
    let listed = eventually("the files to be judged", || {
        let listed = admin.get("/backups").gives(200).json();
        (listed.as_array().unwrap().len() == 4).then_some(listed)
    });
    let ids: Vec<_> = listed.as_array().unwrap().iter().map(|entry| entry["id"].as_str().unwrap()).collect();
    let newest_first =
        ["sold-20260611-000000", "haus-20260610-000000", "garten-20260609-010203", "haus-20260608-123456"];
    assert_eq!(ids, newest_first);
    let entries = listed.as_array().unwrap();
    is_good(&entries[0], "", &files[0], "2026-06-11T00:00:00Z");
    is_good(&entries[2], "garten", &files[1], "2026-06-09T01:02:03Z");
    is_good(&entries[3], "haus", &files[0], "2026-06-08T12:34:56Z");
    let damaged =
        (&entries[1]["state"], &entries[1]["failure"], &entries[1]["central"], &entries[1]["available"]);
    assert_eq!(damaged, (&json!("failed"), &json!("damaged"), &json!("haus"), &json!(false)), "{listed:#}");
    assert_eq!(admin.get("/backups/haus-20260608-123456/download").gives(200).body, files[0]);
    daemon.stop();

    // Another start changes nothing, and nothing of what lay there is gone.
    let daemon = folder.start();
    assert_eq!(daemon.client().token(TOKEN).get("/backups").gives(200).json(), listed);
    assert_eq!(fs::read(backups.join("notes.txt")).unwrap(), b"to be kept");
    assert_eq!(fs::read(backups.join("haus-20260610-000000.sbk")).unwrap(), cut);
}

/// A backup of a central.
fn an_archive(flavour: Flavour) -> Vec<u8> {
    let bed = Bed::new();
    let _central = bed.central("ccu", SimConfig::new(flavour));
    let id = bed.backup("ccu")["id"].as_str().unwrap().to_owned();
    fs::read(bed.backups_folder().join(format!("{id}.sbk"))).unwrap()
}

#[track_caller]
fn is_good(entry: &Value, central: &str, bytes: &[u8], taken: &str) {
    let told = (&entry["state"], &entry["available"], &entry["central"], &entry["created_at"]);
    assert_eq!(told, (&json!("completed"), &json!(true), &json!(central), &json!(taken)), "{entry:#}");
    assert_eq!((&entry["sha256"], &entry["bytes"]), (&json!(hash(bytes)), &json!(bytes.len())));
    assert!(entry["contents"]["firmware"].as_str().unwrap().starts_with("3.87.6"), "{entry:#}");
}
