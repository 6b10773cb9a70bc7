//! Signals: an interrupted verb removes what it staged and says so.
//!
//! `SIGKILL`, which nobody can handle, is told in `killed`.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::contents::Contents;
use loom_e2e::story::Story;
use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// Interrupts a restore that waits for the rest of its archive.
fn interrupt(signal: &str) {
    let story = Story::default();
    let archive = fs::read(story.create("a.tar.gz")).unwrap();
    let before = Contents::of(&story.data());
    let mut child = story
        .command("backup restore --data-dir var --force -")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&archive[..archive.len() / 2]).unwrap();
    // Staging has begun once the work folder is there.
    while !story.data().join(".loom-restore").exists() {
        std::thread::yield_now();
    }
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let ended = child.wait().unwrap();
    drop(pipe);
    let mut words = String::new();
    child.stderr.take().unwrap().read_to_string(&mut words).unwrap();
    assert_eq!(ended.code(), Some(1), "{signal}: {words}");
    assert!(words.contains("interrupted: no live file was replaced"), "{signal}: {words}");
    assert_eq!(Contents::of(&story.data()), before);
    assert!(!story.data().join(".loom-restore").exists(), "{signal}");
    story.run("backup restore --data-dir var --force a.tar.gz").exits(0);
}

#[test]
fn ctrl_c_leaves_nothing_staged() {
    interrupt("-INT");
}

#[test]
fn a_service_manager_stops_it_cleanly() {
    interrupt("-TERM");
}

#[test]
fn a_closed_terminal_leaves_nothing_staged() {
    interrupt("-HUP");
}
