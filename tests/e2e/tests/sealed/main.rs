//! Sealed archives: every form there and back, for whom an archive is sealed by flags and configuration, and what is said
//! where nothing opens one.
//!
//! | room | what lives there |
//! |---|---|
//! | `round_trips` | every form, created and brought back |
//! | `flags` | the flags of `backup create`, and those that contradict each other |
//! | `configured` | what the configuration makes permanent, for the command line |
//! | `daemon` | the same for a daemon |
//! | `opening` | what opens an archive, and what is said where nothing does |
//! | `plain_places` | where its contents lie in clear meanwhile |
//!
//! Does NOT look into the bytes of a sealed archive (adapter `archive`).
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod configured;
mod daemon;
mod flags;
mod opening;
mod plain_places;
mod round_trips;

use loom_e2e::age_keys::{OFFICE, SAFE};
use loom_e2e::sealing::key_file;
use loom_e2e::story::Story;
use std::fs;

const PASSPHRASE: &str = "seven geese and a wheelbarrow";

/// A story with the files that sealing and opening need.
fn story() -> Story {
    let story = Story::default();
    story.write("office.txt", OFFICE.file);
    story.write("safe.txt", SAFE.file);
    story.write("recipients.txt", format!("# the safe\n{}\n", SAFE.recipient));
    story.write("phrase.txt", format!("{PASSPHRASE}\n"));
    story.write("wrong.txt", "six geese\n");
    story.write("key.txt", key_file(story.state().key()));
    story.write("wrong.key", key_file([9; 32]));
    story
}

/// Names in the folder of a story that look like archives.
fn archives(story: &Story) -> Vec<String> {
    let entries = fs::read_dir(story.root()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| ["tar", "zip", "age", "oclbak"].iter().any(|part| name.contains(part)));
    names.sort();
    names
}

/// Has an archive of each seal: `office.age`, `both.age`, `phrase.age`, `key.oclbak`.
fn of_each_seal(story: &Story) {
    let office = OFFICE.recipient;
    for (flags, name) in [
        (format!("--recipient {office}"), "office.age"),
        (format!("--recipient {office} --recipients-file recipients.txt --format tar.zst"), "both.age"),
        ("--passphrase-file phrase.txt".to_owned(), "phrase.age"),
        ("--seal master-key".to_owned(), "key.oclbak"),
    ] {
        story.run(&format!("backup create --config config.yaml {flags} --out {name}")).exits(0);
    }
}
