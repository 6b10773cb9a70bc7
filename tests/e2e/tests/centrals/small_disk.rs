//! A disk that runs full while a backup is fetched.

use crate::bed::{Bed, PATIENCE, configure, names};
use loom_e2e::daemon::DaemonFolder;
use loom_e2e::daemon::small_disk::{inside, mounted};
use loom_sim_ccu::{Flavour, SimConfig};
use serde_json::json;
use std::fs;

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn a_backup_that_fills_the_disk_is_failed_and_not_kept_and_the_next_one_finds_room() {
    for flavour in [Flavour::Stock, Flavour::OpenCcu] {
        let folder = DaemonFolder::default();
        configure(&folder, PATIENCE);
        let mount = "mount -t tmpfs -o size=48m,mode=700 none \"$1\"";
        let bed = Bed::begun(folder, |folder| mounted(folder, mount));
        let central = bed.central("haus", SimConfig::new(flavour).backup_size_mib(24));
        let here = |name: &str| inside(bed.daemon(), &bed.folder, name);
        fs::write(here("filler"), vec![1; 32 << 20]).unwrap();
        let told = bed.ccu("backup haus");
        told.exits(1).says("no space left");
        let entry = &bed.admin.get("/backups").gives(200).json()[0];
        let failed = (&entry["state"], &entry["failure"], &entry["available"]);
        assert_eq!(failed, (&json!("failed"), &json!("storage"), &json!(false)), "{entry:#}");
        assert!(entry["hint"].is_string(), "{entry:#}");
        assert_eq!(names(&here("backups")), [""; 0]);
        bed.idle();
        central.was_treated_well();

        fs::remove_file(here("filler")).unwrap();
        let taken = bed.ccu("backup haus --json").exits(0).json();
        assert_eq!(names(&here("backups")), [format!("{}.sbk", taken["id"].as_str().unwrap())]);
        bed.ccu(&format!("verify {}", taken["id"].as_str().unwrap())).exits(0);
        central.was_treated_well();
    }
}
