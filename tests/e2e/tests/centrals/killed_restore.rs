//! `kill -9` at each step of a restore: the record tells where it stood and what to do, and the central agrees with it.

mod anywhere;
mod at_apply;
mod beyond;
mod unchanged;

use crate::bed::Bed;
use crate::central::Central;
use loom_e2e::daemon::eventually;
use loom_sim_ccu::{Fault, Flavour, Interface, SimConfig};
use serde_json::{Value, json};

/// Both kinds of firmware.
const FLAVOURS: [Flavour; 2] = [Flavour::Stock, Flavour::OpenCcu];
/// Devices of the interface that is looked at when the backup is taken.
const THEN: usize = 10;
/// And later.
const NOW: usize = 3;

/// A central that lost devices since its backup was taken; the id of that backup.
fn changed_since(bed: &Bed, config: SimConfig) -> (Central, String) {
    let central = bed.central("haus", config);
    let id = bed.backup("haus")["id"].as_str().unwrap().to_owned();
    central.keep_devices(Interface::HmIpRf, NOW);
    (central, id)
}

/// A restore without the backup before it, which takes the same way with and without it from there on.
fn order() -> Value {
    json!({ "confirm": "haus", "without_safety_backup": true })
}

/// Begins a restore and kills the daemon at that step; the id of the restore.
#[track_caller]
fn killed_at(bed: &mut Bed, step: &str, backup: &str, order: &Value) -> String {
    let id = bed.begin_restore(backup, order);
    eventually(&format!("the step `{step}`"), || {
        let entry = bed.admin.get(&format!("/restores/{id}")).gives(200).json();
        assert!(["queued", "running"].contains(&entry["state"].as_str().unwrap()), "{entry:#}");
        (entry["step"] == step && entry["state"] == "running").then_some(())
    });
    bed.kill();
    assert_eq!(on_record(bed, &id), (step.to_owned(), "running".to_owned()));
    id
}

/// The same while the central is at taking it over, which goes on until [`is_taken_over`].
#[track_caller]
fn killed_while_it_is_taken_over(bed: &mut Bed, central: &Central, backup: &str, order: &Value) -> String {
    central.inject(Fault::HangDuringGo);
    let id = bed.begin_restore(backup, order);
    eventually("the central to stop what it did", || (!central.hmip_runs()).then_some(()));
    bed.kill();
    assert_eq!(on_record(bed, &id), ("apply".to_owned(), "running".to_owned()));
    id
}

/// Lets the central come to the end of it.
#[track_caller]
fn is_taken_over(central: &Central) {
    central.heal();
    eventually("the central to take it over", || central.restore_waits().then_some(()));
}

/// Step and state of a restore as the dead daemon left them.
fn on_record(bed: &Bed, id: &str) -> (String, String) {
    let row = bed.sql(&format!("SELECT step || ' ' || state FROM ccu_restores WHERE id = '{id}'"));
    let (step, state) = row.split_once(' ').unwrap();
    (step.to_owned(), state.to_owned())
}

/// Asserts that a restore completed with nothing to tell, and that the central is as it was then.
#[track_caller]
fn came_to_its_end(bed: &Bed, central: &Central, entry: &Value) {
    assert_eq!((&entry["state"], &entry["differences"]), (&json!("completed"), &json!([])), "{entry:#}");
    assert_eq!((central.devices(), central.observed().restores_applied), (THEN, 1));
    bed.devices_are_read("haus");
    central.was_treated_well();
}
