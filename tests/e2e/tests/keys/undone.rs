//! What a restore replaced, and master keys that changed since.
//!
//! Does NOT rotate beside anybody.

use crate::bed::{KEY, SealedState};
use loom_e2e::run::run;
use loom_e2e::sealing::{key_file, read_key_file};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// A state whose database was replaced by one of an archive without a key, and whose key changed after that.
fn replaced_and_rotated() -> SealedState {
    let state = SealedState::v1(3);
    let run = |words: &str| state.folder.run(words);
    run("backup create --config config.yaml --seal master-key --out a.tar.gz.oclbak").exits(0);
    run("backup restore --config config.yaml --force a.tar.gz.oclbak").exits(0);
    run("key rotate --config config.yaml").exits(0);
    state
}

#[test]
fn an_undo_that_brings_back_values_of_an_old_key_says_so_and_where_that_key_is() {
    let state = replaced_and_rotated();
    // The hint gives the present key a name with the time of day in it.
    let [old] = state.old_keys().try_into().unwrap();
    fs::rename(old, state.folder.data().join("secret.key.old-20200101T000000Z")).unwrap();
    let undone = state.folder.run("backup undo-restore --config config.yaml");
    undone.exits(3).says("4 of 4 sealed values of the state that is back do not open");
    let rotated = read_key_file(&state.key_path());
    follow(&undone.words(), &state);
    assert_eq!(state.every_secret_opens(), 0, "they are of version 1");
    let [_, kept] = state.old_keys().try_into().unwrap();
    assert_eq!(read_key_file(&kept), rotated);
    fs::rename(kept, state.folder.data().join("secret.key.old-20200101T000001Z")).unwrap();
    let back = state.folder.run("backup undo-restore --config config.yaml");
    back.exits(3).says("holds the key they name");
    follow(&back.words(), &state);
    assert_eq!(state.every_secret_opens(), state.secrets());
}

#[test]
fn a_key_that_is_there_and_cannot_be_used_is_told_for_what_it_is() {
    let state = SealedState::v1(3);
    let run = |words: &str| state.folder.run(words);
    run("backup create --config config.yaml --out a.tar.gz").exits(0);
    run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    let comes_back = state.folder.data().join(".loom-undo/files/secret.key");
    fs::set_permissions(comes_back, fs::Permissions::from_mode(0o644)).unwrap();
    let told = run("backup undo-restore --config config.yaml --json");
    told.exits(3).says("was not tried").says("chmod 600");
    assert!(!told.stderr.contains("mv -n") && !told.stderr.contains("key of that time"), "{told:?}");
    assert!(told.json()["unreadable"].is_null(), "{told:?}");
}

#[test]
fn an_undo_judges_by_the_config_file_it_brings_back() {
    let state = SealedState::v1(1);
    let config = state.folder.path("config.yaml");
    let before = fs::read_to_string(&config).unwrap();
    fs::write(state.folder.path("env.yaml"), format!("{before}backends:\n  keys: env\n")).unwrap();
    let mut create = state.folder.command("backup create --config env.yaml --out a.tar.gz");
    run(create.env("OPENCCU_LOOM_SECRET_KEY", key_file(KEY).trim())).exits(0);
    let restored = state.folder.run("backup restore --config config.yaml --force a.tar.gz");
    restored.exits(0).says("the daemon asks its environment alone");
    assert!(fs::read_to_string(&config).unwrap().contains("keys: env"));
    let undone = state.folder.run("backup undo-restore --config config.yaml --json");
    assert_eq!(undone.exits(0).json()["unreadable"], 0);
    assert_eq!(fs::read_to_string(&config).unwrap(), before);
}

/// Runs the commands of a hint as they stand there.
fn follow(words: &str, state: &SealedState) {
    let (_, commands) = words.split_once("`mv -n ").unwrap();
    let (commands, _) = commands.split_once('`').unwrap();
    let ran = Command::new("sh")
        .arg("-c")
        .arg(format!("mv -n {commands}"))
        .current_dir(state.folder.root())
        .status();
    assert!(ran.unwrap().success(), "{words}");
}

#[test]
fn an_undo_that_is_undone_brings_the_newer_state_back() {
    let state = replaced_and_rotated();
    state.folder.run("backup undo-restore --config config.yaml").exits(3);
    let again = state.folder.run("backup undo-restore --config config.yaml");
    again.exits(0);
    assert_eq!(state.every_secret_opens(), state.secrets());
}

#[test]
fn an_old_key_that_an_undo_may_need_is_not_retired_by_accident() {
    let state = replaced_and_rotated();
    let refused = state.folder.run("key retire --config config.yaml");
    refused
        .exits(6)
        .says("`backup undo-restore` would bring back")
        .says("rm -r ")
        .says(".loom-undo` gives that state up");
    assert_eq!(state.old_keys().len(), 1);
    fs::remove_dir_all(state.folder.data().join(".loom-undo")).unwrap();
    state.folder.run("key retire --config config.yaml").exits(0);
    assert_eq!(state.old_keys().len(), 0);
}

#[test]
fn without_its_database_an_interrupted_rotation_is_kept_until_the_database_is_back() {
    let state = SealedState::v1(3);
    let data = state.folder.data();
    let staged = data.join(".loom-key-staged-00112233445566aa");
    fs::write(&staged, "the only copy").unwrap();
    let journal = data.join(".loom-key-switch.json");
    let text = r#"{"version":1,"from":"aaaaaaaaaaaaaaaa","to":"00112233445566aa","target":"file","old":"kept","begun_at":"2026-11-23T12:00:00Z"}"#;
    fs::write(&journal, text).unwrap();
    let away = data.join("elsewhere");
    fs::rename(state.folder.database(), &away).unwrap();
    for verb in ["key status", "key rotate", "backup create --out a.tar.gz", "run"] {
        let outcome = state.folder.run(&format!("{verb} --config config.yaml"));
        assert!(!matches!(outcome.code, Some(0)), "{verb}: {outcome:?}");
        assert!(staged.exists() && journal.exists(), "{verb}: {outcome:?}");
    }
    let status = state.folder.run("key status --config config.yaml");
    status.exits(5).says("cannot be brought to its end without the database");
    // The database says that nothing was re-sealed: the old key is the key.
    fs::rename(&away, state.folder.database()).unwrap();
    let key = state.key_path().display().to_string();
    state.folder.run(&format!("key check --config config.yaml --key-file {key}")).exits(0);
    assert!(!staged.exists() && !journal.exists());
}
