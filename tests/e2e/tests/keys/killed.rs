//! `kill -9` at any instant of a rotation: whatever was reached, the next verb finds one key that opens every secret.

use crate::bed::{KEY, SealedState};
use loom_e2e::contents::working_files;
use loom_e2e::sealing::{key_file, read_key_file};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const INSTANTS: u32 = 100;
/// Enough that sealing takes a while.
const CENTRALS: usize = 400;

fn rotate(state: &SealedState) -> Command {
    let mut command = state.folder.command("key rotate --config config.yaml");
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn a_rotation_killed_at_any_instant_leaves_one_key_that_opens_every_secret() {
    let state = SealedState::v1(CENTRALS);
    let began = Instant::now();
    assert!(rotate(&state).status().unwrap().success());
    let mut took = began.elapsed();
    let (mut changed, mut interrupted) = (0, 0);
    for turn in 0..INSTANTS {
        let before = read_key_file(&state.key_path());
        // In no order, so that a machine that is slow for a while does not spoil one part of the run only.
        let at = took * 11 * (turn * 67 % INSTANTS) / (10 * INSTANTS);
        let started = Instant::now();
        let mut child = rotate(&state).spawn().unwrap();
        thread::sleep(at.saturating_sub(started.elapsed()));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            took = started.elapsed();
        }
        interrupted +=
            u32::from(working_files(&state.folder.data()).iter().any(|name| name.contains(".loom-key-")));
        // Each of those that bring it to its end has its turn.
        let next = match turn % 4 {
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
        changed += u32::from(after != before);
        assert_eq!(state.every_secret_opens(), state.secrets(), "killed after {at:?}");
        let working = working_files(&state.folder.data());
        assert!(!working.iter().any(|name| name.contains(".loom-key-")), "{working:?}");
        assert!(state.old_keys().iter().any(|old| read_key_file(old) == KEY), "the first key is gone");
        let kept = state.old_keys().iter().any(|old| read_key_file(old) == before);
        assert_eq!(kept, after != before, "the key before is kept if there is another one");
        for old in state.old_keys().iter().filter(|old| read_key_file(old) != KEY) {
            std::fs::remove_file(old).unwrap();
        }
    }
    println!("{INSTANTS} kills: {changed} left the new key, {interrupted} had to be brought to an end");
    // Otherwise the instants do not lie where they should, and this test shows nothing.
    assert!(changed > 0 && changed < INSTANTS && interrupted > 0, "{changed}, {interrupted}");
}

#[test]
fn a_rotation_into_the_environment_killed_at_any_instant_leaves_the_old_key_or_the_one_that_is_kept() {
    const INSTANTS: u32 = 50;
    let state = SealedState::v1(CENTRALS);
    let text = |key: [u8; 32]| key_file(key).trim().to_owned();
    let with = |key: [u8; 32], words: &str| {
        let mut command = state.folder.command(words);
        command.env("OPENCCU_LOOM_SECRET_KEY", text(key)).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let rotate = "key rotate --config config.yaml --to env --new-key-file kept";
    let status = "key status --config config.yaml";
    let mut present = KEY;
    let (mut changed, mut interrupted, mut took) = (0, 0, None);
    for turn in 0..=INSTANTS {
        let next = [u8::try_from(turn).unwrap() + 1; 32];
        std::fs::write(state.folder.path("kept"), format!("OPENCCU_LOOM_NEW_SECRET_KEY={}\n", text(next)))
            .unwrap();
        let started = Instant::now();
        let mut child = with(present, rotate).spawn().unwrap();
        // The first one tells how long one takes.
        if let Some(took) = took {
            let at: Duration = took * 11 * (turn * 67 % INSTANTS) / (10 * INSTANTS);
            thread::sleep(at.saturating_sub(started.elapsed()));
            child.kill().unwrap();
        }
        if child.wait().unwrap().success() {
            took = Some(started.elapsed());
        }
        let is_working = |name: &String| name.contains(".loom-key-");
        interrupted += u32::from(working_files(&state.folder.data()).iter().any(is_working));
        let opens = [present, next].map(|key| with(key, status).status().unwrap().success());
        assert!(opens == [true, false] || opens == [false, true], "turn {turn}: {opens:?}");
        if opens == [false, true] {
            present = next;
            changed += 1;
        }
        state.every_secret_opens_with(present);
        assert!(!working_files(&state.folder.data()).iter().any(is_working));
    }
    println!("{INSTANTS} kills: {changed} left the new key, {interrupted} had to be brought to an end");
    assert!(changed > 1 && changed < INSTANTS && interrupted > 0, "{changed}, {interrupted}");
}
