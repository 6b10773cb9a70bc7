//! Killed when the central has the backup already: the next daemon goes on by itself.
//!
//! What lasts a moment cannot be hit by a kill; there the record is put to the step it would have been at.

use super::*;

#[test]
fn killed_before_the_restart_was_asked_for_it_is_asked_for() {
    for flavour in FLAVOURS {
        let mut bed = Bed::new();
        let (central, backup) = changed_since(&bed, SimConfig::new(flavour));
        let id = killed_while_it_is_taken_over(&mut bed, &central, &backup, &order());
        // The central is not stopped by that: it takes the backup over meanwhile.
        is_taken_over(&central);
        bed.sql("UPDATE ccu_restores SET step = 'restart'");
        bed.start();
        came_to_its_end(&bed, &central, &bed.restore_ended(&id));
        assert_eq!(central.observed().boots, 1);
    }
}

#[test]
fn killed_when_the_restart_was_asked_for_or_on_the_way_back_it_is_awaited_and_not_asked_for_again() {
    for (flavour, step, daemon_is_first) in [
        (Flavour::Stock, "restart", true),
        (Flavour::OpenCcu, "restart", false),
        (Flavour::Stock, "restart", false),
        (Flavour::OpenCcu, "way_back", true),
        (Flavour::Stock, "way_back", false),
    ] {
        let mut bed = Bed::new();
        let (central, backup) = changed_since(&bed, SimConfig::new(flavour));
        // Until a daemon has died, and maybe another one has started.
        central.inject(Fault::NeverComesBack);
        let id = killed_at(&mut bed, "way_back", &backup, &order());
        bed.sql(&format!("UPDATE ccu_restores SET step = '{step}'"));
        if daemon_is_first {
            bed.start();
            central.heal();
        } else {
            central.heal();
            eventually("the central to be back", || (central.observed().boots == 1).then_some(()));
            bed.wait_until_ready(&central);
            bed.start();
        }
        came_to_its_end(&bed, &central, &bed.restore_ended(&id));
        let seen = central.observed();
        assert_eq!((seen.boots, seen.page("POST reboot")), (1, 1), "{flavour:?} {step} {daemon_is_first}");
    }
}

#[test]
fn killed_while_it_compares_or_forgets_it_compares_again() {
    for step in ["compare", "drop_caches"] {
        let mut bed = Bed::with(&crate::bed::PATIENCE.replace("settle_timeout: 0s", "settle_timeout: 10m"));
        let (central, backup) = changed_since(&bed, SimConfig::new(Flavour::OpenCcu));
        central.inject(Fault::EmptyDeviceList);
        let id = killed_at(&mut bed, "compare", &backup, &order());
        bed.sql(&format!("UPDATE ccu_restores SET step = '{step}'"));
        central.heal();
        central.drop_sessions();
        bed.start();
        let entry = bed.restore_ended(&id);
        assert_eq!(entry["step"], "drop_caches");
        came_to_its_end(&bed, &central, &entry);
        assert_eq!(central.observed().boots, 1);
    }
}
