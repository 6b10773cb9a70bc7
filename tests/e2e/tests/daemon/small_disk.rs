//! Data dirs on a disk that runs full or cannot be written, in a mount namespace that ends with the daemon.
//!
//! Not told: a disk that becomes read-only later. The kernel refuses to make it so while the daemon has files open there.

use crate::{central, write};
use loom_e2e::daemon::small_disk::{fill, inside, mounted};
use loom_e2e::daemon::{Daemon, DaemonFolder};
use serde_json::json;
use std::fs;

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn a_full_disk_refuses_changes_and_heals_when_there_is_room() {
    let folder = DaemonFolder::default();
    let daemon = Daemon::start(&mut mounted(&folder, "mount -t tmpfs -o size=4m,mode=700 none \"$1\""));
    let admin = daemon.client().set_up();
    let token = admin.new_token("later");
    let mut known = write(&admin, "light");
    fill(&inside(&daemon, &folder, "filler"));
    // Room in pages and logs that are there already may take a few more.
    let refused = loop {
        let name = format!("central-{known}");
        let answer = admin.post("/centrals", &central(&name, "a secret"));
        if answer.status != 201 {
            break answer;
        }
        known += 1;
    };
    assert!(refused.gives(503).text().contains("the log has the cause"), "{}", refused.text());
    daemon.says("full");
    let centrals = admin.get("/centrals").gives(200).json().as_array().unwrap().len();
    admin.get("/audit").gives(200);
    daemon.client().get("/health");
    let begun = admin.post("/state-backups", &json!({})).gives(202).json();
    let job = admin.job(begun["job"].as_str().unwrap());
    assert_eq!(job["state"], "failed");
    assert!(job["reason"].as_str().unwrap().contains("no space left"), "{job}");
    assert_eq!(admin.get("/state-backups/none.tar.gz").status, 404);

    fs::remove_file(inside(&daemon, &folder, "filler")).unwrap();
    write(&admin, "dark");
    let admin = daemon.client().token(&token);
    assert_eq!(admin.get("/centrals").gives(200).json().as_array().unwrap().len(), centrals);
    let id = admin.take_backup();
    let archive = admin.get(&format!("/state-backups/{id}/download"));
    fs::write(folder.path("a.tar.gz"), &archive.gives(200).body).unwrap();
    folder.run("backup verify a.tar.gz").exits(0);
    let leftovers = inside(&daemon, &folder, "state-backups").read_dir().unwrap();
    let mut names: Vec<_> =
        leftovers.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, [".nobackup", &id]);
    daemon.stop();
}

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn a_start_on_a_full_disk_is_refused_and_says_why() {
    let folder = DaemonFolder::default();
    for size in ["4k", "64k", "200k"] {
        let mount = format!("mount -t tmpfs -o size={size},mode=700 none \"$1\"");
        let told = loom_e2e::run::run(&mut mounted(&folder, &mount));
        let words = told.exits(1).words();
        assert!(words.contains("full") || words.contains("o space left"), "{size}: {words}");
    }
}

#[test]
#[ignore = "mounts file systems, needs the right to"]
fn a_read_only_data_dir_is_refused_and_named() {
    let folder = DaemonFolder::default();
    folder.start().stop();
    let mount = "mount --bind \"$1\" \"$1\"; mount -o remount,bind,ro \"$1\"";
    let told = loom_e2e::run::run(&mut mounted(&folder, mount));
    let data = folder.data();
    told.exits(1)
        .says(&format!("the data dir `{}` cannot be used", data.display()))
        .says("ead-only file system");
    folder.start().stop();
}
