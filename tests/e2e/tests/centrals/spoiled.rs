//! A stored file that rots: it is told, and never given to a central.

use crate::bed::Bed;
use loom_sim_ccu::{Flavour, Interface, SimConfig};
use serde_json::json;
use std::fs;

#[test]
fn a_flipped_bit_is_found_by_verify_and_no_central_is_touched_by_a_restore() {
    for flavour in [Flavour::Stock, Flavour::OpenCcu] {
        let bed = Bed::new();
        let central = bed.central("haus", SimConfig::new(flavour).backup_size_mib(1));
        let id = bed.backup("haus")["id"].as_str().unwrap().to_owned();
        central.keep_devices(Interface::HmIpRf, 3);
        let path = bed.backups_folder().join(format!("{id}.sbk"));
        let good = fs::read(&path).unwrap();
        for at in [good.len() / 4, good.len() / 2] {
            let mut bytes = good.clone();
            bytes[at] ^= 0x10;
            fs::write(&path, bytes).unwrap();
            let before = central.asked_for();
            let verdict = bed.ccu(&format!("verify {id} --json")).exits(4).json();
            assert_eq!(verdict["good"], false, "{verdict:#}");
            bed.ccu(&format!("restore {id} --confirm haus"))
                .exits(4)
                .says("nothing was changed on the central");
            let entry = &bed.admin.get("/restores").gives(200).json()[0];
            let told = (&entry["state"], &entry["step"], &entry["failure"]);
            assert_eq!(told, (&json!("failed"), &json!("preflight"), &json!("damaged")), "{entry:#}");
            assert_eq!(central.asked_for(), before);
            assert_eq!(bed.files(), [format!("{id}.sbk")]);
        }
        fs::write(&path, &good).unwrap();
        bed.ccu(&format!("verify {id}")).exits(0);
        bed.ccu(&format!("restore {id} --confirm haus")).exits(0);
        assert_eq!(central.devices(), 10);
        central.was_treated_well();
    }
}
