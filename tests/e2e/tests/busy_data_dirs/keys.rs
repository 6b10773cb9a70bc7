//! Keys that do not open the sealed values, and texts that are no keys.

use loom_e2e::run::{Outcome, run};
use loom_e2e::sealing::key_file;
use loom_e2e::story::Story;
use std::fs;

const VARIABLE: &str = "OPENCCU_LOOM_SECRET_KEY";
const VERIFY: &str = "backup verify a.tar.gz";
const RESTORE: &str = "backup restore --data-dir new a.tar.gz";
const WRONG: [u8; 32] = [1; 32];

/// A story with `a.tar.gz`, which holds sealed values and no key, and with a right and a wrong key file.
fn without_key_inside() -> Story {
    let story = Story::default();
    let right = key_file(story.state().key());
    fs::remove_file(story.data().join("secret.key")).unwrap();
    with_key(&story, right.trim(), "backup create --config config.yaml --out a.tar.gz").exits(0);
    story.write("wrong.key", key_file(WRONG));
    story.write("right.key", right);
    story
}

fn with_key(story: &Story, key: &str, words: &str) -> Outcome {
    run(story.command(words).env(VARIABLE, key))
}

#[test]
fn a_wrong_key_of_the_environment_does_not_restore() {
    let story = without_key_inside();
    let wrong = key_file(WRONG);
    for verb in [VERIFY, RESTORE] {
        with_key(&story, wrong.trim(), verb).exits(5).says("centrals/haus/password_plain");
    }
    assert!(!story.path("new").exists());
    let right = key_file(story.state().key());
    with_key(&story, right.trim(), VERIFY).exits(0);
    with_key(&story, right.trim(), RESTORE).exits(0);
}

#[test]
fn a_wrong_key_file_does_not_restore() {
    let story = without_key_inside();
    for verb in [VERIFY, RESTORE] {
        story.run(&format!("{verb} --key-file wrong.key")).exits(5).says("4 of 4 sealed values");
    }
    assert!(!story.path("new").exists());
    for verb in [VERIFY, RESTORE] {
        story.run(&format!("{verb} --key-file right.key")).exits(0);
    }
}

#[test]
fn without_any_key_a_restore_is_refused_and_says_what_to_do() {
    let story = without_key_inside();
    let told = story.run(RESTORE);
    told.exits(5).says("no master key opens 4 of 4 sealed values").says("--key-file");
    assert!(!story.path("new").exists());
    story.run(&format!("{RESTORE} --force")).exits(5);
    story.run(&format!("{RESTORE} --allow-unreadable-secrets")).exits(0);
}

/// The daemon would use the variable after the restore, and could not read a secret.
#[test]
fn a_wrong_key_of_the_environment_beats_the_key_inside() {
    let story = Story::default();
    story.create("a.tar.gz");
    with_key(&story, key_file(WRONG).trim(), RESTORE).exits(5);
    assert!(!story.path("new").exists());
    story.run(RESTORE).exits(0);
}

#[test]
fn what_is_no_key_is_named_by_its_place_and_never_quoted() {
    let mut story = without_key_inside();
    let too_short = "c2hvcnQgYW5kIHNlY3JldA==";
    let no_base64 = "this-is-not-base64-at-all-but-still-secret!";
    for (text, reason) in [(too_short, "it decodes to 16 bytes"), (no_base64, "it is not standard base64")] {
        story.write("odd.key", text);
        story.set_secret("UNUSED", text);
        for verb in [VERIFY, RESTORE] {
            let told = story.run(&format!("{verb} --key-file odd.key"));
            told.exits(5).says("`odd.key` holds no master key").says(reason);
        }
        for verb in [RESTORE, "backup create --config config.yaml --out b.tar.gz"] {
            let told = with_key(&story, text, verb);
            told.exits(5).says("`OPENCCU_LOOM_SECRET_KEY` holds no master key").says(reason);
            assert!(!told.words().contains(text), "{told:?}");
        }
    }
    assert!(!story.path("new").exists() && !story.path("b.tar.gz").exists());
}

#[test]
fn a_key_file_that_cannot_be_read_is_named() {
    let story = without_key_inside();
    story.write("long.key", "A".repeat(5000));
    for (name, reason) in
        [("nowhere.key", "does not exist"), ("var", "directory"), ("long.key", "longer than 4096")]
    {
        for verb in [VERIFY, RESTORE] {
            story.run(&format!("{verb} --key-file {name}")).exits(5).says(name).says(reason);
        }
    }
}

#[test]
fn a_key_file_of_the_data_dir_that_is_none_stops_a_backup() {
    let story = Story::default();
    story.write("var/secret.key", "no key");
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    told.exits(5).says("secret.key` holds no master key");
    assert!(!story.path("a.tar.gz").exists());
}
