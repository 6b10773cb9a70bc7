//! Two who change the key of one data dir at once.

use crate::bed::SealedState;
use loom_e2e::run::Outcome;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

#[test]
fn of_two_rotations_at_once_one_gives_way_or_comes_after() {
    let state = SealedState::v1(300);
    for _ in 0..5 {
        let before = state.old_keys().len();
        let start = || {
            let mut command = state.folder.command("key rotate --config config.yaml");
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let both = [start(), start()].map(|child| Outcome::from(child.wait_with_output().unwrap()));
        let done = both.iter().filter(|outcome| outcome.code == Some(0)).count();
        for refused in both.iter().filter(|outcome| outcome.code != Some(0)) {
            refused.exits(6).says("in use by a change of the master key");
        }
        assert!(done > 0, "{both:?}");
        assert_eq!(state.every_secret_opens(), state.secrets());
        assert_eq!(state.old_keys().len(), before + done);
    }
}

#[test]
fn a_rotation_gives_way_to_a_change_that_is_at_work() {
    let state = SealedState::v1(3);
    let before = (state.stored(), state.old_keys());
    let other = KeyChange::of(&state.folder.data());
    let by = format!("in use by a change of the master key (pid {})", other.0.id());
    state.folder.run("key rotate --config config.yaml").exits(6).says(&by);
    assert_eq!((state.stored(), state.old_keys()), before);
    drop(other);
    state.folder.run("key rotate --config config.yaml").exits(0);
}

/// Another process that holds the lock of a data dir, as a change of its key does, until it is dropped.
struct KeyChange(Child);

impl KeyChange {
    fn of(data_dir: &Path) -> Self {
        let script = "
import fcntl, os, sys
lock = open(sys.argv[1], 'w')
fcntl.flock(lock, fcntl.LOCK_EX)
lock.write(f'{os.getpid()} key-change\\n')
lock.flush()
print('ready', flush=True)
sys.stdin.read()";
        let mut python = Command::new("python3");
        python.args(["-c", script]).arg(data_dir.join("openccu-loom.lock"));
        let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        Self(child)
    }
}

impl Drop for KeyChange {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[test]
fn a_backup_and_a_rotation_at_once_leave_an_archive_that_opens_with_its_own_key() {
    let state = SealedState::v1(300);
    for round in 0..5 {
        let name = format!("a{round}.tar.gz");
        let start = |words: &str| {
            let mut command = state.folder.command(words);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        };
        let backup = start(&format!("backup create --config config.yaml --out {name}"));
        let rotation = start("key rotate --config config.yaml");
        let [backup, rotation] =
            [backup, rotation].map(|child| Outcome::from(child.wait_with_output().unwrap()));
        for outcome in [&backup, &rotation] {
            assert!(matches!(outcome.code, Some(0 | 6)), "{outcome:?}");
        }
        assert!(backup.code == Some(0) || rotation.code == Some(0), "{backup:?} {rotation:?}");
        if backup.code == Some(0) {
            state.folder.run(&format!("backup verify {name}")).exits(0);
        } else {
            backup.says("a change of the master key");
        }
        // Whichever came first, with the key that is there now.
        state.every_secret_opens();
    }
}
