//! `backup verify`: reads to the end, checks hashes, databases and secrets, and leaves no trace.
//!
//! Archives damaged bit by bit are told in `damaged_archives.rs`, those of Go daemons in `upstream.rs`. Does NOT
//! restore.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::data_dir::sqlite;
use loom_e2e::sealing::key_file;
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use loom_e2e::upstream::UpstreamArchive;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Everything `find` can tell of what lies in a folder, apart from the folder itself.
fn everything_in(folder: &Path) -> String {
    shell(
        folder,
        "find . ! -name . -printf '%p %y %m %s %T@\\n' | sort; find . -type f -exec sha256sum {} + | sort",
    )
}

fn flip(archive: &Path, at: impl Fn(usize) -> usize) {
    let mut bytes = fs::read(archive).unwrap();
    let at = at(bytes.len());
    bytes[at] ^= 0x10;
    fs::write(archive, bytes).unwrap();
}

#[test]
fn a_good_archive_is_told_in_one_line() {
    let story = Story::default();
    story.create("a.tar.gz");
    let told = story.run("backup verify a.tar.gz");
    told.exits(0);
    let line = told.text();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(line.starts_with("a.tar.gz: ok, 7 files, "), "{line}");
    assert!(
        line.contains("4 of 4 sealed values open with the key from the archive's own `secret.key`"),
        "{line}"
    );
}

#[test]
fn of_several_archives_each_has_its_line_and_damage_decides_the_code() {
    let story = Story::default();
    let bad = story.create("a.tar.gz");
    story.create("b.tar.gz");
    flip(&bad, |length| length / 2);
    let told = story.run("backup verify a.tar.gz missing.tar.gz b.tar.gz");
    told.exits(4);
    let text = told.text();
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("hint:")).collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with("a.tar.gz: NOT OK") && lines[0].contains("damaged"), "{text}");
    assert!(lines[1].starts_with("missing.tar.gz: NOT OK"), "{text}");
    assert!(lines[2].starts_with("b.tar.gz: ok"), "{text}");
    story.run("backup verify missing.tar.gz b.tar.gz").exits(2);
    story.run("backup verify b.tar.gz missing.tar.gz a.tar.gz").exits(4);
}

#[test]
fn with_json_each_archive_has_its_line() {
    let story = Story::default();
    let bad = story.create("a.tar.gz");
    story.create("b.tar.gz");
    flip(&bad, |length| length - 1);
    let told = story.run("backup verify --json a.tar.gz b.tar.gz missing.tar.gz");
    let lines: Vec<serde_json::Value> =
        told.exits(4).text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary: Vec<_> = lines
        .iter()
        .map(|line| (line["archive"].clone(), line["ok"].clone(), line["exit_code"].clone()))
        .collect();
    let expected = [("a.tar.gz", false, 4), ("b.tar.gz", true, 0), ("missing.tar.gz", false, 2)];
    assert_eq!(summary, expected.map(|(name, ok, code)| (name.into(), ok.into(), code.into())));
    assert_eq!(lines[1]["sealed_values"]["unreadable"], 0);
}

#[test]
fn nothing_is_changed_and_nothing_is_left_also_when_it_fails() {
    let story = Story::default();
    story.create("a.tar.gz");
    flip(&story.create("b.tar.gz"), |length| length / 3);
    let before = everything_in(story.root());
    story.run("backup verify a.tar.gz b.tar.gz").exits(4);
    assert_eq!(everything_in(story.root()), before);
}

#[test]
fn an_archive_in_a_read_only_folder_needs_a_scratch_elsewhere() {
    let story = Story::default();
    fs::create_dir(story.path("media")).unwrap();
    story.create("media/a.tar.gz");
    fs::create_dir(story.path("scratch")).unwrap();
    let before = shell(story.root(), "find media -printf '%p %m %T@\\n'");
    story.run("backup verify --scratch scratch media/a.tar.gz").exits(0);
    assert_eq!(shell(story.root(), "find media -printf '%p %m %T@\\n'"), before);
    assert_eq!(fs::read_dir(story.path("scratch")).unwrap().count(), 0);
}

#[test]
fn a_scratch_is_private_while_it_lasts() {
    let story = Story::default();
    let archive = story.create("a.tar.gz");
    // What is read from a pipe waits for us, so that we can look.
    shell(story.root(), "mkfifo slow.tar.gz; mkdir scratch; chmod 0777 scratch");
    let mut command = story.command("backup verify --scratch scratch slow.tar.gz");
    let mut run = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let mut pipe = fs::OpenOptions::new().write(true).open(story.path("slow.tar.gz")).unwrap();
    std::io::Write::write_all(&mut pipe, &fs::read(archive).unwrap()).unwrap();
    let folder = loop {
        if let Some(entry) = fs::read_dir(story.path("scratch")).unwrap().next() {
            break entry.unwrap().path();
        }
        assert!(run.try_wait().unwrap().is_none(), "it ended without a scratch");
        std::thread::yield_now();
    };
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    drop(pipe);
    run.wait().unwrap();
    assert_eq!(fs::read_dir(story.path("scratch")).unwrap().count(), 0);
}

