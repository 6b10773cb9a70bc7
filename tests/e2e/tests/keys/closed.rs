//! Old keys beside archives that stay closed: those that carry their key let it go, those that do not, or may not, hold it
//! back.
//!
//! Does NOT open them (`sealed`).

use crate::bed::SealedState;
use loom_e2e::age_keys::OFFICE;
use loom_e2e::run::{Outcome, run};
use std::fs;

/// A state, a backup sealed by these flags with the key in a variable or in its file, and the key rotated into the file.
fn rotated_after_a_backup(flags: &str, in_variable: bool) -> SealedState {
    let state = SealedState::v1(2);
    let text = fs::read_to_string(state.key_path()).unwrap().trim().to_owned();
    if in_variable {
        fs::remove_file(state.key_path()).unwrap();
    }
    let say = |words: &str| {
        let mut command = state.folder.command(words);
        if in_variable {
            command.env("OPENCCU_LOOM_SECRET_KEY", &text);
        }
        run(&mut command).exits(0);
    };
    fs::create_dir(state.folder.path("archives")).unwrap();
    fs::write(state.folder.path("phrase.txt"), "correct horse\n").unwrap();
    say(&format!("backup create --config config.yaml --out archives/a.tar.gz.age {flags}"));
    say("key rotate --config config.yaml --to file");
    assert_eq!(state.old_keys().len(), 1);
    state
}

fn retire(state: &SealedState) -> Outcome {
    state.folder.run("key retire --config config.yaml --archives archives")
}

#[test]
fn the_key_of_a_variable_stays_while_an_archive_for_recipients_needs_it() {
    let state = rotated_after_a_backup(&format!("--recipient {}", OFFICE.recipient), true);
    let (outcome, status) = state.status("--archives archives");
    outcome.exits(0);
    assert_eq!(status["archives"][0]["key_at"], "old", "{status}");
    retire(&state).exits(6).says("a.tar.gz.age");
    assert_eq!(state.old_keys().len(), 1);
}

#[test]
fn the_key_of_a_file_may_go_for_an_archive_for_recipients_carries_it() {
    let state = rotated_after_a_backup(&format!("--recipient {}", OFFICE.recipient), false);
    retire(&state).exits(0);
    assert!(state.old_keys().is_empty());
}

#[test]
fn every_old_key_stays_while_nobody_can_tell_what_an_archive_for_a_passphrase_needs() {
    let state = rotated_after_a_backup("--passphrase-file phrase.txt", false);
    retire(&state).exits(6).says("`a.tar.gz.age`").says("cannot be told from outside");
    let shown = state.folder.run("key status --config config.yaml --archives archives");
    shown.exits(0).says("cannot be told from outside");
    fs::rename(state.folder.path("archives/a.tar.gz.age"), state.folder.path("a.tar.gz.age")).unwrap();
    retire(&state).exits(0);
}
