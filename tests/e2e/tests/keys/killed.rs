//! `kill -9` at any instant of a rotation: whatever was reached, the next verb finds one key that opens every secret.

use crate::bed::{KEY, SealedState};
use loom_e2e::contents::working_files;
use loom_e2e::sealing::read_key_file;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

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
