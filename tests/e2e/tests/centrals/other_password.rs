//! A password that was changed after the backup: it comes from the backup too, and the daemon has to be told.

use crate::bed::Bed;
use crate::central::{SECRET, USER};
use loom_sim_ccu::{Flavour, Interface, SimConfig};
use serde_json::json;

const NEWER: &str = "dachboden-2342";

#[test]
fn a_restore_that_brings_an_old_password_back_waits_for_it_and_is_resumed_with_it() {
    for flavour in [Flavour::Stock, Flavour::OpenCcu] {
        let mut bed = Bed::new();
        let central = bed.central("haus", SimConfig::new(flavour));
        let id = bed.backup("haus")["id"].as_str().unwrap().to_owned();
        central.set_password(USER, NEWER);
        central.keep_devices(Interface::HmIpRf, 3);
        bed.ccu("test haus").exits(7).says("BROKEN");
        change_password(&bed, NEWER);

        let told = bed.ccu(&format!("restore {id} --confirm haus"));
        told.exits(7).says("its users and passwords now come from the backup");
        let restores = bed.admin.get("/restores").gives(200).json();
        let (restore, safety) =
            (restores[0]["id"].as_str().unwrap(), restores[0]["safety_backup"].as_str().unwrap());
        assert_eq!(
            (&restores[0]["state"], &restores[0]["step"]),
            (&json!("interrupted"), &json!("way_back"))
        );
        told.says(restore).says(&format!("the central as it was before is in the backup `{safety}`"));
        assert_eq!(central.devices(), 10);
        bed.ccu(&format!("resume {restore}")).exits(7);
        change_password(&bed, SECRET);
        let ended = bed.ccu(&format!("resume {restore} --json")).exits(0).json();
        assert_eq!((&ended["state"], &ended["differences"]), (&json!("completed"), &json!([])), "{ended:#}");
        bed.devices_are_read("haus");
        central.was_treated_well();
        assert_eq!((central.observed().boots, central.observed().restores_applied), (1, 1));
        let said = bed.stop().log;
        assert!(!said.contains(NEWER), "{said}");
        bed.kept_secret(&central, &said);
    }
}

fn change_password(bed: &Bed, password: &str) {
    let mut row = bed.admin.get("/centrals/haus").gives(200).json();
    row["password_plain"] = json!(password);
    let settable = row.as_object_mut().unwrap();
    settable.retain(|name, _| !["name", "created_at", "updated_at"].contains(&name.as_str()));
    bed.admin.put("/centrals/haus", &row).gives(204);
}
