//! Archives sealed with a master key that was replaced since: verified, restored, and their key outlives every restore.
//!
//! Does NOT rotate beside anybody.

use crate::bed::SealedState;
use loom_e2e::sealing::read_key_file;
use std::fs;

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
