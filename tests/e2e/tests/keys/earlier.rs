//! Archives sealed with a master key that was replaced since: verified, restored, and their key outlives every restore.
//!
//! Does NOT rotate beside anybody.

use crate::bed::SealedState;
use loom_e2e::run::run;
use loom_e2e::sealing::{key_file, read_key_file};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[test]
fn an_archive_of_an_earlier_key_is_good_and_its_restore_brings_that_key_back() {
    let state = SealedState::v1(3);
    let run = |words: &str| state.folder.run(words);
    let first = read_key_file(&state.key_path());
    run("backup create --config config.yaml --seal master-key --out a.tar.gz.oclbak").exits(0);
    run("key rotate --config config.yaml").exits(0);
    let second = read_key_file(&state.key_path());
    run("backup verify --config config.yaml a.tar.gz.oclbak").exits(0).says("secret.key.old-");
    let restored = run("backup restore --config config.yaml --force a.tar.gz.oclbak");
    restored.exits(0).says("becomes `secret.key` again").says("is kept as `secret.key.old-");
    assert_eq!(read_key_file(&state.key_path()), first);
    state.every_secret_opens();
    let kept: Vec<_> = state.old_keys().iter().map(|path| read_key_file(path)).collect();
    assert!(kept.contains(&second), "the key before the restore is gone");
    run("backup undo-restore --config config.yaml").exits(0);
    assert_eq!(read_key_file(&state.key_path()), second);
    assert_eq!(state.every_secret_opens(), state.secrets());
}

#[test]
fn a_key_outlives_restores_of_archives_that_bring_another_one() {
    let state = SealedState::v1(3);
    let run = |words: &str| state.folder.run(words);
    run("backup create --config config.yaml --out first.tar.gz").exits(0);
    run("key rotate --config config.yaml").exits(0);
    let second = read_key_file(&state.key_path());
    run("backup create --config config.yaml --seal master-key --out newest.tar.gz.oclbak").exits(0);
    run("backup restore --config config.yaml --force first.tar.gz")
        .exits(0)
        .says("is kept as `secret.key.old-");
    run("backup restore --config config.yaml --force first.tar.gz").exits(0);
    fs::remove_dir_all(state.folder.data().join(".loom-undo")).unwrap();
    run("backup restore --config config.yaml --force newest.tar.gz.oclbak").exits(0);
    assert_eq!(read_key_file(&state.key_path()), second);
    assert_eq!(state.every_secret_opens(), state.secrets());
}

#[test]
fn an_archive_of_a_key_in_a_variable_is_good_after_the_rotation_into_the_file() {
    let state = SealedState::v1(2);
    let text = fs::read_to_string(state.key_path()).unwrap().trim().to_owned();
    fs::remove_file(state.key_path()).unwrap();
    let with_variable = |words: &str| run(state.folder.command(words).env("OPENCCU_LOOM_SECRET_KEY", &text));
    with_variable("backup create --config config.yaml --seal master-key --out a.tar.gz.oclbak").exits(0);
    let rotated = with_variable("key rotate --config config.yaml --to file --json");
    assert_eq!(rotated.exits(0).json()["old_key_only_outside"], false);
    rotated.says("is kept as `secret.key.old-").says("remove OPENCCU_LOOM_SECRET_KEY");
    let [kept] = &state.old_keys()[..] else { panic!("{:?}", state.old_keys()) };
    // The variable is about to be removed, as was said.
    let refused = with_variable("key retire --config config.yaml --archives .");
    refused.exits(6).says("`a.tar.gz.oclbak`, or a value in it, opens with it");
    assert_eq!(fs::metadata(kept).unwrap().permissions().mode() & 0o777, 0o600);
    state.folder.run("backup verify --config config.yaml a.tar.gz.oclbak").exits(0).says("secret.key.old-");
    assert_eq!(state.every_secret_opens(), state.secrets());
}

#[test]
fn no_key_is_retired_by_who_does_not_name_the_file_that_keeps_archives_elsewhere() {
    let state = SealedState::v1(2);
    let run = |words: &str| state.folder.run(words);
    run("key rotate --config config.yaml").exits(0);
    fs::create_dir(state.folder.path("usb")).unwrap();
    state.folder.configure("state_backups:\n  dir: usb\n");
    run("key retire --data-dir var").exits(2).says("keeps archives in `usb`").says("--config");
    assert_eq!(state.old_keys().len(), 1);
    run("key retire --data-dir var --archives usb").exits(0).says("0 archives in `usb`");
    assert!(state.old_keys().is_empty());
}

#[test]
fn a_key_that_the_operator_alone_keeps_is_told_before_it_is_replaced() {
    let state = SealedState::v1(2);
    let text = fs::read_to_string(state.key_path()).unwrap().trim().to_owned();
    fs::remove_file(state.key_path()).unwrap();
    fs::write(state.folder.path("new"), key_file([42; 32])).unwrap();
    let mut rotate = state.folder.command("key rotate --config config.yaml --new-key-file new --json");
    let rotated = run(rotate.env("OPENCCU_LOOM_SECRET_KEY", &text));
    let told = rotated.exits(0).json();
    assert_eq!(told["old_key_only_outside"], true);
    let from = told["from"].as_str().unwrap();
    rotated.says(&format!("the old key {from} is kept nowhere but in OPENCCU_LOOM_SECRET_KEY"));
    assert!(state.old_keys().is_empty(), "no key comes to lie on the disk in clear unasked");
    assert_eq!(state.every_secret_opens_with([42; 32]), state.secrets());
}
