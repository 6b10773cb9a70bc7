//! Archives of Go daemons, sealed and bare, restore and verify; damaged, cut and hostile ones are refused.
//!
//! The archives are built byte by byte from the description of the format. Does NOT take backups.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::contents::Contents;
use loom_e2e::sealed_container::{FRAME_BYTES, SealedContainer};
use loom_e2e::sealing::{key_file, write_key_file};
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use loom_e2e::upstream::{UpstreamArchive, append, gzip};
use std::fs;

/// What a Go daemon's `backup create` would have taken of the sample: no key inside.
fn archive_of(story: &Story) -> UpstreamArchive {
    let data = story.data();
    let mut archive = UpstreamArchive::default();
    for name in ["openccu-loom.db", "history.db", "certs/leaf.pem", "empty.txt", "pläne/küche/Südseite.json"]
    {
        archive = archive.member(&format!("state/{name}"), &fs::read(data.join(name)).unwrap());
    }
    archive.member("config.yaml", &fs::read(story.state().config()).unwrap())
}

/// The sample without what such an archive does not hold.
fn expected(story: &Story) -> Contents {
    let mut contents = Contents::of(&story.data());
    contents.0.remove("secret.key");
    contents.0.remove("certs/empty");
    contents
}

fn sealed(story: &Story, frame_bytes: usize) -> SealedContainer {
    SealedContainer::seal(&story.state().key(), &archive_of(story).tar_gz(), frame_bytes)
}

/// A story with the sealed archive `a.tar.gz`, no data dir, and no key at hand but in `right.key`; and what a restore
/// should bring.
fn with_sealed(frame_bytes: usize) -> (Story, Contents) {
    let story = Story::default();
    story.write("a.tar.gz", sealed(&story, frame_bytes).bytes());
    story.write("right.key", key_file(story.state().key()));
    let wanted = expected(&story);
    fs::rename(story.data(), story.path("old")).unwrap();
    (story, wanted)
}

#[test]
fn a_sealed_archive_restores_with_the_key_of_the_environment() {
    let (mut story, wanted) = with_sealed(FRAME_BYTES);
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", key_file(story.state().key()).trim());
    story.run("backup verify a.tar.gz").exits(0).says("4 of 4 sealed values open");
    story.run("backup restore --data-dir var a.tar.gz").exits(0);
    assert_eq!(Contents::of(&story.data()), wanted);
}

#[test]
fn a_sealed_archive_restores_with_the_key_of_the_data_dir() {
    let (story, mut wanted) = with_sealed(FRAME_BYTES);
    fs::create_dir(story.data()).unwrap();
    write_key_file(&story.data().join("secret.key"), fs::read(story.path("right.key")).unwrap());
    story.run("backup verify a.tar.gz").exits(0).says("var/secret.key");
    story.run("backup restore --data-dir var a.tar.gz").exits(0);
    wanted.0.insert(
        "secret.key".to_owned(),
        loom_e2e::contents::hash(&fs::read(story.path("right.key")).unwrap()),
    );
    assert_eq!(Contents::of(&story.data()), wanted);
}

#[test]
fn a_sealed_archive_restores_with_a_named_key() {
    let (story, wanted) = with_sealed(FRAME_BYTES);
    let told = story.run("backup verify --json --key-file right.key a.tar.gz").exits(0).json();
    let (kind, files, lock) = (&told["kind"], &told["files"], &told["sealed_for"]);
    assert_eq!((kind, files, lock), (&"tar.gz".into(), &6.into(), &"master-key".into()));
    story.run("backup inspect --key-file right.key a.tar.gz").exits(0).says("sealed     with the master key");
    story.run("backup restore --key-file right.key --data-dir var --dry-run a.tar.gz").exits(0);
    assert!(!story.data().exists());
    story.run("backup restore --key-file right.key --config config.yaml --data-dir var a.tar.gz").exits(0);
    assert_eq!(Contents::of(&story.data()), wanted);
    assert!(!story.data().join("secret.key").exists(), "a key was made");
}

#[test]
fn a_sealed_archive_of_many_frames_comes_over_standard_input() {
    let (story, wanted) = with_sealed(1000);
    let bytes = fs::read(story.path("a.tar.gz")).unwrap();
    assert!(bytes.len() > 10_000);
    story.run_with_input("backup restore --key-file right.key --data-dir var -", &bytes).exits(0);
    assert_eq!(Contents::of(&story.data()), wanted);
}

