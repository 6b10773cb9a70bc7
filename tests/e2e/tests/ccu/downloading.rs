//! `ccu download`: all of it under its name, or nothing.
//!
//! Does NOT look at what is in the backup.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

const ID: &str = "ccu3-20261123-031500";
const DOWNLOAD: &str = "GET /backups/ccu3-20261123-031500/download";

fn keeping(other: &Value, answer: Answer) -> ScriptedDaemon {
    let one = format!("GET /backups/{ID}");
    ScriptedDaemon::default().on(&one, Answer::json(200, &entry(other))).on(DOWNLOAD, answer)
}

fn good() -> ScriptedDaemon {
    keeping(&json!({}), Answer::bytes(b"hello"))
}

/// What lies in a folder of its own, where downloads of a story go.
fn names(story: &Story) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(story.path("here"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[track_caller]
fn download(story: &Story, daemon: &ScriptedDaemon, words: &str) -> Outcome {
    fs::create_dir_all(story.path("here")).unwrap();
    let words = format!("ccu download {ID} {words} --url {}", daemon.url());
    run(story.command(&words).current_dir(story.path("here")))
}

#[test]
fn a_download_lands_under_the_name_the_daemon_gives_it_readable_by_its_owner_only() {
    let story = story();
    download(&story, &good(), "").exits(0).says(SHA256_OF_HELLO);
    assert_eq!(names(&story), ["ccu3-3.87.6-2026-11-23-0415.sbk"]);
    let path = story.path("here/ccu3-3.87.6-2026-11-23-0415.sbk");
    assert_eq!(fs::read(&path).unwrap(), b"hello");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_name_that_leads_elsewhere_is_not_used() {
    for name in ["../up.sbk", "/up.sbk", ".hidden", "", "a\u{1b}b"] {
        let story = story();
        let daemon = keeping(&json!({ "filename": name }), Answer::bytes(b"hello"));
        download(&story, &daemon, "").exits(0);
        assert_eq!(names(&story), [format!("{ID}.sbk")], "{name:?}");
    }
}

#[test]
fn a_file_that_is_there_stays_unless_it_may_go() {
    let story = story();
    story.write("here/a.sbk", "old");
    let daemon = good();
    download(&story, &daemon, "--out a.sbk").exits(6).says("`a.sbk` already exists\nhint: ");
    assert_eq!(fs::read(story.path("here/a.sbk")).unwrap(), b"old");
    assert!(!daemon.lines().contains(&DOWNLOAD.to_owned()));
    download(&story, &daemon, "--out a.sbk --force").exits(0);
    assert_eq!(fs::read(story.path("here/a.sbk")).unwrap(), b"hello");
    assert_eq!(names(&story), ["a.sbk"]);
}

#[test]
fn other_bytes_than_those_that_were_kept_are_not_kept() {
    let story = story();
    story.write("here/a.sbk", "old");
    let daemon = keeping(&json!({}), Answer::bytes(b"hallo"));
    download(&story, &daemon, "--out a.sbk --force")
        .exits(4)
        .says("what came is not the backup")
        .says("nothing was kept");
    assert_eq!(fs::read(story.path("here/a.sbk")).unwrap(), b"old");
    assert_eq!(names(&story), ["a.sbk"]);
}

#[test]
fn half_a_download_leaves_nothing() {
    let story = story();
    let daemon = keeping(&json!({}), Answer::bytes(b"hello").cut_off(2));
    download(&story, &daemon, "").exits(1).says("broke");
    assert_eq!(names(&story), [] as [&str; 0]);
}

#[test]
fn an_interrupted_download_leaves_nothing() {
    let story = story();
    let daemon = keeping(&json!({}), Answer::bytes(b"hello").cut_off(2).standing_still());
    fs::create_dir(story.path("here")).unwrap();
    let mut command = story.command(&format!("ccu download {ID} --url {}", daemon.url()));
    let child = command
        .current_dir(story.path("here"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    daemon.until_asked(DOWNLOAD);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let told: Outcome = child.wait_with_output().unwrap().into();
    told.exits(1).says("interrupted; a file stands under its name only if it is complete");
    assert_eq!(names(&story), [] as [&str; 0]);
}

#[test]
fn a_refused_download_leaves_nothing() {
    let story = story();
    let daemon = keeping(&json!({}), Answer::problem(409, "backup is not completed"));
    download(&story, &daemon, "").exits(6).says("backup is not completed");
    assert_eq!(names(&story), [] as [&str; 0]);
    download(&story, &good(), "--out nowhere/a.sbk").exits(1).says("`nowhere/a.sbk` cannot be written");
}

#[test]
fn standard_output_may_be_the_backup() {
    let story = story();
    let told = download(&story, &good(), "--out - --json");
    assert_eq!(told.exits(0).stdout, b"hello");
    told.says("note: {");
    let another = download(&story, &keeping(&json!({}), Answer::bytes(b"hallo")), "--out - --json");
    assert_eq!(another.exits(4).stdout, b"hallo");
}
