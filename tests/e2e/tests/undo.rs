//! `backup undo-restore`: brings back what the last restore replaced, and only that.
//!
//! The plain way there and back is told in `round_trip.rs`. Does NOT kill anything.

use loom_e2e::contents::{Contents, working_files};
use loom_e2e::data_dir::{Sample, sqlite};
use loom_e2e::shell::Writer;
use loom_e2e::story::Story;
use std::fs;

#[test]
fn without_a_restore_there_is_nothing_to_undo() {
    let story = Story::default();
    let before = Contents::of(&story.data());
    story.run("backup undo-restore --config config.yaml").exits(6).says("no replaced state to bring back");
    assert_eq!(Contents::of(&story.data()), before);
    story.run("backup undo-restore --data-dir nowhere").exits(6).says("nowhere");
    assert!(!story.path("nowhere").exists());
}

#[test]
fn a_restore_into_an_empty_data_dir_can_be_undone_too() {
    let story = Story::default();
    story.create("a.tar.gz");
    fs::create_dir(story.path("target")).unwrap();
    fs::write(story.path("target/mine.txt"), "mine").unwrap();
    let before = Contents::of(&story.path("target"));
    story.run("backup restore --data-dir target a.tar.gz").exits(0);
    story.run("backup undo-restore --data-dir target").exits(0);
    let mut after = Contents::of(&story.path("target"));
    // Folders hold nothing of the state; they may stay.
    after.0.retain(|_, hash| !hash.is_empty());
    assert_eq!(after, before);
    story.run("backup undo-restore --data-dir target").exits(0);
    let mut expected = Contents::of(&story.data());
    expected.0.extend(before.0);
    assert_eq!(Contents::of(&story.path("target")), expected);
}

#[test]
fn the_next_restore_replaces_the_undo_set() {
    let story = Story::default();
    story.create("a.tar.gz");
    let other = Story::of(Sample { mark: "second", key: [8; 32], ..Sample::default() });
    let second = other.create("b.tar.gz");
    let first_state = Contents::of(&story.data());
    fs::write(story.data().join("only-first.txt"), "x").unwrap();
    story.run(&format!("backup restore --data-dir var --force {}", second.display())).exits(0);
    let without_old_keys = || {
        let mut contents = Contents::of(&story.data());
        contents.0.retain(|name, _| !name.starts_with("secret.key.old-"));
        contents
    };
    let second_state = without_old_keys();
    story.run("backup restore --data-dir var --force a.tar.gz").exits(0);
    story.run("backup undo-restore --data-dir var").exits(0);
    assert_eq!(without_old_keys(), second_state);
    story.run("backup undo-restore --data-dir var").exits(0);
    assert_ne!(without_old_keys(), first_state, "a file no archive holds stays");
    assert_eq!(without_old_keys().0.len(), first_state.0.len() + 1);
}

#[test]
fn an_undo_takes_no_file_of_the_archive_along_and_leaves_none_of_its_own() {
    let story = Story::default();
    story.create("a.tar.gz");
    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    story.run("backup undo-restore --config config.yaml").exits(0);
    story.run("backup create --config config.yaml --out b.tar.gz").exits(0);
    let members = |name: &str| {
        let told = story.run(&format!("backup inspect --json {name}")).exits(0).json();
        let files =
            told["files"].as_array().unwrap().iter().map(|file| file["path"].as_str().unwrap().to_owned());
        files.collect::<Vec<_>>()
    };
    assert_eq!(members("a.tar.gz"), members("b.tar.gz"));
    let left: Vec<_> =
        working_files(&story.data()).into_iter().filter(|name| !name.starts_with(".loom-undo")).collect();
    assert_eq!(left, [] as [&str; 0]);
}

#[test]
fn a_restore_whose_config_file_is_the_broken_part_can_be_taken_back() {
    let story = Story::default();
    story.create("a.tar.gz");
    let config = story.path("config.yaml");
    let before = fs::read_to_string(&config).unwrap();
    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    for broken in ["a: b: c\n", "data_dir: [no path]\n"] {
        fs::write(&config, broken).unwrap();
        let refused = story.run("backup undo-restore --config config.yaml");
        refused.exits(2).says("config.yaml").says("name the data dir with --data-dir instead of --config");
    }
    story.run("backup undo-restore --data-dir var").exits(0);
    assert_eq!(fs::read_to_string(&config).unwrap(), before);
}

#[test]
fn an_undo_beside_a_daemon_is_refused() {
    let story = Story::default();
    story.create("a.tar.gz");
    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    sqlite(&story.state().database(), "PRAGMA journal_mode = WAL;");
    let daemon = Writer::start(&story.state().database(), "BEGIN IMMEDIATE; COMMIT;");
    story.run("backup undo-restore --config config.yaml").exits(6).says("is in use by");
    daemon.stop();
    story.run("backup undo-restore --config config.yaml").exits(0);
}

#[test]
fn what_a_daemon_wrote_after_the_restore_is_set_aside_with_its_log() {
    let story = Story::default();
    story.create("a.tar.gz");
    sqlite(&story.state().database(), "INSERT INTO users VALUES ('before', 'x', 'viewer');");
    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    sqlite(&story.state().database(), "PRAGMA journal_mode = WAL;");
    story.state().commit_into_wal("INSERT INTO users VALUES ('after', 'x', 'viewer');");
    story.run("backup undo-restore --config config.yaml").exits(0);
    let users = sqlite(&story.state().database(), "SELECT subject FROM users ORDER BY 1;");
    assert_eq!(users.lines().collect::<Vec<_>>(), ["before", "gast", "änne"]);
    story.run("backup undo-restore --config config.yaml").exits(0);
    let users = sqlite(&story.state().database(), "SELECT subject FROM users ORDER BY 1;");
    assert_eq!(users.lines().collect::<Vec<_>>(), ["after", "gast", "änne"]);
}