#[test]
fn a_missing_scratch_folder_is_named() {
    let story = Story::default();
    story.create("a.tar.gz");
    story.run("backup verify --scratch nowhere a.tar.gz").exits(1).says("nowhere");
    let refused = story.run("backup create --seal none --scratch nowhere --out b.tar.gz");
    refused.exits(1).says("`nowhere` cannot take the databases").says("hint: ").says("with --scratch");
}

/// A story whose archive holds no key, for it comes from elsewhere.
fn without_key_inside() -> Story {
    let story = Story::default();
    fs::rename(story.data().join("secret.key"), story.path("right.key")).unwrap();
    story.run("backup create --config config.yaml --out a.tar.gz").exits(3);
    story
}

#[test]
fn without_any_key_sealed_values_are_counted_as_unreadable() {
    let story = without_key_inside();
    story
        .run("backup verify a.tar.gz")
        .exits(5)
        .says("sealed values do not open")
        .says("4 sealed values, and no master key at hand");
}

#[test]
fn the_key_may_come_from_a_named_file() {
    let story = without_key_inside();
    story.run("backup verify --key-file right.key a.tar.gz").exits(0).says("right.key");
    story.write("wrong.key", key_file([9; 32]));
    let told = story.run("backup verify --key-file wrong.key a.tar.gz");
    told.exits(5).says("4 of 4 sealed values do not open").says("centrals/haus/password_plain");
    told.says("config_sections/north.matter/commissioning.passcode");
    story.write("short.key", "c2hvcnQ=");
    let told = story.run("backup verify --key-file short.key a.tar.gz");
    told.exits(5).says("short.key").says("32 are needed");
    assert!(!told.words().contains("c2hvcnQ="));
    story.run("backup verify --key-file missing.key a.tar.gz").exits(5).says("missing.key");
}

#[test]
fn the_key_may_come_from_the_environment() {
    let mut story = without_key_inside();
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", key_file(story.state().key()).trim());
    story.run("backup verify a.tar.gz").exits(0).says("OPENCCU_LOOM_SECRET_KEY");
}

#[test]
fn the_key_may_come_from_the_data_dir() {
    let story = without_key_inside();
    fs::rename(story.path("right.key"), story.data().join("secret.key")).unwrap();
    story.run("backup verify --data-dir var a.tar.gz").exits(0).says("var/secret.key");
    story.run("backup verify --config config.yaml a.tar.gz").exits(0).says("var/secret.key");
}

#[test]
fn the_archives_own_key_beats_a_wrong_one_at_hand_but_not_a_named_one() {
    let mut story = Story::default();
    story.create("a.tar.gz");
    story.write("wrong.key", key_file([9; 32]));
    story.run("backup verify --key-file wrong.key a.tar.gz").exits(5);
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", key_file([9; 32]).trim());
    story.run("backup verify a.tar.gz").exits(0).says("the archive's own `secret.key`");
}

#[test]
fn a_malformed_key_at_hand_does_not_stop_a_check_that_does_not_need_it() {
    let mut story = Story::default();
    story.create("a.tar.gz");
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", "dGhpcyBpcyB0b28gc2hvcnQ=");
    story.run("backup verify a.tar.gz").exits(0).says("note: not used: environment variable");
}

#[test]
fn a_broken_database_whose_hash_agrees_is_damage() {
    let story = Story::default();
    let mut database = fs::read(story.state().database()).unwrap();
    database[4096..].fill(0xa5);
    story.write("a.tar.gz", UpstreamArchive::of_database(&database).tar_gz());
    story.run("backup verify a.tar.gz").exits(4).says("DAMAGED").says("state/openccu-loom.db");
}

#[test]
fn rows_without_a_parent_are_told_and_are_no_damage() {
    let story = Story::default();
    sqlite(&story.state().database(), "INSERT INTO matter_node_identities VALUES (77, zeroblob(64));");
    story.create("a.tar.gz");
    story.run("backup verify a.tar.gz").exits(0).says("orphans:").says("matter_node_identities");
    story.run("backup restore --data-dir target a.tar.gz").exits(0).says("matter_node_identities");
}

#[test]
fn what_is_no_archive_is_refused_by_name() {
    let story = Story::default();
    story.write("notes.txt", "not an archive at all");
    story.write("empty.tar.gz", "");
    story.run("backup verify notes.txt").exits(4).says("notes.txt");
    story.run("backup verify empty.tar.gz").exits(4).says("empty.tar.gz");
    story.run("backup verify var").exits(2).says("var");
    story.run("backup verify").exits(2);
}
