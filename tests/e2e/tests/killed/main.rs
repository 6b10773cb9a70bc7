//! `kill -9` at 200 spread instants of `create` and of `restore`, and amid the swap of a restore.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod config;
mod create;
mod instants;
mod restore;

use loom_e2e::data_dir::Sample;
use loom_e2e::run::loom;
use std::path::Path;
use std::process::Command;

/// Large enough that a run takes long against the time between two instants.
const PARAMSET_BYTES: u64 = 4 << 20;

fn sample(mark: &'static str, key: u8) -> Sample {
    Sample { mark, key: [key; 32], paramset_bytes: PARAMSET_BYTES }
}

fn create(dir: &Path, archive: &Path) -> Command {
    let mut create = loom(["backup", "create", "--out"]);
    create.arg(archive).env("OPENCCU_LOOM_DATA_DIR", dir);
    create
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}
