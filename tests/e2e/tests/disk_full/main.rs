//! The disk runs full, at every stage of every verb: exit code 1, the folder is named, nothing is left, nothing is
//! changed.
//!
//! A small file system is the real thing but needs the right to mount one; a limit on the size of files needs nothing.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod file_size_limit;
mod sized;
mod small_disk;
mod standard_output;

use loom_e2e::data_dir::{Sample, SampleDataDir};
use loom_e2e::run::{loom, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Enough that a disk can run full in the middle of each stage.
const PARAMSET_BYTES: u64 = 512 << 10;

fn state(mark: &'static str) -> SampleDataDir {
    SampleDataDir::new(Sample { mark, paramset_bytes: PARAMSET_BYTES, ..Default::default() })
}

fn archive_of(state: &SampleDataDir) -> PathBuf {
    let archive = state.root().join("state.tar.gz");
    run(&mut create(&state.path(), &archive)).exits(0);
    archive
}

fn create(dir: &Path, out: &Path) -> Command {
    let mut create = loom(["backup", "create", "--out"]);
    create.arg(out).env("OPENCCU_LOOM_DATA_DIR", dir);
    create
}

fn restore(dir: &Path, archive: &Path) -> Command {
    let mut restore = loom(["backup", "restore", "--force", "--data-dir"]);
    restore.arg(dir).arg(archive);
    restore
}

fn verify(archive: &Path, scratch: &Path) -> Command {
    let mut verify = loom(["backup", "verify", "--scratch"]);
    verify.arg(scratch).arg(archive);
    verify
}

/// Hands `command` to a shell as its last arguments, with its environment.
fn with_command<'a>(shell: &'a mut Command, command: &Command) -> &'a mut Command {
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.arg(command.get_program()).args(command.get_args())
}
