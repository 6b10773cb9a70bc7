//! A variable that was forgotten in an environment hides the right key: every verb that asks for the key says so.
//!
//! Does NOT look at what a daemon says of it (`loom-app`).

use crate::bed::{KEY, SealedState};
use loom_e2e::data_dir::sqlite;
use loom_e2e::run::{Outcome, run};
use loom_e2e::sealing::{key_file, write_key_file};

const WAY_OUT: &str = "opens them: remove OPENCCU_LOOM_SECRET_KEY";
const WRONG: [u8; 32] = [9; 32];

/// Runs a verb where a variable holds that key.
fn with_variable(state: &SealedState, key: [u8; 32], words: &str) -> Outcome {
    let mut command = state.folder.command(&format!("{words} --config config.yaml"));
    run(command.env("OPENCCU_LOOM_SECRET_KEY", key_file(key).trim()))
}

#[test]
fn a_forgotten_variable_is_named_by_every_verb_that_asks_for_the_key() {
    let state = SealedState::v1(2);
    let say = |words: &str| with_variable(&state, WRONG, words);
    say("key status").exits(5).says(WAY_OUT).says("beaten     ").says("secret.key`  opens 3");
    let told = say("key status --json").exits(5).json();
    assert_eq!(told["beaten_key"]["opens"], 3, "{told}");
    let created = say("backup create --out a.tar.gz");
    created.exits(3).says("3 of 3 sealed values").says(WAY_OUT);
    assert!(!created.words().contains("is not inside"), "{created:?}");
    say("config export --include-secrets --out doc.json").exits(3).says(WAY_OUT);
    say("key kit").exits(0).says("opens none of the 3").says(WAY_OUT);
    let refused = say("key kit --include-secret --out sheet.txt");
    refused.exits(5).says("opens none of the 3").says(WAY_OUT);
    assert!(!state.folder.path("sheet.txt").exists());
}

#[test]
fn no_secret_sheet_is_made_of_a_key_file_that_opens_nothing() {
    let state = SealedState::v1(2);
    write_key_file(&state.folder.data().join("secret.key"), key_file(WRONG));
    let refused = state.folder.run("key kit --config config.yaml --include-secret --out sheet.txt");
    refused.exits(5).says("opens none of the 3").says("hint: put the right key there");
    let told = state.folder.run("key kit --config config.yaml --out sheet.txt");
    told.exits(0).says("opens none of the 3");
    state.folder.run("key status --config config.yaml").exits(5).says("3 of 3").says("key check --key-file");
}

#[test]
fn a_sheet_of_a_key_that_opens_some_says_so() {
    let state = SealedState::v1(2);
    let foreign = loom_e2e::sealing::seal(WRONG, "another");
    let planted = format!("UPDATE centrals SET password_plain = '{foreign}' WHERE name = 'c1'");
    sqlite(&state.folder.data().join("openccu-loom.db"), &planted);
    let told = state.folder.run("key kit --config config.yaml --include-secret");
    told.exits(0).says("does not open 1 of 3 sealed values");
    state.folder.run("backup create --config config.yaml --out a.tar.gz").exits(3).says("1 of 3");
}

#[test]
fn a_beaten_key_file_that_opens_nothing_more_is_shown_without_a_hint() {
    let state = SealedState::v1(2);
    write_key_file(&state.folder.data().join("secret.key"), key_file(WRONG));
    let told = with_variable(&state, KEY, "key status");
    told.exits(0).says("beaten     ").says("opens 0");
    assert!(!told.words().contains("hint:"), "{told:?}");
    with_variable(&state, KEY, "backup create --out a.tar.gz").exits(0);
}

#[test]
fn a_sheet_does_not_call_archives_open_that_the_file_of_a_daemon_has_sealed() {
    let state = SealedState::v1(1);
    let config = std::fs::read_to_string(state.folder.path("config.yaml")).unwrap();
    let data = state.folder.data();
    std::fs::write(
        state.folder.path("config.yaml"),
        format!("{config}\nstate_backups:\n  seal: master-key\n"),
    )
    .unwrap();
    let told = state.folder.run(&format!("key kit --data-dir {}", data.display()));
    told.exits(2).says("config.yaml").says("name that file with --config");
    state.folder.run("key kit --config config.yaml").exits(0);
}
