//! A stop amid the work for a central: in time, with a farewell, and told by the next start.

use crate::bed::{Bed, PATIENCE};
use loom_e2e::daemon::eventually;
use loom_sim_ccu::{Fault, Flavour, SimConfig};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// However slow a machine is; what the stories let hang does so for longer.
const IN_TIME: Duration = Duration::from_secs(120);

/// A bed whose daemon would wait for a central that hangs for ten minutes.
fn patient_bed() -> Bed {
    let patience = PATIENCE.replace("backup_first_byte_timeout: 60s", "backup_first_byte_timeout: 10m");
    Bed::with(&patience.replace("idle_timeout: 60s", "idle_timeout: 10m"))
}

#[test]
fn a_backup_does_not_keep_the_daemon_from_stopping_and_is_failed_at_the_next_start() {
    for fault in [Fault::HangMidway, Fault::HangBeforeFirstByte] {
        let mut bed = patient_bed();
        let central = bed.central("haus", SimConfig::new(Flavour::OpenCcu).backup_size_mib(1));
        central.inject(fault.clone());
        let id = bed.begin_backup("haus");
        eventually("the backup to be fetched", || {
            let entry = bed.admin.get(&format!("/backups/{id}")).gives(200).json();
            (central.observed().page("GET create_backup") == 1 && entry["progress"].is_object()).then_some(())
        });
        stops_in_time(&mut bed);
        assert_eq!(central.observed().open_sessions, 0, "{fault:?}: nobody said farewell");
        assert_eq!(bed.files(), [""; 0], "{fault:?}");
        central.heal();
        bed.start();
        let entry = bed.backup_ended(&id);
        assert_eq!((&entry["state"], &entry["available"]), (&json!("failed"), &json!(false)), "{entry:#}");
        assert_eq!(entry["hint"], "start it again", "{entry:#}");
        bed.backup("haus");
        bed.idle();
        central.was_treated_well();
    }
}

#[test]
fn a_restore_on_its_way_back_does_not_keep_the_daemon_from_stopping_and_goes_on_at_the_next_start() {
    let mut bed = patient_bed();
    let central = bed.central("haus", SimConfig::new(Flavour::Stock));
    let id = bed.backup("haus")["id"].as_str().unwrap().to_owned();
    central.keep_devices(loom_sim_ccu::Interface::HmIpRf, 3);
    central.inject(Fault::NeverComesBack);
    let restore = bed.begin_restore(&id, &json!({ "confirm": "haus" }));
    eventually("the way back", || {
        let entry: Value = bed.admin.get(&format!("/restores/{restore}")).json();
        (entry["step"] == "way_back").then_some(())
    });
    stops_in_time(&mut bed);
    central.heal();
    bed.start();
    let entry = bed.restore_ended(&restore);
    assert_eq!((&entry["state"], &entry["differences"]), (&json!("completed"), &json!([])), "{entry:#}");
    assert_eq!((central.devices(), central.observed().boots), (10, 1));
    bed.devices_are_read("haus");
    central.was_treated_well();
}

/// Stops the daemon, which drops the job it has.
#[track_caller]
fn stops_in_time(bed: &mut Bed) {
    let begun = Instant::now();
    let log = bed.stop().log;
    assert!(begun.elapsed() < IN_TIME, "{:?}", begun.elapsed());
    let is_told =
        |line: &str| line.contains("\"job cancelled\"") && line.contains("\"the daemon is stopping\"");
    assert!(log.lines().any(is_told), "{log}");
}
