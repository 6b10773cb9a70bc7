//! The output of `--json` is what `docs/cli-json.md` says: every field, its type, nothing besides, one line.
//!
//! Does NOT check values; the stories of each verb do.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::json_docs::{agrees, fields, line, without};
use loom_e2e::sealing::key_file;
use loom_e2e::story::Story;
use loom_e2e::upstream::UpstreamArchive;
use std::fs;

/// A story with something of everything: folders left out, sealed values, two databases.
fn rich() -> Story {
    let story = Story::default();
    fs::create_dir(story.data().join("backups")).unwrap();
    story
}

#[test]
fn create_tells_all_its_fields() {
    let story = rich();
    let told = line(&story.run("backup create --config config.yaml --out a.tar.gz --json").exits(0).text());
    agrees(&told, &fields("## `backup create`"));
    agrees(&told["databases"][0], &fields("A **database**"));
    agrees(&told["sealed_values"], &fields("**Sealed values**"));
    agrees(&told["master_key"], &fields("A **listed key**"));
    assert!(told["master_key"]["fingerprint"].as_str().unwrap().len() == 16);
    let left = told["left_out"][0].as_object().unwrap();
    assert!(left["path"].is_string() && left["reason"].is_string() && left.len() == 2);
    assert_eq!(told["sha256"].as_str().unwrap().len(), 64);
}

#[test]
fn verify_tells_all_its_fields() {
    let story = rich();
    story.create("a.tar.gz");
    let told = line(&story.run("backup verify --json a.tar.gz").exits(0).text());
    let documented = fields("## `backup verify`");
    agrees(&told, &without(documented.clone(), &["error"]));
    agrees(&told["databases"][0], &fields("A **database**"));
    agrees(&told["sealed_values"], &fields("**Sealed values**"));
    let key = told["key"].as_object().unwrap();
    assert!(key["fingerprint"].as_str().unwrap().len() == 16 && key["source"].is_string() && key.len() == 2);
    let failed = line(&story.run("backup verify --json missing.tar.gz").exits(2).text());
    let kept = ["archive", "ok", "exit_code", "error"];
    let dropped: Vec<_> =
        documented.keys().map(String::as_str).filter(|field| !kept.contains(field)).collect();
    agrees(&failed, &without(documented.clone(), &dropped));
}

#[test]
fn restore_tells_all_its_fields() {
    let story = rich();
    story.create("a.tar.gz");
    for (words, code) in [("--force --dry-run", 0), ("--dry-run", 6), ("--force", 0)] {
        let words = format!("backup restore --config config.yaml --json {words} a.tar.gz");
        let told = line(&story.run(&words).exits(code).text());
        agrees(&told, &fields("## `backup restore`"));
        assert_eq!(told["refusals"].as_array().unwrap().is_empty(), code == 0);
        assert_eq!(told["restored"] == true, told["dry_run"] == false);
    }
}

#[test]
fn undo_restore_tells_all_its_fields() {
    let story = rich();
    story.create("a.tar.gz");
    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    let told = line(&story.run("backup undo-restore --config config.yaml --json").exits(0).text());
    agrees(&told, &fields("## `backup undo-restore`"));
}

#[test]
fn inspect_tells_all_its_fields() {
    let story = rich();
    story.create("a.tar.gz");
    let upstream = UpstreamArchive::of_database(&fs::read(story.state().database()).unwrap());
    story.write("b.tar.gz", upstream.tar_gz());
    for name in ["a.tar.gz", "b.tar.gz"] {
        let told = line(&story.run(&format!("backup inspect --json {name}")).exits(0).text());
        agrees(&told, &fields("## `backup inspect`"));
    }
}

#[test]
fn list_tells_all_its_fields() {
    let story = rich();
    story.create("a.tar.gz");
    story.write("backup-b.tar.gz", "damaged");
    let told = line(&story.run("backup list --json").exits(3).text());
    agrees(&told, &fields("## `backup list`"));
    for archive in told["archives"].as_array().unwrap() {
        agrees(archive, &fields("Each archive:"));
    }
}

#[test]
fn a_failure_is_a_line_of_its_own_with_its_exit_code() {
    let story = rich();
    story.create("a.tar.gz");
    story.write("wrong.key", key_file([9; 32]));
    story.write("text.tar.gz", "text");
    for (words, code) in [
        ("create --config missing.yaml --out b.tar.gz", 2),
        ("create --config config.yaml --out a.tar.gz", 6),
        ("create --config config.yaml --out nowhere/a.tar.gz", 1),
        ("restore --config config.yaml a.tar.gz", 6),
        ("restore --data-dir target missing.tar.gz", 2),
        ("restore --data-dir target text.tar.gz", 4),
        ("restore --data-dir target --key-file wrong.key a.tar.gz", 5),
        ("undo-restore --config config.yaml", 6),
        ("inspect text.tar.gz", 4),
        ("list nowhere", 2),
    ] {
        let told = story.run(&format!("backup {words} --json"));
        let failure = line(&told.exits(code).text());
        agrees(&failure, &fields("## Failures"));
        assert_eq!(failure["exit_code"], code, "{words}");
        told.says(failure["error"].as_str().unwrap());
    }
}

#[test]
fn times_are_in_utc() {
    let story = rich();
    let told = line(&story.run("backup create --config config.yaml --out a.tar.gz --json").exits(0).text());
    let time = told["created_at"].as_str().unwrap();
    assert!(time.len() == 20 && time.ends_with('Z'), "{time}");
}

#[test]
fn names_that_a_terminal_acts_on_leave_each_line_json() {
    let story = rich();
    for name in ["a\u{7f}b", "a\u{85}b", "a\u{1b}b"] {
        story.write(&format!("{}/{name}", story.data().display()), "x");
        story.write(&format!("{}/{name}.nobackup/.nobackup", story.data().display()), "");
    }
    for words in [
        "create --config config.yaml --out a.tar.gz --json",
        "inspect a.tar.gz --json",
        "restore --config config.yaml --dry-run --force a.tar.gz --json",
        "restore --data-dir target a.tar.gz --json",
    ] {
        let text = story.run(&format!("backup {words}")).exits(0).text();
        assert!(!text.trim_end().contains(char::is_control), "{words}: {text:?}");
        let told = line(&text).to_string();
        assert!(["a\u{7f}b", "a\u{85}b"].iter().all(|name| told.contains(name)), "{words}: {told}");
    }
}
