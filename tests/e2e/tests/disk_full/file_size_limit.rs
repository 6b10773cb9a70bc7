//! A limit on the size of files, which every user may set for a command: writes beyond it fail.

use super::{archive_of, create, restore, state, verify, with_command};
use loom_e2e::contents::{Bytes, Contents};
use loom_e2e::run::{Outcome, run};
use std::process::Command;

/// Limits in KiB; the last one is enough for everything.
const LIMITS: [u64; 7] = [4, 64, 256, 400, 600, 900, 1 << 20];

/// Runs `command` with files of at most so many KiB; without the signal that would end it.
fn limited(kibibytes: u64, command: &Command) -> Outcome {
    let mut shell = Command::new("bash");
    shell.args([
        "-euc",
        "trap '' XFSZ; ulimit -f \"$1\"; shift; exec \"$@\"",
        "bash",
        &kibibytes.to_string(),
    ]);
    run(with_command(&mut shell, command))
}

/// Whether the run succeeded; if not, it must have failed in an orderly way.
#[track_caller]
fn succeeded(outcome: &Outcome, limit: u64) -> bool {
    assert!(outcome.code == Some(0) || limit < LIMITS[6], "{outcome:?}");
    if outcome.code != Some(0) {
        outcome.exits(1);
    }
    outcome.code == Some(0)
}

#[test]
fn a_create_that_cannot_write_leaves_nothing() {
    let source = state("source");
    let before = Bytes::of(&source.path());
    let out = source.root().join("out");
    std::fs::create_dir(&out).unwrap();
    let archive = out.join("a.tar.gz");
    for limit in LIMITS {
        let outcome = limited(limit, &create(&source.path(), &archive));
        let good = succeeded(&outcome, limit);
        assert_eq!(out.read_dir().unwrap().count(), usize::from(good), "{outcome:?}");
        assert_eq!(Bytes::of(&source.path()), before);
    }
    run(&mut verify(&archive, &out)).exits(0);
}

#[test]
fn a_restore_that_cannot_write_changes_nothing() {
    let (old, new) = (state("old"), state("new"));
    let archive = archive_of(&new);
    let before = Bytes::of(&old.path());
    for limit in LIMITS {
        let outcome = limited(limit, &restore(&old.path(), &archive));
        if !succeeded(&outcome, limit) {
            outcome.says("no space left").says(&old.path().display().to_string()).says("nothing was changed");
            assert_eq!(Bytes::of(&old.path()), before);
        }
    }
    assert_eq!(Contents::of(&old.path()), Contents::of(&new.path()));
}

#[test]
fn a_check_that_cannot_write_leaves_nothing() {
    let state = state("state");
    let archive = archive_of(&state);
    let scratch = state.root().join("scratch");
    std::fs::create_dir(&scratch).unwrap();
    for limit in LIMITS {
        let outcome = limited(limit, &verify(&archive, &scratch));
        if !succeeded(&outcome, limit) {
            outcome.says("no space left").says(&scratch.display().to_string());
        }
        assert_eq!(scratch.read_dir().unwrap().count(), 0);
    }
}
