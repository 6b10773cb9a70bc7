//! Fifty centrals at once, three of which are trouble: the others do not notice.

use crate::bed::Bed;
use crate::central::Central;
use loom_e2e::daemon::eventually;
use loom_sim_ccu::{Fault, Flavour, SimConfig};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const CENTRALS: usize = 50;
/// Sends no byte.
const HANGING: usize = 7;
/// Knows another password.
const REFUSING: usize = 20;
/// Sends its login page.
const LYING: usize = 33;
/// Sends an archive whose inside is cut off.
const CUTTING: usize = 34;

#[test]
fn forty_seven_backups_complete_beside_one_that_hangs_one_that_is_refused_and_one_that_lies() {
    let took =
        fifty_at_once(LYING, Fault::LoginPage, "central", "its login page came instead of the system backup");
    println!("47 backups of 50 centrals within {} ms", took.as_millis());
}

#[test]
fn forty_seven_backups_complete_beside_one_whose_archive_is_cut_inside() {
    let took = fifty_at_once(CUTTING, Fault::CutInner, "damaged", "was cut off on the CCU");
    println!("47 backups of 50 centrals within {} ms", took.as_millis());
}

/// How long the good ones took.
fn fifty_at_once(lying: usize, lie: Fault, kind: &str, words: &str) -> Duration {
    let bed = Bed::new();
    let centrals: Vec<Central> = (0..CENTRALS).map(|number| small(&bed, number)).collect();
    centrals[HANGING].inject(Fault::HangBeforeFirstByte);
    centrals[lying].inject(lie);
    for (number, central) in centrals.iter().enumerate() {
        let mut row = central.row();
        if number == REFUSING {
            row["password_plain"] = json!("another");
        }
        bed.admin.post("/centrals", &row).gives(201);
    }
    let begun = Instant::now();
    let ids: Vec<String> = centrals.iter().map(|central| bed.begin_backup(&central.name)).collect();
    let troubled = [HANGING, REFUSING, lying];
    let good = || (0..CENTRALS).filter(|number| !troubled.contains(number));
    for number in good() {
        let entry = bed.backup_ended(&ids[number]);
        assert_eq!(entry["state"], "completed", "{entry:#}");
        assert_eq!(entry["central"], centrals[number].name);
        assert_eq!(entry["contents"]["host_name"], centrals[number].hostname());
    }
    let took = begun.elapsed();

    // The one that hangs still has all its time, and one more backup of it is refused.
    let hanging = &centrals[HANGING].name;
    let entry = eventually("the backup to hang", || {
        let entry = bed.admin.get(&format!("/backups/{}", ids[HANGING])).gives(200).json();
        (entry["state"] == "running").then_some(entry)
    });
    assert_eq!(entry["progress"]["stage"], "wait", "{entry:#}");
    let again = bed.admin.post("/backups", &json!({ "central_name": hanging }));
    assert!(again.gives(409).text().contains(&ids[HANGING]), "{}", again.text());
    bed.ccu(&format!("cancel {}", ids[HANGING])).exits(0);
    told(&bed, &ids[HANGING], "cancelled", "cancelled by");
    told(&bed, &ids[REFUSING], "central", "password");
    told(&bed, &ids[lying], kind, words);

    let storage = bed.admin.get("/backups/storage").gives(200).json();
    assert_eq!(storage["count"], CENTRALS - troubled.len(), "{storage:#}");
    assert_eq!(bed.files().len(), CENTRALS - troubled.len());
    bed.idle();
    centrals.iter().for_each(Central::was_treated_well);
    // A net for what waits for the one that hangs, not a measure.
    assert!(took < Duration::from_secs(60), "{took:?}");
    took
}

fn small(bed: &Bed, number: usize) -> Central {
    let flavour = if number.is_multiple_of(2) { Flavour::Stock } else { Flavour::OpenCcu };
    let config = SimConfig::new(flavour).devices_everywhere(1).hostname(&format!("host-{number}"));
    bed.stranger(&format!("central-{number}"), config)
}

/// The backup ended in its own words.
#[track_caller]
fn told(bed: &Bed, id: &str, kind: &str, words: &str) {
    let entry: Value = bed.backup_ended(id);
    assert_eq!((&entry["state"], &entry["failure"]), (&json!("failed"), &json!(kind)), "{entry:#}");
    assert!(entry["reason"].as_str().unwrap().contains(words), "`{words}`: {entry:#}");
}
