//! A backup of 1 GiB, taken, verified, handed out and restored: memory stays flat.
//!
//! Does NOT measure time.

use crate::bed::Bed;
use loom_e2e::shell::shell;
use loom_sim_ccu::{Flavour, SimConfig};
use std::fs;

const MIB: u64 = 1024;
/// How much more than idle the daemon may take at its peak.
const MORE_KIB: u64 = 64 * 1024;

#[test]
#[ignore = "downloads 1 GiB"]
fn a_backup_of_a_gibibyte_takes_no_memory_to_speak_of_there_and_back() {
    for flavour in [Flavour::Stock, Flavour::OpenCcu] {
        let bed = Bed::new();
        let _central = bed.central("haus", SimConfig::new(flavour).backup_size_mib(MIB));
        let idle = memory(&bed, "VmRSS");
        // From here on the peak counts anew.
        fs::write(format!("/proc/{}/clear_refs", bed.daemon().pid()), "5").unwrap();
        let entry = bed.backup("haus");
        let fetched = memory(&bed, "VmHWM");
        let id = entry["id"].as_str().unwrap();
        bed.ccu(&format!("verify {id}")).exits(0);
        bed.ccu(&format!("download {id} --out copy.sbk")).exits(0);
        bed.ccu(&format!("restore {id} --confirm haus --without-safety-backup")).exits(0);
        let peak = memory(&bed, "VmHWM");
        println!(
            "{flavour:?}: {} bytes, idle {idle} KiB, fetched {fetched} KiB, peak {peak} KiB",
            entry["bytes"]
        );
        assert!(entry["bytes"].as_u64().unwrap() >= MIB << 20, "{entry:#}");
        assert!(peak <= idle + MORE_KIB, "idle {idle} KiB, peak {peak} KiB");
        for (folder, file) in
            [(bed.backups_folder(), format!("{id}.sbk")), (bed.folder.path("."), "copy.sbk".to_owned())]
        {
            let sum = shell(&folder, &format!("sha256sum {file}"));
            assert_eq!(sum.split(' ').next(), entry["sha256"].as_str());
        }
    }
}

/// A figure of the daemon's memory, in KiB.
fn memory(bed: &Bed, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", bed.daemon().pid())).unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
