//! Every byte region of an archive flipped or cut: `verify` and `restore` refuse and name the part.
//!
//! Thousands of damages are tried in this process, on the jobs the command line runs; spread ones on the binary itself.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod on_the_binary;
mod ours;
mod sealed;
mod verifying;

use loom_e2e::contents::hash;
use loom_e2e::data_dir::{SampleDataDir, sqlite};
use loom_e2e::run::{loom, run};
use loom_e2e::sealing::{key_file, seal, write_key_file};
use std::fs;

const KEY: [u8; 32] = [9; 32];

/// An archive of ours of a few thousand bytes, so that each of them can be damaged.
fn tiny_archive() -> Vec<u8> {
    let dir = SampleDataDir::empty(loom_e2e::data_dir::Sample { key: KEY, ..Default::default() });
    sqlite(&dir.database(), &tiny_state());
    write_key_file(&dir.path().join("secret.key"), key_file(KEY));
    fs::write(dir.path().join("notes.txt"), hash(b"some text that does not compress")).unwrap();
    run(loom(["backup", "create", "--out", "-", "--config"]).arg(dir.config())).exits(0).stdout.clone()
}

fn tiny_state() -> String {
    let password = seal(KEY, "a password");
    format!(
        "PRAGMA page_size = 1024;
CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id INTEGER, is_applied INTEGER);
INSERT INTO goose_db_version VALUES (1, 45, 1);
CREATE TABLE centrals (name TEXT PRIMARY KEY, password_plain TEXT) WITHOUT ROWID;
INSERT INTO centrals VALUES ('haus', '{password}');"
    )
}

/// Where the second gzip member begins; there are two, and the second one holds the manifest.
fn manifest_member(archive: &[u8]) -> usize {
    let first = u32::from_le_bytes(archive[16..20].try_into().unwrap());
    let at = 25 + usize::try_from(first).unwrap() + 8;
    assert!(archive[at..].starts_with(b"\x1f\x8b\x08\x04") && archive[at + 24] == 1, "no member at {at}");
    at
}
