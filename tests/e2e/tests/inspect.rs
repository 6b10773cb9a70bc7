//! `backup inspect`: what one archive holds, as a table and as a line of JSON.
//!
//! Does NOT open databases, as the verb does not.

use loom_e2e::contents::hash;
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use loom_e2e::upstream::UpstreamArchive;
use std::fs;

#[test]
fn the_table_names_the_archive_its_databases_its_key_and_every_file() {
    let story = Story::default();
    fs::create_dir(story.data().join("backups")).unwrap();
    let archive = story.create("a.tar.gz");
    let bytes = fs::metadata(&archive).unwrap().len();
    let told = story.run("backup inspect a.tar.gz");
    told.exits(0);
    let host = shell(story.root(), "uname -n");
    for line in [
        "archive    a.tar.gz".to_owned(),
        "kind       loom".to_owned(),
        "format     1.2".to_owned(),
        format!("({bytes} bytes)"),
        format!("host       {}", host.trim()),
        "(inside)".to_owned(),
        "secrets    4 sealed values".to_owned(),
        "database   state/openccu-loom.db: schema goose 45, 7 tables, 31 rows".to_owned(),
        "left out   backups (stored CCU backups)".to_owned(),
    ] {
        told.says(&line);
    }
    let leaf = fs::read(story.data().join("certs/leaf.pem")).unwrap();
    let row = told.text().lines().find(|line| line.starts_with("state/certs/leaf.pem ")).unwrap().to_owned();
    assert!(row.contains(&leaf.len().to_string()) && row.ends_with(&hash(&leaf)), "{row}");
}

#[test]
fn the_line_of_json_agrees_with_the_manifest() {
    let story = Story::default();
    story.create("a.tar.gz");
    let told = story.run("backup inspect --json a.tar.gz").exits(0).json();
    let manifest: serde_json::Value =
        serde_json::from_str(&shell(story.root(), "tar -xzOf a.tar.gz manifest.json")).unwrap();
    for field in
        ["format_version", "created_at", "host", "daemon_version", "sealed_values", "databases", "files"]
    {
        assert_eq!(told[field], manifest[field], "{field}");
    }
    for field in ["fingerprint", "inside"] {
        assert_eq!(told["master_key"][field], manifest["master_key"][field], "{field}");
    }
    assert_eq!(told["master_key"]["proven"], true);
    assert_eq!(told["damage"], serde_json::json!([]));
}

#[test]
fn an_archive_comes_over_standard_input() {
    let story = Story::default();
    let archive = fs::read(story.create("a.tar.gz")).unwrap();
    let told = story.run_with_input("backup inspect --json -", &archive).exits(0).json();
    assert_eq!(told["archive"], "-");
    assert_eq!(told["bytes"], serde_json::Value::Null);
    assert_eq!(told["files"].as_array().unwrap().len(), 7);
}

#[test]
fn an_archive_of_a_go_daemon_says_less() {
    let story = Story::default();
    story.write(
        "a.tar.gz",
        UpstreamArchive::of_database(&fs::read(story.state().database()).unwrap()).tar_gz(),
    );
    let told = story.run("backup inspect --json a.tar.gz").exits(0).json();
    assert_eq!((&told["kind"], &told["daemon_version"]), (&"tar.gz".into(), &"0.63.0".into()));
    assert_eq!(told["format_version"], serde_json::Value::Null);
    story.run("backup inspect a.tar.gz").exits(0).says("key        not recorded");
}

#[test]
fn files_that_differ_from_the_manifest_are_damage() {
    let story = Story::default();
    let lying = UpstreamArchive::of_database(b"whatever").with_wrong_hash("state/openccu-loom.db");
    story.write("a.tar.gz", lying.unlisted("state/extra", b"x").tar_gz());
    let told = story.run("backup inspect a.tar.gz");
    told.exits(4).says("DAMAGED: sha256 mismatch").says("`state/extra` is not listed");
    let told = story.run("backup inspect --json a.tar.gz").exits(4).json();
    assert_eq!(told["damage"].as_array().unwrap().len(), 2);
}

#[test]
fn nothing_is_written_anywhere() {
    let story = Story::default();
    story.create("a.tar.gz");
    let look = "find . -printf '%p %y %m %s %T@\\n' | sort";
    let before = shell(story.root(), look);
    story.run("backup inspect a.tar.gz").exits(0);
    assert_eq!(shell(story.root(), look), before);
}

#[test]
fn control_characters_of_a_strangers_names_do_not_reach_the_terminal() {
    let story = Story::default();
    let archive = UpstreamArchive::of_database(b"x").member("state/\u{1b}[31mred\nline", b"y");
    story.write("a.tar.gz", archive.tar_gz());
    let told = story.run("backup inspect a.tar.gz");
    assert!(!told.words().contains('\u{1b}'), "{}", told.words());
    told.says("\\u{1b}[31mred\\nline");
}
