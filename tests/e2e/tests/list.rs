//! `backup list`: the archives of a folder, newest first by their own account, damaged ones shown as such.
//!
//! Does NOT open databases, as the verb does not.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::sealed_container::{FRAME_BYTES, SealedContainer};
use loom_e2e::sealing::key_file;
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use loom_e2e::upstream::{UpstreamArchive, gzip};
use serde_json::Value;
use std::fs;

/// An archive of a Go daemon, taken at that time; the database in it is never looked at.
fn taken_at(time: &str) -> Vec<u8> {
    UpstreamArchive::of_database(b"x").taken_at(time).tar_gz()
}

fn listed(story: &Story, words: &str, code: i32) -> Vec<Value> {
    let told = story.run(&format!("backup list --json {words}")).exits(code).json();
    told["archives"].as_array().unwrap().clone()
}

fn names(listed: &[Value]) -> Vec<&str> {
    listed.iter().map(|archive| archive["archive"].as_str().unwrap()).collect()
}

#[test]
fn newest_comes_first_by_the_recorded_time_whatever_names_and_file_times_say() {
    let story = Story::empty();
    story.write("store/backup-z-middle.tar.gz", taken_at("2026-02-02T00:00:00Z"));
    story.write("store/backup-a-oldest.tar.gz", taken_at("2026-01-01T00:00:00Z"));
    story.write("store/backup-m-newest.tar.gz", taken_at("2026-03-03T00:00:00Z"));
    shell(
        story.root(),
        "touch -d 2030-01-01 store/backup-a-oldest.tar.gz; touch -d 2000-01-01 store/backup-m-newest.tar.gz",
    );
    let listed = listed(&story, "store", 0);
    assert_eq!(
        names(&listed),
        ["backup-m-newest.tar.gz", "backup-z-middle.tar.gz", "backup-a-oldest.tar.gz"]
    );
    let table = story.run("backup list store").exits(0).text();
    let rows: Vec<_> = table.lines().collect();
    assert_eq!(
        rows[0].split_whitespace().collect::<Vec<_>>(),
        ["TAKEN", "SIZE", "STATE", "SEALED", "FOR", "ARCHIVE"]
    );
    assert!(
        rows[1].starts_with("2026-03-03T00:00:00Z ") && rows[1].ends_with(" backup-m-newest.tar.gz"),
        "{table}"
    );
}

#[test]
fn the_current_folder_is_the_default() {
    let story = Story::default();
    story.create("a.tar.gz");
    assert_eq!(names(&listed(&story, "", 0)), ["a.tar.gz"]);
}

#[test]
fn damaged_archives_are_shown_last_with_what_is_wrong_and_code_3() {
    let story = Story::default();
    fs::create_dir(story.path("store")).unwrap();
    let good = fs::read(story.create("store/backup-1-good.tar.gz")).unwrap();
    let mut flipped = good.clone();
    flipped[good.len() / 2] ^= 1;
    story.write("store/backup-2-flipped.tar.gz", flipped);
    story.write("store/backup-3-cut.tar.gz", &good[..good.len() - 40]);
    story.write("store/backup-4-text.tar.gz", "a text file");
    story.write("store/backup-5-empty.tar.gz", "");
    let listed = listed(&story, "store", 3);
    let damage: Vec<_> =
        listed.iter().map(|archive| archive["ok"] == false && archive["damage"].is_string()).collect();
    assert_eq!(damage, [false, true, true, true, true]);
    assert_eq!(
        names(&listed),
        [
            "backup-1-good.tar.gz",
            "backup-2-flipped.tar.gz",
            "backup-3-cut.tar.gz",
            "backup-4-text.tar.gz",
            "backup-5-empty.tar.gz"
        ]
    );
    let table = story.run("backup list store");
    assert_eq!(table.exits(3).text().matches("DAMAGED").count(), 4);
    table.says("backup-2-flipped.tar.gz: ");
}

#[test]
fn foreign_files_are_not_listed() {
    let story = Story::default();
    fs::create_dir_all(story.path("store/backup-folder.tar.gz")).unwrap();
    story.create("store/a.tar.gz");
    story.write("store/notes.txt", "x");
    story.write("store/photo.jpg", b"\xff\xd8\xff\xe0");
    story.write("store/data", gzip(b"not a tar"));
    story.write("store/.loom-hidden.tar.gz", "x");
    assert_eq!(names(&listed(&story, "store", 0)), ["a.tar.gz"]);
}

#[test]
fn an_empty_folder_is_told_and_a_missing_one_is_an_error() {
    let story = Story::empty();
    fs::create_dir(story.path("store")).unwrap();
    story.run("backup list store").exits(0).says("no archives in `store`");
    assert_eq!(names(&listed(&story, "store", 0)), [] as [&str; 0]);
    story.run("backup list nowhere").exits(2).says("nowhere");
}

#[test]
fn sealed_archives_open_with_the_key_at_hand() {
    let mut story = Story::empty();
    let sealed = SealedContainer::seal(&story.state().key(), &taken_at("2026-02-02T00:00:00Z"), FRAME_BYTES);
    story.write("store/whatever", sealed.bytes());
    story.write("right.key", key_file(story.state().key()));
    story.write("wrong.key", key_file([9; 32]));
    assert_eq!(listed(&story, "store --key-file right.key", 0)[0]["created_at"], "2026-02-02T00:00:00Z");
    for flags in ["", "--key-file wrong.key"] {
        let closed = listed(&story, &format!("store {flags}"), 0);
        assert!(closed[0]["closed"].as_str().unwrap().contains("master key"), "{closed:?}");
        assert_eq!((&closed[0]["ok"], &closed[0]["damage"]), (&false.into(), &Value::Null));
    }
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", key_file(story.state().key()).trim());
    assert_eq!(listed(&story, "store", 0)[0]["ok"], true);
}

#[test]
fn a_file_for_a_folder_and_a_folder_for_a_file_are_told_as_such() {
    let mut story = Story::empty();
    story.write("a.tar.gz", taken_at("2026-01-01T00:00:00Z"));
    story.run("backup list a.tar.gz").exits(2).says("`a.tar.gz` is no folder");
    for words in ["inspect", "verify", "restore --data-dir new"] {
        let told = story.run(&format!("backup {words} ."));
        told.exits(2).says("`.` is a folder, and not an archive").says("`backup list .`");
    }
    story.set("OPENCCU_LOOM_DATA_DIR", "a.tar.gz");
    story.run("backup create --out b.tar.gz").exits(2).says("`a.tar.gz` is no folder");
    story.run("run").exits(1).says("it is a file");
}

#[test]
fn a_key_of_the_environment_that_is_none_does_not_end_a_list() {
    let mut story = Story::empty();
    story.write("a.tar.gz", taken_at("2026-01-01T00:00:00Z"));
    story.set("OPENCCU_LOOM_SECRET_KEY", "garbage");
    story.run("backup list").exits(0).says("a.tar.gz").says("note: not used: ");
}
