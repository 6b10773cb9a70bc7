//! `ccu backup`, `ccu list`, `ccu cancel`, `ccu delete`.
//!
//! Does NOT back anything up.

use super::*;
use std::process::{Child, Command, Stdio};

const ID: &str = "ccu3-20261123-031500";
const ONE: &str = "GET /backups/ccu3-20261123-031500";
const CANCEL: &str = "POST /backups/ccu3-20261123-031500/cancel";

fn taking() -> ScriptedDaemon {
    ScriptedDaemon::default().on("POST /backups", Answer::json(202, &json!({ "id": ID, "job": "0-1" })))
}

fn running() -> Answer {
    let progress = json!({ "stage": "fetch", "object": "ccu3", "done_bytes": 3, "total_bytes": 5 });
    Answer::json(200, &entry(&json!({ "state": "running", "sha256": null, "progress": progress })))
}

#[test]
fn a_backup_is_watched_to_its_end() {
    let daemon =
        taking().on(ONE, running()).on(ONE, running()).on(ONE, Answer::json(200, &entry(&json!({}))));
    let told = ccu(&story(), &daemon, "backup ccu3");
    told.exits(0).says("warning: odd thing").says("note: it is signed with a security key");
    let wanted = format!("{ID}  ccu3-3.87.6-2026-11-23-0415.sbk  5 bytes (5 B)  sha256 {SHA256_OF_HELLO}\n");
    assert_eq!(told.text(), wanted);
    assert_eq!(daemon.lines(), ["POST /backups", ONE, ONE, ONE]);
    assert_eq!(daemon.asked()[0].json(), json!({ "central_name": "ccu3" }));
}

#[test]
fn without_a_name_the_daemon_chooses_and_without_waiting_the_id_is_all() {
    let daemon = taking();
    let told = ccu(&story(), &daemon, "backup --no-wait");
    assert_eq!(told.exits(0).text(), format!("{ID}\n"));
    assert!(daemon.asked()[0].body.is_empty());
    assert_eq!(daemon.lines().len(), 1);
}

#[test]
fn each_kind_of_failure_has_its_exit_code() {
    for (kind, code) in [
        ("central", 7),
        ("damaged", 4),
        ("storage", 1),
        ("cancelled", 1),
        ("other", 1),
        ("of a later version", 1),
    ] {
        let daemon = taking().on(ONE, Answer::json(200, &failed(kind)));
        let told = ccu(&story(), &daemon, "backup");
        told.exits(code).says(&format!("error: backup `{ID}` failed: it went wrong\nhint: mend it\n"));
        assert_eq!(told.text(), "");
    }
}

#[test]
fn a_daemon_that_restarts_is_waited_for() {
    let daemon = taking()
        .on(ONE, Answer::problem(503, "stopping"))
        .on(ONE, Answer::json(200, &entry(&json!({}))).cut_off(4))
        .on(ONE, Answer::json(200, &failed("other")));
    ccu(&story(), &daemon, "backup").exits(1).says("stopping; trying on").says("it went wrong");
}

#[test]
fn a_backup_that_vanishes_is_not_waited_for() {
    let daemon = taking().on(ONE, Answer::problem(404, "CCU backup does not exist"));
    ccu(&story(), &daemon, "backup").exits(2).says("failed to watch the backup");
}

fn begin(story: &Story, daemon: &ScriptedDaemon) -> Child {
    let mut command = story.command(&format!("ccu backup --url {}", daemon.url()));
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn ctrl_c_asks_the_daemon_to_cancel() {
    let daemon = taking()
        .on(ONE, running())
        .on(ONE, running())
        .on(ONE, Answer::json(200, &failed("cancelled")))
        .on(CANCEL, Answer::nothing(204));
    let story = story();
    let child = begin(&story, &daemon);
    daemon.until_asked(ONE);
    interrupt(&child);
    daemon.until_asked(CANCEL);
    let told: Outcome = child.wait_with_output().unwrap().into();
    told.exits(1).says("asking the daemon to cancel").says("it went wrong");
}

#[test]
fn a_backup_that_ends_while_it_is_cancelled_is_done() {
    let daemon = taking()
        .on(ONE, running())
        .on(ONE, running())
        .on(ONE, Answer::json(200, &entry(&json!({}))))
        .on(CANCEL, Answer::problem(409, "it has ended"));
    let story = story();
    let child = begin(&story, &daemon);
    daemon.until_asked(ONE);
    interrupt(&child);
    daemon.until_asked(CANCEL);
    Outcome::from(child.wait_with_output().unwrap()).exits(0).says(SHA256_OF_HELLO);
}

#[test]
fn the_second_ctrl_c_leaves() {
    let daemon = taking().on(ONE, running()).on(CANCEL, Answer::nothing(204));
    let story = story();
    let child = begin(&story, &daemon);
    daemon.until_asked(ONE);
    interrupt(&child);
    daemon.until_asked(CANCEL);
    interrupt(&child);
    let told: Outcome = child.wait_with_output().unwrap().into();
    told.exits(1).says("interrupted; the daemon goes on\nhint: `openccu-loom ccu list`");
}

#[test]
fn a_list_shows_what_is_there_and_what_failed() {
    let gone = entry(&json!({ "id": "upload-1", "central": "", "available": false }));
    let daemon = ScriptedDaemon::default()
        .on("GET /backups", Answer::json(200, &json!([entry(&json!({})), failed("central"), gone])));
    let told = ccu(&story(), &daemon, "list").exits(0).text();
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[0], "TAKEN                 CENTRAL  SIZE  STATE         ID");
    assert_eq!(lines[1], format!("2026-11-23T03:15:00Z  ccu3     5 B   ok            {ID}"));
    assert!(lines[2].contains("FAILED"), "{told}");
    assert_eq!(lines[3], "2026-11-23T03:15:00Z  -        5 B   FILE MISSING  upload-1");
    assert_eq!(lines[4..], [&format!("backup `{ID}` failed: it went wrong"), "hint: mend it"]);
}

#[test]
fn cancelling_and_deleting_say_what_was_done() {
    let daemon = ScriptedDaemon::default()
        .on(CANCEL, Answer::nothing(204))
        .on("DELETE /backups/ccu3-20261123-031500", Answer::nothing(204))
        .on("POST /backups/old/cancel", Answer::problem(409, "backup `old` has ended"));
    ccu(&story(), &daemon, &format!("cancel {ID}")).exits(0).says("nothing of it is kept");
    ccu(&story(), &daemon, &format!("delete {ID}")).exits(0).says(&format!("deleted {ID}"));
    ccu(&story(), &daemon, "cancel old")
        .exits(6)
        .says("failed to cancel the backup `old`: backup `old` has ended");
}
