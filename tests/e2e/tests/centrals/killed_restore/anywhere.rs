//! Killed at no chosen step: whatever the record says is true of the central.

use super::*;
use loom_e2e::instants::Instants;
use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 16;

#[test]
fn a_restore_of_a_stock_central_killed_at_any_instant_tells_the_truth() {
    println!("{}", killed_at_any_instant(Flavour::Stock));
}

#[test]
fn a_restore_of_an_openccu_central_killed_at_any_instant_tells_the_truth() {
    println!("{}", killed_at_any_instant(Flavour::OpenCcu));
}

/// What came of the kills, for people.
fn killed_at_any_instant(flavour: Flavour) -> String {
    let mut bed = Bed::new();
    let (central, backup) = changed_since(&bed, SimConfig::new(flavour).backup_size_mib(8));
    let begun = Instant::now();
    bed.restore_ended(&bed.begin_restore(&backup, &json!({ "confirm": "haus" })));
    let mut instants = Instants::new(ROUNDS, begun.elapsed());
    let mut outcomes: BTreeMap<String, u32> = BTreeMap::new();
    while instants.go_on(outcomes.len() > 2) {
        central.keep_devices(Interface::HmIpRf, NOW);
        bed.devices_are_read("haus");
        let begun = Instant::now();
        let id = bed.begin_restore(&backup, &json!({ "confirm": "haus" }));
        instants.wait(begun);
        bed.kill();
        let (step, state) = on_record(&bed, &id);
        match state.as_str() {
            "completed" => instants.ended(),
            _ => instants.nothing_came(),
        }
        // What it was asked for, a central goes on with when the daemon is gone.
        eventually("the central to build", || (central.observed().backups_running == 0).then_some(()));
        thread::sleep(Duration::from_millis(500));
        central.drop_sessions();
        bed.start();
        let mut entry = bed.restore_ended(&id);
        let first = entry["state"].as_str().unwrap().to_owned();
        *outcomes.entry(format!("{step}: {first}")).or_default() += 1;
        match first.as_str() {
            "failed" => {
                assert!(["preflight", "safety_backup", "offer"].contains(&step.as_str()), "{entry:#}")
            }
            "interrupted" => {
                assert_eq!(step, "apply", "{entry:#}");
                bed.ccu(&format!("resume {id}"));
                entry = bed.restore_ended(&id);
                assert_eq!(entry["state"], "completed", "{entry:#}");
            }
            _ => assert_eq!(first, "completed", "{entry:#}"),
        }
        bed.devices_are_read("haus");
        let is_restored = entry["state"] == "completed" && entry["differences"] == json!([]);
        assert_eq!(central.devices(), if is_restored { THEN } else { NOW }, "{step}: {entry:#}");
        let open = bed.sql("SELECT count(*) FROM ccu_backups WHERE state IN ('queued', 'running')");
        assert_eq!(open, "0");
        for name in bed.files() {
            let id = name.strip_suffix(".sbk").unwrap_or_else(|| panic!("`{name}` is left"));
            assert_eq!(bed.admin.get(&format!("/backups/{id}")).json()["state"], "completed");
        }
        central.was_treated_well();
    }
    // Otherwise the instants do not lie where they should, and this test shows nothing.
    assert!(outcomes.len() > 2, "{outcomes:?}");
    format!("{flavour:?}: {} kills: {outcomes:?}", instants.turns())
}
