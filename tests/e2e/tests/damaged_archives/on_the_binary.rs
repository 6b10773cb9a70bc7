//! Damages as an operator meets them: exit code 4, a name, and nothing touched.

use super::{manifest_member, tiny_archive};
use loom_e2e::contents::Bytes;
use loom_e2e::data_dir::SampleDataDir;
use loom_e2e::run::{loom, run, run_with_input};
use std::fs;

#[test]
fn verify_and_restore_refuse_a_damaged_archive_and_touch_nothing() {
    let live = SampleDataDir::small();
    let folder = live.root().join("archives");
    fs::create_dir(&folder).unwrap();
    let before = Bytes::of(&live.path());
    let archive = tiny_archive();
    let boundary = manifest_member(&archive);
    let flips = (0..30).map(|at| at * (archive.len() - 1) / 29).map(|at| {
        let mut damaged = archive.clone();
        damaged[at] ^= 0x10;
        damaged
    });
    let cuts =
        [30, boundary - 1, boundary, boundary + 30, archive.len() - 1].map(|at| archive[..at].to_vec());
    let longer = [[archive.as_slice(), b"\0"].concat(), [archive.as_slice(), &archive].concat()];
    for damaged in flips.chain(cuts).chain(longer) {
        let path = folder.join("a.tar.gz");
        fs::write(&path, &damaged).unwrap();
        let verified = run(loom(["backup", "verify", "--json"]).arg(&path));
        verified.exits(4).says("damaged");
        let verdict = verified.json();
        assert_eq!(verdict["ok"], false, "{verdict}");
        assert_eq!(verdict["exit_code"], 4, "{verdict}");
        let mut restore = loom(["backup", "restore", "--force", "--data-dir"]);
        restore.arg(live.path());
        run(restore.arg(&path)).exits(4).says("damaged").says("nothing was changed");
        assert_eq!(Bytes::of(&live.path()), before);
        assert_eq!(folder.read_dir().unwrap().count(), 1, "scratch is left beside the archive");
    }
}

#[test]
fn a_damaged_archive_on_standard_input_is_refused_too() {
    let live = SampleDataDir::small();
    let before = Bytes::of(&live.path());
    let archive = tiny_archive();
    for damaged in [&archive[..archive.len() - 9], &archive[1..], b""] {
        let mut restore = loom(["backup", "restore", "-", "--force", "--data-dir"]);
        run_with_input(restore.arg(live.path()), damaged).exits(4).says("nothing was changed");
        assert_eq!(Bytes::of(&live.path()), before);
    }
}
