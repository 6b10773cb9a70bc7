//! Old keys that `key retire` keeps: what needs them does not show on the outside, or cannot be looked at.
//!
//! Does NOT retire keys of a running daemon (`loom-app`).

use crate::bed::{KEY, SealedState};
use loom_e2e::data_dir::sqlite;
use loom_e2e::run::{Outcome, run};
use loom_e2e::sealing::{key_file, read_key_file, write_key_file};
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

const FORGOTTEN: [u8; 32] = [9; 32];

/// Runs a verb where a variable was forgotten.
fn with_variable(state: &SealedState, key: [u8; 32], words: &str) -> Outcome {
    let mut command = state.folder.command(&format!("{words} --config config.yaml"));
    run(command.env("OPENCCU_LOOM_SECRET_KEY", key_file(key).trim()))
}

/// Enters every secret anew: what is stored is in clear.
fn enter_anew(state: &SealedState) {
    let script = "UPDATE centrals SET password_plain = 'x';
                  UPDATE config_sections SET value_json = json_set(value_json, '$.password', 'x');";
    sqlite(&state.folder.database(), script);
}

#[test]
fn a_key_stays_that_values_in_an_archive_need_which_is_sealed_with_another() {
    for named in [true, false] {
        let state = SealedState::v1(2);
        let run = |words: &str| state.folder.run(&format!("{words} --config config.yaml"));
        if named {
            run("key rotate").exits(0);
            fs::remove_file(&state.old_keys()[0]).unwrap();
        }
        let first = read_key_file(&state.key_path());
        with_variable(&state, FORGOTTEN, "key rotate --to file --allow-unreadable-secrets").exits(3);
        fs::create_dir(state.folder.path("archives")).unwrap();
        run("backup create --seal master-key --out archives/a.tar.gz.oclbak").exits(3);
        run("backup verify archives/a.tar.gz.oclbak").exits(0);
        enter_anew(&state);
        let (_, status) = state.status("--archives archives");
        let shown = &status["archives"][0];
        assert_eq!(shown["key_at"], if named { "present" } else { "unknown" }, "{status}");
        assert_eq!(shown["other_keys"].as_array().unwrap().len(), usize::from(named), "{status}");
        run("key retire --archives archives").exits(6).says("`a.tar.gz.oclbak`");
        assert!(state.old_keys().iter().any(|old| read_key_file(old) == first), "it is gone");
        run("backup verify archives/a.tar.gz.oclbak").exits(0);
        fs::remove_file(state.folder.path("archives/a.tar.gz.oclbak")).unwrap();
        run("key retire --archives archives").exits(0);
    }
}

#[test]
fn the_only_file_of_a_key_stays_where_a_variable_holds_it_too_and_another_key_goes() {
    let state = SealedState::v1(2);
    let kept = state.folder.data().join("secret.key.old-20261123T120000Z");
    fs::rename(state.key_path(), &kept).unwrap();
    with_variable(&state, KEY, "key retire").exits(6).says("no key file in its place holds it");
    assert_eq!(read_key_file(&kept), KEY);
    let other = state.folder.data().join("secret.key.old-20261123T130000Z");
    write_key_file(&other, key_file(FORGOTTEN));
    with_variable(&state, KEY, "key retire secret.key.old-20261123T130000Z").exits(0);
    assert!(kept.exists() && !other.exists());
}

#[test]
fn a_key_stays_while_an_archive_is_closed_that_a_forgotten_variable_sealed() {
    let state = SealedState::v1(2);
    fs::create_dir(state.folder.path("archives")).unwrap();
    let out = "backup create --seal master-key --out archives/a.tar.gz.oclbak";
    with_variable(&state, FORGOTTEN, out).exits(3);
    state.folder.run("key rotate --config config.yaml").exits(0);
    let refused = state.folder.run("key retire --config config.yaml --archives archives");
    refused.exits(6).says("`a.tar.gz.oclbak` may need it");
    assert_eq!(read_key_file(&state.old_keys()[0]), KEY);
}

#[test]
fn a_key_stays_while_archives_are_in_the_way_that_cannot_be_looked_at() {
    let state = SealedState::v1(1);
    let run = |words: &str| state.folder.run(&format!("{words} --config config.yaml"));
    let archives = state.folder.path("archives");
    fs::create_dir_all(archives.join("2026")).unwrap();
    let archive = archives.join("2026/a.tar.gz.oclbak");
    run(&format!("backup create --seal master-key --out {}", archive.display())).exits(0);
    run("key rotate").exits(0);
    run("key retire --archives archives").exits(6).says("archives/2026");
    let no_text = archives.join(OsStr::from_bytes(b"m\xfcll.tar.gz.oclbak"));
    fs::rename(&archive, &no_text).unwrap();
    run("key retire --archives archives").exits(6).says("its name is not UTF-8");
    fs::rename(&no_text, &archive).unwrap();
    fs::rename(archives.join("2026"), state.folder.path("nas")).unwrap();
    let link = archives.join("backup-1.tar.gz.oclbak");
    symlink("/nowhere/at/all", &link).unwrap();
    run("key retire --archives archives").exits(6).says("a link to where nothing is");
    fs::remove_file(&link).unwrap();
    // Nor is the data dir's own folder passed over for another.
    state.folder.configure("state_backups:\n  dir: archives\n");
    let own = state.folder.data().join("state-backups");
    fs::create_dir_all(&own).unwrap();
    fs::rename(state.folder.path("nas/a.tar.gz.oclbak"), own.join("a.tar.gz.oclbak")).unwrap();
    run("key retire").exits(6).says("`a.tar.gz.oclbak`");
    assert_eq!(read_key_file(&state.old_keys()[0]), KEY);
    fs::remove_dir_all(own).unwrap();
    run("key retire").exits(0);
    let again = run("key retire").exits(0).words();
    assert!(!again.contains("looked at"), "{again}");
}
