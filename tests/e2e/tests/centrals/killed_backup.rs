//! `kill -9` at any instant of a backup: what is there after the next start is whole and recorded, or was never there.
//!
//! A central frees the session of a daemon that died only by its own time limit; that, and nothing else, stays behind.

use crate::bed::Bed;
use crate::central::Central;
use loom_e2e::daemon::eventually;
use loom_e2e::instants::Instants;
use loom_sim_ccu::{Fault, Flavour, SimConfig};
use serde_json::{Value, json};
use std::fs;
use std::time::Instant;

/// Enough that a download takes long against the time between two instants.
const MIB: u64 = 32;
const ROUNDS: u32 = 20;

#[test]
fn a_backup_of_a_stock_central_killed_at_any_instant_is_whole_or_was_never_there() {
    println!("{}", killed_at_any_instant(Flavour::Stock));
}

#[test]
fn a_backup_of_an_openccu_central_killed_at_any_instant_is_whole_or_was_never_there() {
    println!("{}", killed_at_any_instant(Flavour::OpenCcu));
}

/// What came of the kills, for people.
fn killed_at_any_instant(flavour: Flavour) -> String {
    let mut bed = Bed::new();
    let central = bed.central("haus", SimConfig::new(flavour).backup_size_mib(MIB));
    // The first one of all takes longer: the simulated central builds its archive then.
    let mut completed = vec![bed.backup("haus")];
    let begun = Instant::now();
    completed.push(bed.backup("haus"));
    let mut instants = Instants::new(ROUNDS, begun.elapsed());
    let (mut cut_off, mut sessions_left) = (0, 0);
    while instants.go_on(cut_off > ROUNDS / 4 && sessions_left > 0) {
        let begun = Instant::now();
        let id = bed.begin_backup("haus");
        instants.wait(begun);
        bed.kill();
        sessions_left += after_the_kill(&mut bed, &central);
        let entry = bed.backup_ended(&id);
        if entry["state"] == "completed" {
            completed.push(entry);
            instants.ended();
        } else {
            was_never_there(&bed, &entry);
            cut_off += 1;
            instants.nothing_came();
        }
        nothing_else_is_there(&bed, &completed);
    }
    let whole = completed.len() - 2;
    for entry in &completed {
        is_whole(&bed, entry);
    }
    bed.backup("haus");
    bed.idle();
    central.was_treated_well();
    // Otherwise the instants do not lie where they should, and this test shows nothing.
    assert!(cut_off > ROUNDS / 4 && sessions_left > 0, "{cut_off}, {sessions_left}");
    let (kills, within) = (instants.turns(), instants.took().as_millis());
    format!(
        "{flavour:?}: {kills} kills within {within} ms, {cut_off} cut off, {whole} whole, {sessions_left} sessions left"
    )
}

#[test]
fn a_backup_killed_when_its_file_gets_its_name_is_whole() {
    let mut bed = Bed::new();
    let central = bed.central("haus", SimConfig::new(Flavour::OpenCcu));
    let (mut completed, mut taken_up) = (Vec::new(), 0);
    for _ in 0..6 {
        let id = bed.begin_backup("haus");
        let file = bed.backups_folder().join(format!("{id}.sbk"));
        while !file.exists() {
            std::hint::spin_loop();
        }
        bed.kill();
        taken_up += u32::from(bed.sql("SELECT count(*) FROM ccu_backups WHERE state = 'running'") == "1");
        after_the_kill(&mut bed, &central);
        completed.push(bed.backup_ended(&id));
        nothing_else_is_there(&bed, &completed);
    }
    completed.iter().for_each(|entry| is_whole(&bed, entry));
    println!("6 kills, {taken_up} before the record was completed");
}

