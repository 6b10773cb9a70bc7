//! `demo`: the first command of the README runs to its end, tells each step, and leaves nothing.
//!
//! Does NOT look into the sample state; the demo compares it itself.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::docs::{blocks, document};
use loom_e2e::run::{Outcome, run};
use loom_e2e::story::Story;
use std::fs;

/// Runs the demo with a folder for temporary files of its own; hands back what is left there.
fn demo(story: &Story) -> (Outcome, usize) {
    fs::create_dir_all(story.path("temporary")).unwrap();
    let told = run(story.command("demo").env("TMPDIR", story.path("temporary")));
    (told, fs::read_dir(story.path("temporary")).unwrap().count())
}

#[test]
fn each_step_is_told_in_plain_words_with_its_time() {
    let (told, _) = demo(&Story::empty());
    let text = told.exits(0).text();
    let steps: Vec<_> =
        text.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).collect();
    let told_steps = [
        "sample state",
        "Took a backup while a writer",
        "Verified",
        "Wiped",
        "Restored",
        "passwords open",
        "Started a daemon",
        "back the central up",
        "The central lost devices",
        "restore the central",
    ];
    assert_eq!(steps.len(), told_steps.len(), "{text}");
    for (number, (step, words)) in steps.iter().zip(told_steps).enumerate() {
        assert!(step.starts_with(&format!("{}. ", number + 1)) && step.contains(words), "{step}");
        assert!(step.ends_with(" ms)") || step.ends_with(" s)"), "{step}");
    }
    assert!(text.lines().last().unwrap().starts_with("Done"), "{text}");
    assert_eq!(told.stderr, "");
}

#[test]
fn nothing_is_left_and_nothing_else_is_touched() {
    let story = Story::empty();
    let (told, left) = demo(&story);
    told.exits(0);
    assert_eq!(left, 0);
    let mut names: Vec<_> =
        fs::read_dir(story.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["config.yaml", "temporary", "var"]);
    assert_eq!(fs::read_dir(story.data()).unwrap().count(), 0);
}

#[test]
fn the_operators_own_environment_does_not_matter() {
    let mut story = Story::empty();
    story.set("OPENCCU_LOOM_DATA_DIR", "nowhere");
    story.set("OPENCCU_LOOM_SECRET_KEY", "no key at all");
    demo(&story).0.exits(0);
}

#[test]
fn it_is_the_first_command_of_the_readme() {
    let first = blocks(&document("README.md"), "## See it work", "sh")[0].clone();
    assert!(first.trim().ends_with("-- demo"), "{first}");
    let all: Vec<_> = document("README.md").lines().map(str::to_owned).collect();
    let first_block = all.iter().position(|line| line == "```sh").unwrap();
    assert_eq!(all[first_block + 1], first.trim());
}
