//! `ccu verify`: files here, ids by the daemon.
//!
//! Does NOT list what can be wrong; the judge's own tests do.

use super::*;
use loom_contract::sbk_samples::{cut_inner, good_sbk, login_page, no_hmip_identity};

const VERIFY: &str = "POST /backups/kept/verify";
const JOB: &str = "GET /jobs/0-3";

fn job(state: &str, other: &Value) -> Answer {
    let mut job =
        json!({ "id": "0-3", "kind": "ccu_verify", "object": "kept", "state": state, "queued_at": "x" });
    for (field, value) in other.as_object().unwrap() {
        job[field] = value.clone();
    }
    Answer::json(200, &job)
}

#[test]
fn a_good_file_is_ok_without_any_daemon() {
    let story = Story::empty();
    story.write("a.sbk", good_sbk("3.87.6"));
    story.run("ccu verify a.sbk").exits(0).says("a.sbk: ok, ");
    story.write("b", no_hmip_identity("3.87.6"));
    story
        .run("ccu verify ./b")
        .exits(0)
        .says("  warning: the backup holds no identity")
        .says("  hint: this is right");
}

#[test]
fn every_damage_is_told_with_what_to_do() {
    let story = Story::empty();
    story.write("cut.sbk", cut_inner("3.87.6"));
    story
        .run("ccu verify cut.sbk")
        .exits(4)
        .says("cut.sbk: DAMAGED")
        .says("  damage: `usr_local.tar.gz` was cut off")
        .says("  hint: the CCU ran out of space");
    story.write("page.sbk", login_page());
    story.run("ccu verify page.sbk").exits(4).says("  damage: it is no CCU backup but");
    story.write("empty.sbk", "");
    let told = story.run("ccu verify --json empty.sbk").exits(4).json();
    assert_eq!((&told["good"], &told["damages"][0]["code"]), (&json!(false), &json!("empty")));
    assert!(told["damages"][0]["hint"].as_str().unwrap().starts_with("the connection ended"));
}

#[test]
fn what_looks_like_a_path_is_never_asked_for() {
    let story = Story::empty();
    for path in ["none.sbk", "./none", "folder/none"] {
        story.run(&format!("ccu verify {path}")).exits(2).says(&format!("`{path}` does not exist"));
    }
    story.run("ccu verify .").exits(2).says("`.` is no file");
}

#[test]
fn an_id_is_judged_by_the_daemon_and_a_file_of_that_name_wins() {
    let verdict = json!({ "good": true, "size_bytes": 5, "sha256": SHA256_OF_HELLO, "checked_at": "x" });
    let daemon = ScriptedDaemon::default()
        .on(VERIFY, job("queued", &json!({})))
        .on(JOB, job("running", &json!({})))
        .on(JOB, job("completed", &json!({ "result": verdict })));
    let story = story();
    ccu(&story, &daemon, "verify kept")
        .exits(0)
        .says(&format!("kept: ok, 5 bytes (5 B), sha256 {SHA256_OF_HELLO}"));
    assert_eq!(daemon.lines(), [VERIFY, JOB, JOB]);
    story.write("kept", "");
    ccu(&story, &daemon, "verify kept").exits(4).says("the backup is empty");
    assert_eq!(daemon.lines().len(), 3);
}

#[test]
fn what_the_daemon_finds_is_told_alike() {
    let damage = json!({ "code": "empty", "message": "the backup is empty", "hint": "make it again" });
    let verdict =
        json!({ "good": false, "size_bytes": 0, "sha256": "e3", "damages": [damage], "warnings": [] });
    let damaged = ScriptedDaemon::default()
        .on(VERIFY, job("queued", &json!({})))
        .on(JOB, job("completed", &json!({ "result": verdict })));
    ccu(&story(), &damaged, "verify kept")
        .exits(4)
        .says("  damage: the backup is empty\n  hint: make it again");
    let failed = ScriptedDaemon::default()
        .on(VERIFY, job("queued", &json!({})))
        .on(JOB, job("failed", &json!({ "reason": "the disk is gone", "hint": "mend it" })));
    ccu(&story(), &failed, "verify kept")
        .exits(1)
        .says("judging the backup `kept` failed: the disk is gone\nhint: mend it");
    let unknown =
        ScriptedDaemon::default().on(VERIFY, Answer::problem(404, "CCU backup `kept` does not exist"));
    ccu(&story(), &unknown, "verify kept")
        .exits(2)
        .says("failed to judge the backup `kept`, which is no file here");
}
