//! Verbs that meet at one data dir.

use crate::with_other_archive;
use loom_e2e::contents::{Bytes, Contents, working_files};
use loom_e2e::run::{Outcome, loom};
use loom_e2e::story::Story;
use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A restore that waits for its archive on standard input, and has claimed the data dir already.
fn waiting_restore(story: &Story) -> Child {
    let mut restore = loom(["backup", "restore", "--force", "-", "--data-dir"]);
    let restore = started(restore.arg(story.data()));
    wait_until(|| story.data().join(".loom-restore").exists());
    restore
}

fn started(command: &mut Command) -> Child {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn wait_until(condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(120), "waited in vain");
        thread::sleep(Duration::from_millis(2));
    }
}

fn feed(mut restore: Child, archive: &[u8]) -> Outcome {
    restore.stdin.take().unwrap().write_all(archive).unwrap();
    restore.wait_with_output().unwrap().into()
}

#[test]
fn of_two_restores_the_second_is_refused_and_the_first_completes() {
    let (story, other) = with_other_archive();
    let archive = fs::read(story.path("other.tar.gz")).unwrap();
    story.create("own.tar.gz");
    let first = waiting_restore(&story);
    let by = format!("in use by a restore (pid {})", first.id());
    story.run("backup restore --data-dir var --force own.tar.gz").exits(6).says(&by);
    story.run("backup undo-restore --data-dir var").exits(6).says(&by);
    feed(first, &archive).exits(0);
    assert_eq!(Contents::of(&story.data()), other);
    assert_eq!(working_files(&story.data()), [".loom-undo"]);
}

#[test]
fn a_backup_during_a_restore_is_refused() {
    let (story, _) = with_other_archive();
    let archive = fs::read(story.path("other.tar.gz")).unwrap();
    let restore = waiting_restore(&story);
    story.run("backup create --config config.yaml --out a.tar.gz").exits(6).says("in use by a restore");
    assert!(!story.path("a.tar.gz").exists());
    feed(restore, &archive).exits(0);
    story.create("a.tar.gz");
}

#[test]
fn a_restore_during_a_backup_is_refused() {
    let (story, _) = with_other_archive();
    // More than a pipe holds, so that the backup waits for its reader.
    let mut filler = vec![0; 2 << 20];
    fs::File::open("/dev/urandom").unwrap().read_exact(&mut filler).unwrap();
    fs::write(story.data().join("filler.bin"), filler).unwrap();
    let mut create = loom(["backup", "create", "--out", "-", "--config"]);
    let mut create = started(create.arg(story.path("config.yaml")));
    let mut first = [0; 1];
    create.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    let before = Bytes::of(&story.data()).0.get("openccu-loom.db").cloned();
    let told = story.run("backup restore --data-dir var --force other.tar.gz");
    told.exits(6).says("in use by a backup that is being taken");
    assert_eq!(Bytes::of(&story.data()).0.get("openccu-loom.db").cloned(), before);
    Outcome::from(create.wait_with_output().unwrap()).exits(0);
    story.run("backup restore --data-dir var --force other.tar.gz").exits(0);
}

#[test]
fn restores_that_race_leave_one_whole_state() {
    let (story, other) = with_other_archive();
    let own = Contents::of(&story.data());
    story.create("own.tar.gz");
    for _ in 0..10 {
        let restores = ["own.tar.gz", "other.tar.gz"].map(|name| {
            let mut restore = loom(["backup", "restore", "--force", "--data-dir"]);
            started(restore.arg(story.data()).arg(story.path(name)))
        });
        let outcomes = restores.map(|restore| Outcome::from(restore.wait_with_output().unwrap()));
        let codes = outcomes.each_ref().map(|outcome| outcome.code);
        // One may be through before the other begins.
        assert!(matches!(codes, [Some(0), Some(0 | 6)] | [Some(6), Some(0)]), "{outcomes:?}");
        let found = Contents::of(&story.data());
        assert!(found == own || found == other, "neither the one state nor the other");
        assert_eq!(working_files(&story.data()), [".loom-undo"]);
    }
}
