//! `kill -9` at any instant of a rotation: whatever was reached, the next verb finds one key that opens every secret.

use crate::bed::{KEY, SealedState};
use loom_e2e::contents::working_files;
use loom_e2e::instants::Instants;
use loom_e2e::run::run;
use loom_e2e::sealing::{key_file, read_key_file};
use std::process::Command;
use std::time::Instant;

const INSTANTS: u32 = 100;
/// Enough that sealing takes a while.
const CENTRALS: usize = 400;

fn rotate(state: &SealedState) -> Command {
    state.folder.command("key rotate --config config.yaml")
}

#[test]
fn a_rotation_killed_at_any_instant_leaves_one_key_that_opens_every_secret() {
    let state = SealedState::v1(CENTRALS);
    let mut undisturbed = rotate(&state);
    let began = Instant::now();
    run(&mut undisturbed).exits(0);
    let mut instants = Instants::new(INSTANTS, began.elapsed());
    let (mut changed, mut interrupted) = (0, 0);
    while instants.go_on(changed > 0 && changed < instants.turns() && interrupted > 0) {
        let before = read_key_file(&state.key_path());
        instants.kill(&mut rotate(&state));
        interrupted +=
            u32::from(working_files(&state.folder.data()).iter().any(|name| name.contains(".loom-key-")));
        // Each of those that bring it to its end has its turn.
        let next = match instants.turns() % 4 {
            0 => "key status --config config.yaml",
            1 => "backup create --config config.yaml --out a.tar.gz",
            2 => "config export --config config.yaml --include-secrets --out a.json --force",
            _ => "",
        };
        match next {
            "" => _ = state.folder.start().stop(),
            next => _ = state.folder.run(next).exits(0),
        }
        _ = std::fs::remove_file(state.folder.path("a.tar.gz"));
        let after = read_key_file(&state.key_path());
        if after == before {
            instants.nothing_came();
        } else {
            changed += 1;
        }
        assert_eq!(state.every_secret_opens(), state.secrets(), "{instants:?}");
        let working = working_files(&state.folder.data());
        assert!(!working.iter().any(|name| name.contains(".loom-key-")), "{working:?}");
        assert!(state.old_keys().iter().any(|old| read_key_file(old) == KEY), "the first key is gone");
        let kept = state.old_keys().iter().any(|old| read_key_file(old) == before);
        assert_eq!(kept, after != before, "the key before is kept if there is another one");
        for old in state.old_keys().iter().filter(|old| read_key_file(old) != KEY) {
            std::fs::remove_file(old).unwrap();
        }
    }
    let kills = instants.turns();
    println!("{kills} kills: {changed} left the new key, {interrupted} had to be brought to an end");
    // Otherwise the instants do not lie where they should, and this test shows nothing.
    assert!(changed > 0 && changed < kills && interrupted > 0, "{changed} of {kills}, {interrupted}");
}

#[test]
fn a_rotation_into_the_environment_killed_at_any_instant_leaves_the_old_key_or_the_one_that_is_kept() {
    const INSTANTS: u32 = 50;
    let state = SealedState::v1(CENTRALS);
    let text = |key: [u8; 32]| key_file(key).trim().to_owned();
    let with = |key: [u8; 32], words: &str| {
        let mut command = state.folder.command(words);
        command.env("OPENCCU_LOOM_SECRET_KEY", text(key));
        command
    };
    let rotate = "key rotate --config config.yaml --to env --new-key-file kept";
    let status = "key status --config config.yaml";
    let write_next = |next: [u8; 32]| {
        let line = format!("OPENCCU_LOOM_NEW_SECRET_KEY={}\n", text(next));
        std::fs::write(state.folder.path("kept"), line).unwrap();
    };
    let mut present = [1; 32];
    write_next(present);
    let mut undisturbed = with(KEY, rotate);
    let began = Instant::now();
    run(&mut undisturbed).exits(0);
    let mut instants = Instants::new(INSTANTS, began.elapsed());
    let (mut changed, mut interrupted) = (0, 0);
    while instants.go_on(changed > 0 && changed < instants.turns() && interrupted > 0) {
        let next = [u8::try_from(instants.turns()).unwrap() + 1; 32];
        write_next(next);
        instants.kill(&mut with(present, rotate));
        let is_working = |name: &String| name.contains(".loom-key-");
        interrupted += u32::from(working_files(&state.folder.data()).iter().any(is_working));
        let opens = [present, next].map(|key| with(key, status).output().unwrap().status.success());
        assert!(opens == [true, false] || opens == [false, true], "{instants:?}: {opens:?}");
        if opens == [false, true] {
            present = next;
            changed += 1;
        } else {
            instants.nothing_came();
        }
        state.every_secret_opens_with(present);
        assert!(!working_files(&state.folder.data()).iter().any(is_working));
    }
    let kills = instants.turns();
    println!("{kills} kills: {changed} left the new key, {interrupted} had to be brought to an end");
    assert!(changed > 0 && changed < kills && interrupted > 0, "{changed} of {kills}, {interrupted}");
}
