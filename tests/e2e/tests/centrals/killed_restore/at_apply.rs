//! Killed while the central takes the backup over: nobody knows whether it did, so an operator decides.

use super::*;

#[test]
fn killed_while_the_central_takes_it_over_a_restore_is_interrupted_and_resume_ends_it() {
    for flavour in FLAVOURS {
        let mut bed = Bed::new();
        let (central, backup) = changed_since(&bed, SimConfig::new(flavour));
        // The backup before it is what shows afterwards that the central did change.
        let id = killed_while_it_is_taken_over(&mut bed, &central, &backup, &json!({ "confirm": "haus" }));
        assert!(central.observed().open_sessions <= 1);
        bed.start();
        let entry = bed.restore_ended(&id);
        let told = (&entry["state"], &entry["step"], &entry["failure"]);
        assert_eq!(told, (&json!("interrupted"), &json!("apply"), &json!("central")), "{entry:#}");
        let (reason, hint) = (entry["reason"].as_str().unwrap(), entry["hint"].as_str().unwrap());
        assert!(reason.contains("it is unknown whether it did"), "{reason}");
        assert!(hint.contains("look at the central; resume the restore"), "{hint}");
        // It changes only by its restart, which nobody asked it for.
        assert_eq!((central.devices(), central.observed().boots), (NOW, 0));

        // The operator looks at it first; it is still at it.
        is_taken_over(&central);
        bed.ccu(&format!("resume {id}")).exits(0).says("it is back, and as the backup says");
        assert_eq!(central.observed().boots, 1);
        came_to_its_end(&bed, &central, &bed.restore_ended(&id));
        assert_eq!(bed.admin.get("/audit?limit=10000").text().matches("\"restore_resume\"").count(), 1);
    }
}

#[test]
fn killed_before_the_central_was_asked_a_resumed_restore_tells_that_nothing_came_of_it() {
    let mut bed = Bed::new();
    let (central, backup) = changed_since(&bed, SimConfig::new(Flavour::Stock));
    central.inject(Fault::Mute);
    let id = killed_at(&mut bed, "preflight", &backup, &order());
    central.heal();
    bed.sql("UPDATE ccu_restores SET step = 'apply'");
    bed.start();
    assert_eq!(bed.restore_ended(&id)["state"], "interrupted");
    let told = bed.ccu(&format!("resume {id} --json")).exits(3).json();
    assert!(told["differences"].to_string().contains("HmIP-RF"), "{told:#}");
    let seen = central.observed();
    assert_eq!((central.devices(), seen.boots, seen.restores_applied), (NOW, 1, 0));
}