#[test]
fn frames_that_are_dropped_swapped_cut_or_added_are_refused() {
    let story = Story::default();
    let whole = sealed(&story, 1000);
    story.write("right.key", key_file(story.state().key()));
    fs::remove_dir_all(story.data()).unwrap();
    let count = whole.frames.len();
    assert!(count > 10);
    let changed = |change: &dyn Fn(&mut Vec<Vec<u8>>)| {
        let mut container = whole.clone();
        change(&mut container.frames);
        container.bytes()
    };
    let damages = [
        ("a dropped frame", changed(&|frames| drop(frames.remove(3)))),
        ("a repeated frame", changed(&|frames| frames.insert(4, frames[3].clone()))),
        ("swapped frames", changed(&|frames| frames.swap(3, 4))),
        ("a truncated frame", changed(&|frames| frames[3].truncate(500))),
        ("a final frame that is cut", changed(&|frames| frames[count - 1].truncate(20))),
        ("a missing final frame", changed(&|frames| drop(frames.pop()))),
        ("an early end", changed(&|frames| frames.truncate(4))),
        ("a frame made final", changed(&|frames| frames[3][0] = 1)),
        ("a final frame made open", changed(&|frames| frames[count - 1][0] = 0)),
        ("an unknown flag", changed(&|frames| frames[3][0] = 2)),
        ("a flipped bit", changed(&|frames| frames[3][100] ^= 1)),
        (
            "a length beyond the limit",
            changed(&|frames| frames[3][1..5].copy_from_slice(&65_553_u32.to_be_bytes())),
        ),
        ("trailing bytes", [whole.bytes(), b"x".to_vec()].concat()),
        ("a second archive behind it", [whole.bytes(), whole.bytes()].concat()),
    ];
    for (what, bytes) in damages {
        story.write("bad.tar.gz", bytes);
        let told = story.run("backup verify --key-file right.key bad.tar.gz");
        assert_eq!(told.code, Some(4), "{what}: {}", told.words());
        let told = story.run("backup restore --key-file right.key --data-dir var bad.tar.gz");
        assert_eq!(told.code, Some(4), "{what}: {}", told.words());
        assert!(!story.data().exists(), "{what}");
    }
}

#[test]
fn a_wrong_key_is_told_as_such() {
    let (story, _) = with_sealed(FRAME_BYTES);
    story.write("wrong.key", key_file([9; 32]));
    for verb in ["verify", "inspect", "restore --data-dir var"] {
        let told = story.run(&format!("backup {verb} --key-file wrong.key a.tar.gz"));
        told.exits(5).says("wrong master key");
    }
    assert!(!story.data().exists());
}

#[test]
fn without_a_key_a_sealed_archive_says_what_to_do() {
    let (story, _) = with_sealed(FRAME_BYTES);
    for verb in ["verify", "inspect", "restore --data-dir var"] {
        let told = story.run(&format!("backup {verb} a.tar.gz"));
        told.exits(5).says("no master key").says("OPENCCU_LOOM_SECRET_KEY").says("--key-file");
    }
    assert!(!story.data().exists());
}

#[test]
fn a_bare_archive_restores_umlauts_and_all() {
    let story = Story::default();
    story.write("a.tar.gz", archive_of(&story).tar_gz());
    story.write("right.key", key_file(story.state().key()));
    story.run("backup verify --data-dir var a.tar.gz").exits(0);
    let told = story.run("backup restore --key-file right.key --data-dir target a.tar.gz");
    told.exits(0).says("4 of 4 sealed values open");
    assert_eq!(Contents::of(&story.path("target")), expected(&story));
}

#[test]
fn an_old_archive_with_its_key_inside_restores_by_itself() {
    let story = Story::default();
    let key = fs::read(story.data().join("secret.key")).unwrap();
    story.write("a.tar.gz", archive_of(&story).member("state/secret.key", &key).tar_gz());
    story.run("backup restore --data-dir target a.tar.gz").exits(0);
    assert_eq!(fs::read(story.path("target/secret.key")).unwrap(), key);
    shell(story.root(), "test \"$(stat -c %a target/secret.key)\" = 600");
}

#[test]
fn a_bare_archive_of_several_gzip_members_restores() {
    let story = Story::default();
    let whole = archive_of(&story).tar_gz();
    shell(story.root(), "mkdir parts");
    story.write("parts/whole.gz", &whole);
    shell(
        story.root(),
        "gzip -dc parts/whole.gz | split -b 20000 - parts/x; gzip parts/x*; cat parts/x*.gz > a.tar.gz",
    );
    story.run("backup verify --data-dir var a.tar.gz").exits(0);
}

#[test]
fn a_bare_archive_made_by_tar_itself_restores() {
    let story = Story::default();
    fs::create_dir(story.path("made")).unwrap();
    story.write("made/manifest.json", archive_of(&story).manifest());
    shell(
        story.root(),
        "cp -r var made/state; cp config.yaml made; rm made/state/secret.key made/state/*.db-* || true",
    );
    shell(
        story.root(),
        "cd made; tar -czf ../a.tar.gz ./state/openccu-loom.db ./state/history.db ./state/certs ./state/empty.txt ./state/pläne ./config.yaml ./manifest.json",
    );
    story.run("backup verify --data-dir var a.tar.gz").exits(0);
    story.run("backup restore --data-dir target --allow-unreadable-secrets a.tar.gz").exits(0);
    let mut wanted = expected(&story);
    wanted.0.insert("certs/empty".to_owned(), String::new());
    assert_eq!(Contents::of(&story.path("target")), wanted);
}

