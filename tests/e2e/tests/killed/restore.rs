//! What a killed `restore` leaves, once the next verb has looked after it.
//!
//! Two states take each other's place in turn, so that no kill needs a fresh data dir.

use super::instants::{INSTANTS, in_threads, kill_after, kill_at, spread};
use super::{create, names, sample};
use loom_e2e::contents::{Contents, working_files};
use loom_e2e::data_dir::{Sample, SampleDataDir, sqlite};
use loom_e2e::run::{loom, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

#[test]
fn a_killed_restore_leaves_the_old_state_or_the_new_one() {
    let states = two_states();
    let [changed, interrupted] = in_threads(|thread| {
        let mut counts = [0, 0];
        let mut bed = Bed::new(&states);
        let undisturbed = |bed: &mut Bed<'_>| {
            run(&mut bed.restore_other()).exits(0);
            bed.current = bed.other();
        };
        spread(thread, &mut bed, undisturbed, |bed, at| {
            kill_at(&mut bed.restore_other(), at);
            counts[1] += u32::from(bed.work_folder().exists());
            counts[0] += u32::from(bed.look_after());
        });
        counts
    });
    println!("{INSTANTS} kills: {changed} left the new state, {interrupted} had to be brought to an end");
    // Otherwise the instants do not lie where they should, and this test shows nothing.
    assert!(changed > 0 && changed < INSTANTS && interrupted > INSTANTS / 4, "{changed}, {interrupted}");
}

#[test]
fn a_restore_killed_amid_its_swap_is_brought_to_its_end() {
    let states = two_states();
    let [amid] = in_threads(|thread| {
        let mut bed = Bed::new(&states);
        let journal = bed.work_folder().join("journal.json");
        let mut amid = 0;
        for step in 0..20 {
            let delay = Duration::from_micros(500 * step + 250 * u64::from(thread));
            kill_after(&mut bed.restore_other(), || journal.exists(), delay);
            amid += u32::from(journal.exists());
            assert!(bed.look_after(), "the old state came back, {delay:?} after the journal was written");
        }
        [amid]
    });
    println!("40 kills: {amid} amid the swap");
    assert!(amid > 5, "{amid}");
}

/// What a state holds, an archive of it, and the folder both come from.
type State = (Contents, PathBuf, SampleDataDir);

fn two_states() -> [State; 2] {
    ["old", "new"].map(|mark| {
        let state = SampleDataDir::new(sample(mark, mark.as_bytes()[0]));
        // A database only this state has: the other one must not keep it.
        sqlite(
            &state.path().join(format!("only-{mark}.db")),
            "CREATE TABLE t (x); INSERT INTO t VALUES (1);",
        );
        let archive = state.root().join("a.tar.gz");
        run(&mut create(&state.path(), &archive)).exits(0);
        (Contents::of(&state.path()), archive, state)
    })
}

/// A data dir that is in one of two states.
struct Bed<'a> {
    states: &'a [State; 2],
    dir: SampleDataDir,
    current: usize,
}

impl<'a> Bed<'a> {
    fn new(states: &'a [State; 2]) -> Self {
        let bed = Self { states, dir: SampleDataDir::empty(Sample::default()), current: 1 };
        run(&mut bed.restore_other()).exits(0);
        Self { current: 0, ..bed }
    }

    fn other(&self) -> usize {
        1 - self.current
    }

    fn path(&self) -> PathBuf {
        self.dir.path()
    }

    fn work_folder(&self) -> PathBuf {
        self.path().join(".loom-restore")
    }

    fn restore_other(&self) -> Command {
        let archive: &Path = &self.states[self.other()].1;
        let mut restore = loom(["backup", "restore", "--force", "--data-dir"]);
        restore.arg(self.path()).arg(archive);
        restore
    }

    /// Runs the next verb and checks the state, wholly old or wholly new; `true` if it is the new one.
    fn look_after(&mut self) -> bool {
        let archive = self.dir.root().join("after.tar.gz");
        run(&mut create(&self.path(), &archive)).exits(0);
        fs::remove_file(archive).unwrap();
        let mut found = Contents::of(&self.path());
        // Each state has a key of its own, and a restore keeps the one before.
        found.0.retain(|name, _| !name.starts_with("secret.key.old-"));
        let changed = found == self.states[self.other()].0;
        if changed {
            self.current = self.other();
        }
        assert_eq!(found, self.states[self.current].0, "neither the old state nor the new one");
        let working = working_files(&self.path());
        assert!(working.iter().all(|name| name.starts_with(".loom-undo")), "{working:?}");
        assert_eq!(names(self.dir.root()).len(), 2, "{:?}", names(self.dir.root()));
        changed
    }
}