#[test]
fn a_record_that_lags_behind_its_file_is_completed_unless_the_file_is_spoiled() {
    let mut bed = Bed::new();
    let central = bed.central("haus", SimConfig::new(Flavour::Stock));
    let (good, spoiled) = (bed.backup("haus"), bed.backup("haus"));
    bed.kill();
    bed.sql("UPDATE ccu_backups SET state = 'running', size_bytes = NULL, sha256 = NULL");
    let path = bed.backups_folder().join(format!("{}.sbk", spoiled["id"].as_str().unwrap()));
    let mut bytes = fs::read(&path).unwrap();
    bytes.truncate(bytes.len() / 2);
    fs::write(&path, bytes).unwrap();
    after_the_kill(&mut bed, &central);
    let ended = bed.backup_ended(good["id"].as_str().unwrap());
    for field in ["sha256", "bytes", "filename", "contents", "state"] {
        assert_eq!(ended[field], good[field], "{ended:#}");
    }
    // What is left of one that was good stays for people to look at, and is not called a backup.
    let entry = bed.backup_ended(spoiled["id"].as_str().unwrap());
    let told = (&entry["state"], &entry["failure"], &entry["available"]);
    assert_eq!(told, (&json!("failed"), &json!("damaged"), &json!(false)), "{entry:#}");
    assert_eq!(bed.files().len(), 2);
}

#[test]
fn a_download_that_hangs_and_a_central_that_builds_are_both_let_go_by_a_kill() {
    for (fault, stage) in [(Fault::HangMidway, "fetch"), (Fault::HangBeforeFirstByte, "wait")] {
        let mut bed = Bed::new();
        let central = bed.central("haus", SimConfig::new(Flavour::Stock).backup_size_mib(1));
        central.inject(fault);
        let id = bed.begin_backup("haus");
        eventually("the backup to hang", || {
            let progress = bed.admin.get(&format!("/backups/{id}")).json()["progress"].clone();
            (progress["stage"] == stage && (stage == "wait" || progress["done_bytes"].as_u64()? > 1000))
                .then_some(())
        });
        bed.kill();
        central.heal();
        assert_eq!(after_the_kill(&mut bed, &central), 1);
        was_never_there(&bed, &bed.backup_ended(&id));
        nothing_else_is_there(&bed, &[]);
        bed.backup("haus");
    }
}

/// Starts the next daemon once the central has built what it was asked for; how many sessions the killed one left there.
#[track_caller]
fn after_the_kill(bed: &mut Bed, central: &Central) -> usize {
    eventually("the central to build", || (central.observed().backups_running == 0).then_some(()));
    let left = central.observed().open_sessions;
    assert!(left <= 1, "{left} sessions");
    central.drop_sessions();
    bed.start();
    bed.devices_are_read("haus");
    left
}

/// The backup failed with words, and nothing of it is there.
#[track_caller]
fn was_never_there(bed: &Bed, entry: &Value) {
    assert_eq!((&entry["state"], &entry["failure"]), (&json!("failed"), &json!("cancelled")), "{entry:#}");
    let reason = entry["reason"].as_str().unwrap();
    assert!(reason.starts_with("the daemon ended while the backup "), "{reason}");
    assert_eq!((&entry["hint"], &entry["available"]), (&json!("start it again"), &json!(false)));
    let id = entry["id"].as_str().unwrap();
    bed.admin.get(&format!("/backups/{id}/download")).gives(409);
}

/// Each completed record has its file, and there is no other one and nothing unfinished.
#[track_caller]
fn nothing_else_is_there(bed: &Bed, completed: &[Value]) {
    let mut wanted: Vec<_> =
        completed.iter().map(|entry| format!("{}.sbk", entry["id"].as_str().unwrap())).collect();
    wanted.sort();
    assert_eq!(bed.files(), wanted);
    let told = bed.ccu("list --json").exits(0).json();
    let states = told["backups"].as_array().unwrap().iter().filter(|entry| entry["state"] == "completed");
    assert_eq!(states.count(), wanted.len(), "{told:#}");
}

/// The file of a completed record is what the record says, and good.
#[track_caller]
fn is_whole(bed: &Bed, entry: &Value) {
    assert_eq!((&entry["state"], &entry["available"]), (&json!("completed"), &json!(true)), "{entry:#}");
    let path = format!("var/backups/{}.sbk", entry["id"].as_str().unwrap());
    let verdict = bed.ccu(&format!("verify {path} --json")).exits(0).json();
    assert_eq!(verdict["sha256"], entry["sha256"]);
    assert_eq!(fs::metadata(bed.folder.path(&path)).unwrap().len(), entry["bytes"].as_u64().unwrap());
    assert!(entry["contents"]["devices"].is_object() && entry["filename"].is_string(), "{entry:#}");
}