/// Writes the archive and tells what `restore` says to it; the data dir must not come to be.
#[track_caller]
fn refused(archive: &[u8], code: i32, words: &str) {
    let story = Story::empty();
    story.write("a.tar.gz", archive);
    story.run("backup restore --data-dir target a.tar.gz").exits(code).says(words);
    assert!(!story.path("target").exists());
    story.run("backup restore --data-dir target --force --dry-run a.tar.gz").exits(code);
    story.run("backup verify a.tar.gz").exits(code).says(words);
    // Nothing was written beside the archive, below or above.
    let mut names: Vec<_> = fs::read_dir(story.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["a.tar.gz", "config.yaml", "var"]);
}

fn database() -> Vec<u8> {
    let story = Story::default();
    fs::remove_file(story.data().join("secret.key")).unwrap();
    loom_e2e::data_dir::sqlite(
        &story.state().database(),
        "UPDATE centrals SET password_plain = '', api_token_plain = ''; DELETE FROM config_sections;
         PRAGMA wal_checkpoint(TRUNCATE);",
    );
    fs::read(story.state().database()).unwrap()
}

#[test]
fn a_hash_that_does_not_match_is_refused() {
    let archive = UpstreamArchive::of_database(&database()).with_wrong_hash("state/openccu-loom.db");
    refused(&archive.tar_gz(), 4, "sha256 mismatch");
}

#[test]
fn names_that_leave_the_data_dir_are_refused() {
    let archive = UpstreamArchive::of_database(&database());
    refused(&archive.clone().member("state/../evil.txt", b"x").tar_gz(), 4, "escapes data dir");
    refused(&archive.clone().member("state/a/../../../evil.txt", b"x").tar_gz(), 4, "escapes data dir");
    refused(&archive.clone().member("/etc/evil", b"x").tar_gz(), 4, "absolute path");
    refused(&archive.member("state//etc/evil", b"x").tar_gz(), 4, "absolute path");
}

#[test]
fn what_unpacks_to_far_too_much_is_refused() {
    // Zeros compress a thousandfold, which no state does.
    let bomb = UpstreamArchive::default().member("state/openccu-loom.db", &vec![0; 260 << 20]);
    refused(&bomb.tar_gz(), 4, "archive bomb");
}

#[test]
fn a_newer_schema_is_refused_by_what_the_database_says() {
    let story = Story::default();
    loom_e2e::data_dir::sqlite(
        &story.state().database(),
        "INSERT INTO goose_db_version (version_id, is_applied) VALUES (46, 1);
         UPDATE centrals SET password_plain = '', api_token_plain = ''; DELETE FROM config_sections;
         PRAGMA wal_checkpoint(TRUNCATE);",
    );
    let archive =
        UpstreamArchive::of_database(&fs::read(story.state().database()).unwrap()).with_schema_version(46);
    story.write("a.tar.gz", archive.tar_gz());
    let told = story.run("backup restore --data-dir target a.tar.gz");
    told.exits(6).says("newer than this binary supports");
    assert!(!story.path("target").exists());
    story.run("backup restore --data-dir target --allow-newer-schema a.tar.gz").exits(0);
    story
        .run("backup restore --data-dir target --allow-newer-schema a.tar.gz")
        .exits(6)
        .says("exists; use --force");
}

#[test]
fn an_archive_without_a_database_or_a_manifest_is_refused() {
    refused(
        &UpstreamArchive::default().member("state/notes.txt", b"x").tar_gz(),
        4,
        "no `state/openccu-loom.db`",
    );
    let mut tar = Vec::new();
    append(&mut tar, "state/openccu-loom.db", &database());
    tar.extend([0; 1024]);
    refused(&gzip(&tar), 4, "holds no `manifest.json`");
}

#[test]
fn a_member_the_manifest_does_not_know_is_refused() {
    let archive = UpstreamArchive::of_database(&database()).unlisted("state/extra.txt", b"x");
    refused(&archive.tar_gz(), 4, "`state/extra.txt` is not listed");
}

#[test]
fn a_bare_archive_cut_anywhere_is_refused() {
    let whole = UpstreamArchive::of_database(&database()).tar_gz();
    for part in [1, 3, 5, 7, 9] {
        refused(&whole[..whole.len() * part / 10], 4, "damaged");
    }
    refused(&whole[..whole.len() - 1], 4, "damaged");
    refused(&[whole, b"x".to_vec()].concat(), 4, "damaged");
}
