//! `ccu restore` and `ccu resume`: consent, the steps as they are told, and what came of it.
//!
//! Does NOT restore anything.

use super::*;

const ID: &str = "ccu3-20261123-031500";
const RESTORE: &str = "POST /backups/ccu3-20261123-031500/restore";
const WATCH: &str = "GET /restores/restore-ccu3-20261123-041500";
const KEY: &str = "my security key";

fn ordered() -> Answer {
    Answer::json(202, &json!({ "id": ID, "restore": "restore-ccu3-20261123-041500", "job": "0-2" }))
}

fn daemon() -> ScriptedDaemon {
    let one = format!("GET /backups/{ID}");
    ScriptedDaemon::default().on(&one, Answer::json(200, &entry(&json!({})))).on(RESTORE, ordered())
}

fn at(step: &str, state: &str, other: &Value) -> Answer {
    let mut restore = json!({
        "id": "restore-ccu3-20261123-041500", "backup": ID, "target": "ccu3", "step": step, "state": state,
        "safety_backup": "ccu3-20261123-041501", "created_at": "x", "updated_at": "x",
    });
    for (field, value) in other.as_object().unwrap() {
        restore[field] = value.clone();
    }
    Answer::json(200, &restore)
}

#[test]
fn each_step_is_told_as_it_comes() {
    let daemon = daemon()
        .on(WATCH, at("preflight", "running", &json!({})))
        .on(WATCH, at("apply", "running", &json!({})))
        .on(WATCH, at("apply", "running", &json!({})))
        .on(WATCH, at("drop_caches", "completed", &json!({ "differences": [] })));
    let told = ccu(&story(), &daemon, &format!("restore {ID} --confirm ccu3"));
    assert_eq!(told.exits(0).text(), format!("restored {ID} to ccu3: it is back, and as the backup says\n"));
    let steps: Vec<_> = told.stderr.lines().collect();
    let wanted = [
        "note: ccu3: looking at the backup and the central (nothing is changed)",
        "note: ccu3: the central takes the backup over; do not switch it off",
        "note: `ccu3` as it was before is in the backup `ccu3-20261123-041501`",
    ];
    assert_eq!(steps, wanted);
    let order = daemon.until_asked(RESTORE).json();
    assert_eq!(order, json!({ "confirm": "ccu3", "without_safety_backup": false }));
}

#[test]
fn where_nobody_can_be_asked_the_name_must_be_given() {
    let daemon = daemon();
    ccu(&story(), &daemon, &format!("restore {ID}")).exits(2).says("hint: name that central with --confirm");
    assert!(daemon.lines().is_empty());
}

#[test]
fn a_backup_of_nobody_needs_a_target() {
    let one = "GET /backups/upload-1";
    let daemon = ScriptedDaemon::default().on(one, Answer::json(200, &entry(&json!({ "central": "" }))));
    ccu(&story(), &daemon, "restore upload-1 --confirm ccu3").exits(2).says("with --target");
    assert_eq!(daemon.lines(), [one]);
}

#[test]
fn everything_that_was_typed_is_sent_and_the_key_is_never_said() {
    let mut story = story();
    story.set_secret("NOBODY_MAY_SAY", KEY);
    story.write("key", format!("{KEY}\n"));
    let words = format!(
        "restore {ID} --confirm new --target new --accept-foreign ccu3 --without-safety-backup --no-wait --security-key-file"
    );
    for file in ["key", "-"] {
        let daemon = daemon();
        let words = format!("ccu {words} {file} --url {}", daemon.url());
        let told = story.run_with_input(&words, KEY.as_bytes());
        assert_eq!(told.exits(0).text(), "restore-ccu3-20261123-041500\n");
        let wanted = json!({
            "confirm": "new", "target": "new", "accept_foreign": "ccu3", "without_safety_backup": true,
            "security_key": KEY,
        });
        assert_eq!(daemon.until_asked(RESTORE).json(), wanted);
    }
}

#[test]
fn differences_are_told_and_are_an_exit_code() {
    let differences = json!({ "differences": ["`HmIP-RF` has 11 devices, the backup says 12"] });
    let daemon = daemon().on(WATCH, at("drop_caches", "completed", &differences));
    let told = ccu(&story(), &daemon, &format!("restore {ID} --confirm ccu3"));
    told.exits(3).says("other than the backup says in 1 points:\n  `HmIP-RF` has 11 devices");
}

#[test]
fn a_restore_that_failed_says_at_which_step_and_where_the_old_state_is() {
    for (kind, code) in [("central", 7), ("damaged", 4), ("storage", 1), ("cancelled", 1), ("other", 1)] {
        let failed = json!({ "failure": kind, "reason": "it went wrong", "hint": "mend it" });
        let daemon = daemon().on(WATCH, at("offer", "failed", &failed));
        let told = ccu(&story(), &daemon, &format!("restore {ID} --confirm ccu3"));
        told.exits(code)
            .says("at the step `offer` failed: it went wrong\nhint: mend it")
            .says("is in the backup `ccu3-20261123-041501`");
    }
}

#[test]
fn an_interrupted_restore_can_be_resumed() {
    let interrupted = json!({ "failure": "other", "reason": "the daemon ended" });
    let daemon = daemon()
        .on(WATCH, at("restart", "interrupted", &interrupted))
        .on(WATCH, at("restart", "interrupted", &interrupted))
        .on(WATCH, at("drop_caches", "completed", &json!({})))
        .on("POST /restores/restore-ccu3-20261123-041500/resume", Answer::json(202, &json!({ "id": "0-4" })));
    let story = story();
    ccu(&story, &daemon, &format!("restore {ID} --confirm ccu3"))
        .exits(7)
        .says("which was interrupted, failed: the daemon ended")
        .says("hint: `openccu-loom ccu resume restore-ccu3-20261123-041500` goes on with it");
    ccu(&story, &daemon, "resume restore-ccu3-20261123-041500").exits(0).says("it is back");
}

#[test]
fn a_restore_that_is_refused_changed_nothing() {
    let one = format!("GET /backups/{ID}");
    let daemon = ScriptedDaemon::default()
        .on(&one, Answer::json(200, &entry(&json!({}))))
        .on(RESTORE, Answer::problem(422, "type `ccu3` to confirm"));
    ccu(&story(), &daemon, &format!("restore {ID} --confirm other"))
        .exits(6)
        .says("nothing was changed: type `ccu3` to confirm");
}
