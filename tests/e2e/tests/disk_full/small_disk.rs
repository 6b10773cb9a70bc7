//! Disks of every size from nearly nothing to enough, so that each stage meets a full one.

use super::sized::SmallDisk;
use super::{archive_of, create, restore, state, verify};
use loom_e2e::contents::{Bytes, Contents, working_files};
use loom_e2e::run::{Outcome, loom};
use std::path::Path;

/// Sizes in KiB; the last one is enough for everything.
fn sizes() -> impl Iterator<Item = u64> {
    (0..24).map(|step| 16 + 128 * step).chain([16 << 10])
}

/// Whether the run succeeded; if not, it must have said that `place` is full.
#[track_caller]
fn succeeded(outcome: &Outcome, place: &Path) -> bool {
    if outcome.code == Some(0) {
        return true;
    }
    outcome.exits(1).says("no space left").says(&place.display().to_string());
    false
}

/// Both must have come, else the sizes are wrong and the test shows nothing.
fn both_came(outcomes: &[bool]) {
    let (first, last) = (outcomes.first().unwrap(), outcomes.last().unwrap());
    assert!(!first && *last && outcomes.iter().filter(|ok| !**ok).count() > 3, "{outcomes:?}");
}

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn a_create_to_a_full_disk_leaves_nothing_there() {
    let source = state("source");
    let before = Bytes::of(&source.path());
    let disk = SmallDisk::new();
    let outcomes = sizes().map(|size| {
        let (outcome, after) = disk.run(size, None, &create(&source.path(), &disk.path().join("a.tar.gz")));
        let good = succeeded(&outcome, &disk.path());
        let wanted: &[&str] = if good { &["a.tar.gz"] } else { &[] };
        assert_eq!(Bytes::of(after.path()).0.keys().collect::<Vec<_>>(), wanted, "{size} KiB");
        assert_eq!(Bytes::of(&source.path()), before);
        good
    });
    both_came(&outcomes.collect::<Vec<_>>());
}

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn a_streamed_create_on_a_full_data_dir_leaves_nothing_there() {
    let source = state("source");
    let before = Bytes::of(&source.path());
    let disk = SmallDisk::new();
    let outcomes = sizes().map(|size| {
        let command = create(&disk.path(), Path::new("-"));
        let (outcome, after) = disk.run(size, Some(&source.path()), &command);
        assert_eq!(Bytes::of(after.path()), before, "{size} KiB");
        succeeded(&outcome, &disk.path())
    });
    both_came(&outcomes.collect::<Vec<_>>());
}

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn a_restore_to_a_full_disk_leaves_the_old_state_whole() {
    let (old, new) = (state("old"), state("new"));
    let (archive, wanted) = (archive_of(&new), Contents::of(&new.path()));
    let before = Bytes::of(&old.path());
    let disk = SmallDisk::new();
    let outcomes = sizes().map(|size| {
        let (outcome, after) = disk.run(size, Some(&old.path()), &restore(&disk.path(), &archive));
        let good = succeeded(&outcome, &disk.path());
        if good {
            assert_eq!(Contents::of(after.path()), wanted, "{size} KiB");
        } else {
            outcome.says("nothing was changed");
            assert_eq!(Bytes::of(after.path()), before, "{size} KiB");
            assert_eq!(working_files(after.path()), [""; 0]);
        }
        good
    });
    both_came(&outcomes.collect::<Vec<_>>());
}

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn a_check_with_a_full_scratch_folder_leaves_nothing_there() {
    let state = state("state");
    let archive = archive_of(&state);
    let before = Bytes::of(&state.path());
    let disk = SmallDisk::new();
    let mut plan = loom(["backup", "restore", "--dry-run", "--force", "--scratch"]);
    plan.arg(disk.path()).arg("--data-dir").arg(state.path()).arg(&archive);
    for command in [verify(&archive, &disk.path()), plan] {
        let outcomes = sizes().map(|size| {
            let (outcome, after) = disk.run(size, None, &command);
            assert_eq!(after.path().read_dir().unwrap().count(), 0, "{size} KiB");
            assert_eq!(Bytes::of(&state.path()), before);
            succeeded(&outcome, &disk.path())
        });
        both_came(&outcomes.collect::<Vec<_>>());
    }
}
