//! Killed before anything was changed on the central.

use super::*;

#[test]
fn killed_while_it_looks_a_restore_failed_and_can_be_started_again() {
    for flavour in FLAVOURS {
        let mut bed = Bed::new();
        let (central, backup) = changed_since(&bed, SimConfig::new(flavour));
        central.inject(Fault::Mute);
        let id = killed_at(&mut bed, "preflight", &backup, &order());
        nothing_was_changed(&mut bed, &central, &backup, &id, "preflight");
    }
}

#[test]
fn killed_while_the_backup_before_it_is_taken_both_failed_and_nothing_of_that_backup_is_there() {
    for flavour in FLAVOURS {
        let mut bed = Bed::new();
        let (central, backup) = changed_since(&bed, SimConfig::new(flavour));
        central.inject(Fault::HangBeforeFirstByte);
        let id = killed_at(&mut bed, "safety_backup", &backup, &json!({ "confirm": "haus" }));
        nothing_was_changed(&mut bed, &central, &backup, &id, "safety_backup");
        let states =
            bed.sql("SELECT group_concat(state, ' ') FROM (SELECT state FROM ccu_backups ORDER BY id)");
        assert_eq!(states, "completed failed");
    }
}

#[test]
fn killed_while_the_file_is_sent_a_restore_failed_and_can_be_started_again() {
    for flavour in FLAVOURS {
        let mut bed = Bed::new();
        let (central, backup) = changed_since(&bed, SimConfig::new(flavour).backup_size_mib(8));
        central.inject(Fault::HangUpload);
        let id = killed_at(&mut bed, "offer", &backup, &order());
        nothing_was_changed(&mut bed, &central, &backup, &id, "offer");
    }
}

#[track_caller]
fn nothing_was_changed(bed: &mut Bed, central: &Central, backup: &str, id: &str, step: &str) {
    central.heal();
    let left = central.observed().open_sessions;
    assert!(left <= 1, "{left} sessions");
    central.drop_sessions();
    bed.start();
    let entry = bed.restore_ended(id);
    let told = (&entry["state"], &entry["step"], &entry["failure"], &entry["hint"]);
    assert_eq!(
        told,
        (&json!("failed"), &json!(step), &json!("cancelled"), &json!("start it again")),
        "{entry:#}"
    );
    assert!(entry["reason"].as_str().unwrap().ends_with("nothing was changed on the central"), "{entry:#}");
    bed.devices_are_read("haus");
    let seen = central.observed();
    assert_eq!((central.devices(), seen.boots, seen.restores_applied), (NOW, 0, 0));
    assert!(central.hmip_runs());
    assert_eq!(bed.files(), [format!("{backup}.sbk")]);
    bed.ccu(&format!("resume {id}")).exits(6).says("is not interrupted");

    let again = bed.begin_restore(backup, &order());
    came_to_its_end(bed, central, &bed.restore_ended(&again));
}
