//! `backup create`: which files of a data dir go into an archive, and which stay out and why.
//!
//! Flags and refusals are told in `create.rs`. Does NOT restore.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::age_keys::OFFICE;
use loom_e2e::data_dir::sqlite;
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use loom_e2e::upstream::{UpstreamArchive, gzip};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Members of the archive, as `tar` lists them.
fn members(story: &Story, archive: &Path) -> Vec<String> {
    let listed = shell(story.root(), &format!("tar -tzf '{}'", archive.display()));
    // GNU tar escapes what is not ASCII.
    listed.lines().map(str::to_owned).collect()
}

fn manifest(story: &Story, archive: &Path) -> Value {
    let text = shell(story.root(), &format!("tar -xzOf '{}' manifest.json", archive.display()));
    serde_json::from_str(&text).unwrap()
}

fn reason(manifest: &Value, path: &str) -> String {
    let left_out = manifest["left_out"].as_array().unwrap().iter();
    let found = left_out.filter(|left| left["path"] == path).map(|left| left["reason"].as_str().unwrap());
    found.collect::<Vec<_>>().join(" and ")
}

#[test]
fn journals_of_a_database_of_any_name_stay_out() {
    let story = Story::default();
    sqlite(&story.data().join("readings.sqlite"), "CREATE TABLE t (x); INSERT INTO t VALUES (1);");
    for ending in ["-journal", "-wal", "-shm"] {
        story.write(&format!("{}/readings.sqlite{ending}", story.data().display()), "");
        story.write(&format!("{}/diary{ending}", story.data().display()), "dear");
    }
    let archive = story.create("a.tar.gz");
    let found = members(&story, &archive);
    let named = |part: &str| found.iter().filter(|name| name.contains(part)).count();
    assert_eq!((named("readings.sqlite"), named("diary")), (1, 3), "{found:?}");
}

#[test]
fn every_other_file_goes_in_below_state_and_empty_folders_do_too() {
    let story = Story::default();
    let archive = story.create("a.tar.gz");
    shell(
        story.root(),
        "mkdir opened && tar -xzf a.tar.gz -C opened && rm -r opened/state/*.db opened/manifest.json",
    );
    assert_eq!(
        shell(story.root(), "cd opened/state && find . | sort"),
        shell(story.root(), "cd var && find . ! -name '*.db' ! -name '*.db-*' ! -name '*.lock' | sort")
    );
    shell(story.root(), "cmp config.yaml opened/config.yaml && rm opened/config.yaml");
    shell(story.root(), "diff -r -x '*.db*' -x '*.lock' var opened/state");
    assert_eq!(shell(story.root(), "ls opened"), "state\n");
    assert_eq!(members(&story, &archive)[0], "state/openccu-loom.db");
    assert_eq!(members(&story, &archive).last().unwrap(), "manifest.json");
}

#[test]
fn databases_are_snapshots_wherever_they_lie_and_whatever_their_journal_is() {
    let story = Story::default();
    fs::create_dir(story.data().join("plugins")).unwrap();
    for (path, mode) in [("plugins/notes.sqlite", "WAL"), ("old.db", "DELETE")] {
        let database = story.data().join(path);
        sqlite(
            &database,
            &format!("PRAGMA journal_mode = {mode}; CREATE TABLE t (a); INSERT INTO t VALUES ('{mode}');"),
        );
    }
    let archive = story.create("a.tar.gz");
    shell(story.root(), "mkdir opened && tar -xzf a.tar.gz -C opened");
    for (path, mode) in [("plugins/notes.sqlite", "WAL"), ("old.db", "DELETE")] {
        let copy = story.path("opened/state").join(path);
        assert_eq!(sqlite(&copy, "SELECT a FROM t;").trim(), mode);
    }
    let listed = manifest(&story, &archive)["databases"].clone();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|db| db["member"].as_str().unwrap()).collect();
    let expected =
        ["state/openccu-loom.db", "state/history.db", "state/old.db", "state/plugins/notes.sqlite"];
    assert_eq!(names, expected);
}

#[test]
fn sidecars_locks_and_working_files_stay_out() {
    let story = Story::default();
    story.state().commit_into_wal("INSERT INTO users VALUES ('late', 'x', 'viewer');");
    for name in [
        "history.db-wal",
        "history.db-shm",
        "gone.db-journal",
        "openccu-loom.db-migrate.lock",
        "openccu-loom.lock",
        ".loom-leftover",
    ] {
        fs::write(story.data().join(name), "").unwrap();
    }
    let archive = story.create("a.tar.gz");
    for member in members(&story, &archive) {
        let internal = ["-wal", "-shm", "-journal", ".lock"].iter().any(|ending| member.ends_with(ending));
        assert!(!internal && !member.contains(".loom-"), "{member}");
    }
}

#[test]
fn a_key_in_files_of_variables_is_in_no_archive_and_no_restore_replaces_them() {
    const PLANTED: &str = "FxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFxc=";
    let mut story = Story::default();
    for name in [".env", "loom.env"] {
        fs::write(story.data().join(name), format!("OPENCCU_LOOM_SECRET_KEY={PLANTED}\n")).unwrap();
    }
    let mut config = fs::read_to_string(story.state().config()).unwrap();
    config.push_str("env_file: loom.env\n");
    fs::write(story.state().config(), config).unwrap();
    let archive = story.create("a.tar.gz");
    let manifest = manifest(&story, &archive);
    for name in [".env", "loom.env"] {
        assert_eq!(reason(&manifest, name), "variables of a machine, with their secrets");
    }
    shell(story.root(), "mkdir opened && tar -xzf a.tar.gz -C opened");
    shell(story.root(), &format!("! grep -rF {PLANTED} opened"));
    // A daemon in this folder would use the file that no flag names.
    story.set("OPENCCU_LOOM_DATA_DIR", &story.data().display().to_string());
    story.run("backup create --out unnamed.tar.gz").exits(0);
    for archive in [&archive, &story.path("unnamed.tar.gz")] {
        assert!(!members(&story, archive).iter().any(|member| member.ends_with(".env")));
    }

    // An archive that an older program took holds such a file; so may one of a stranger.
    let older = UpstreamArchive::of_database(&fs::read(story.path("opened/state/openccu-loom.db")).unwrap())
        .member("state/.env", b"OPENCCU_LOOM_REST_LISTEN=0.0.0.0:1\n");
    story.write("older.tar.gz", older.tar_gz());
    let told = story.run("backup restore --config config.yaml --force older.tar.gz");
    told.exits(0).says("member `state/.env` stays in the archive");
    assert!(fs::read_to_string(story.data().join(".env")).unwrap().contains(PLANTED));
}

#[test]
fn archives_of_every_form_in_the_data_dir_are_in_no_later_one() {
    let story = Story::default();
    story.write("phrase.txt", "seven geese and a wheelbarrow\n");
    let recipient = format!("--recipient {}", OFFICE.recipient);
    let forms = [
        ("", "x.tar.gz", "plain"),
        ("--format tar.zst", "x.tar.zst", "x.tar.zst.copy.tar.zst"),
        ("--format zip", "x.zip", "zipped"),
        (&recipient, "x.tar.gz.age", "for-the-office"),
        ("--passphrase-file phrase.txt", "x.zip.age", "y.zip.age"),
        ("--seal master-key", "x.tar.gz.oclbak", "sealed"),
    ];
    for (flags, name, other_name) in forms {
        let place = story.data().join(name);
        let create = format!("backup create --config config.yaml {flags} --out {}", place.display());
        story.run(&create).exits(0);
        fs::copy(&place, story.data().join(other_name)).unwrap();
    }
    let archive = story.create("a.tar.gz");
    let manifest = manifest(&story, &archive);
    for name in forms.iter().flat_map(|(_, name, other_name)| [name, other_name]) {
        assert_eq!(reason(&manifest, name), "is an archive", "{name}");
    }
}

#[test]
fn a_folder_with_a_marker_and_stored_ccu_backups_stay_out_and_are_told() {
    let story = Story::default();
    fs::create_dir_all(story.data().join("cache/deep")).unwrap();
    fs::write(story.data().join("cache/.nobackup"), "").unwrap();
    fs::write(story.data().join("cache/deep/file"), "x").unwrap();
    fs::create_dir(story.data().join("backups")).unwrap();
    fs::write(story.data().join("backups/haus-20260101-000000.sbk"), "x").unwrap();
    fs::create_dir(story.data().join("certs/backups")).unwrap();
    fs::write(story.data().join("certs/backups/kept"), "x").unwrap();
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    told.exits(0)
        .says("left out: `cache` (holds `.nobackup`)")
        .says("left out: `backups` (stored CCU backups)");
    let members = members(&story, &story.path("a.tar.gz")).join("\n");
    assert!(!members.contains("cache") && !members.contains(".sbk"), "{members}");
    assert!(members.contains("state/certs/backups/kept"), "{members}");
    let manifest = manifest(&story, &story.path("a.tar.gz"));
    assert_eq!(reason(&manifest, "cache"), "holds `.nobackup`");
    assert_eq!(reason(&manifest, "backups"), "stored CCU backups");
}

#[test]
fn archives_in_the_data_dir_stay_out_by_what_they_are() {
    let story = Story::default();
    let first = story.create("first.tar.gz");
    let upstream = UpstreamArchive::of_database(b"x").tar_gz();
    fs::copy(&first, story.data().join("holiday-photos.bin")).unwrap();
    fs::write(story.data().join("sealed.bin"), b"OCLBAK\x01 and so on, at least so many bytes").unwrap();
    fs::write(story.data().join("backup-old-20250101T000000Z.tar.gz"), upstream).unwrap();
    fs::write(story.data().join("firmware.gz"), gzip(b"not a backup")).unwrap();
    fs::write(story.data().join("backup-notes.tar.gz"), "text, whatever its name says").unwrap();
    let second = story.create("second.tar.gz");
    let members = members(&story, &second).join("\n");
    for left in ["holiday-photos.bin", "sealed.bin", "backup-old-20250101T000000Z.tar.gz"] {
        assert!(!members.contains(left), "{members}");
        assert_eq!(reason(&manifest(&story, &second), left), "is an archive");
    }
    assert!(
        members.contains("state/firmware.gz") && members.contains("state/backup-notes.tar.gz"),
        "{members}"
    );
}

#[test]
fn sockets_pipes_and_dead_links_stay_out_and_are_told() {
    let story = Story::default();
    let data = story.data();
    let _socket = UnixListener::bind(data.join("api.sock")).unwrap();
    shell(story.root(), "mkfifo var/pipe");
    symlink("nowhere", data.join("dead")).unwrap();
    symlink("loop", data.join("loop")).unwrap();
    symlink("certs", data.join("linked-folder")).unwrap();
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    told.exits(0);
    let manifest = manifest(&story, &story.path("a.tar.gz"));
    for (path, why) in [
        ("api.sock", "is a socket"),
        ("pipe", "is a FIFO"),
        ("dead", "is a broken link"),
        ("loop", "is a broken link"),
        ("linked-folder", "is a link to a folder"),
    ] {
        assert_eq!(reason(&manifest, path), why, "{path}");
        told.says(&format!("left out: `{path}` ({why})"));
    }
}

#[test]
fn a_linked_file_is_archived_as_a_file() {
    let story = Story::default();
    story.write("outside.txt", "from outside");
    symlink(story.path("outside.txt"), story.data().join("linked.txt")).unwrap();
    story.create("a.tar.gz");
    shell(story.root(), "tar -tvzf a.tar.gz state/linked.txt | grep -q '^-rw-------'");
    assert_eq!(shell(story.root(), "tar -xzOf a.tar.gz state/linked.txt"), "from outside");
}

#[test]
fn a_linked_database_is_a_snapshot_too() {
    let story = Story::default();
    fs::rename(story.state().database(), story.path("real.db")).unwrap();
    symlink(story.path("real.db"), story.state().database()).unwrap();
    story.create("a.tar.gz");
    story.run("backup verify a.tar.gz").exits(0);
}

#[test]
fn names_with_umlauts_blanks_and_line_feeds_come_through() {
    let story = Story::default();
    for name in ["Ä ö ü ß.txt", "two\nlines", "-n", "*", "emoji 🏠"] {
        fs::write(story.data().join(name), name).unwrap();
    }
    story.create("a.tar.gz");
    shell(
        story.root(),
        "mkdir opened && tar -xzf a.tar.gz -C opened && diff -r -x '*.db*' -x '*.lock' var opened/state",
    );
    story.run("backup verify a.tar.gz").exits(0);
}

#[test]
fn a_name_no_archive_can_hold_is_an_error_with_a_way_out() {
    use std::os::unix::ffi::OsStrExt;
    let story = Story::default();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    fs::create_dir(story.data().join("odd")).unwrap();
    fs::write(story.data().join("odd").join(name), "x").unwrap();
    story
        .run("backup create --config config.yaml --out a.tar.gz")
        .exits(1)
        .says("is not UTF-8")
        .says(".nobackup");
    assert!(!story.path("a.tar.gz").exists());
    fs::write(story.data().join("odd/.nobackup"), "").unwrap();
    story.create("a.tar.gz");
}

#[test]
fn a_file_that_grows_shrinks_or_vanishes_meanwhile_does_not_break_the_archive() {
    let story = Story::default();
    let data = story.data();
    for number in 0..200 {
        fs::write(data.join(format!("restless-{number}")), vec![b'x'; 20_000]).unwrap();
    }
    let stop = Arc::new(AtomicBool::new(false));
    let restless = {
        let (stop, data) = (Arc::clone(&stop), data.clone());
        std::thread::spawn(move || {
            let mut round = 0_usize;
            while !stop.load(Ordering::Relaxed) {
                for number in 0..200 {
                    let path = data.join(format!("restless-{number}"));
                    match (round + number) % 3 {
                        0 => fs::write(path, vec![b'g'; 90_000]).unwrap(),
                        1 => fs::write(path, b"s").unwrap(),
                        _ => drop(fs::remove_file(path)),
                    }
                }
                round += 1;
            }
            round
        })
    };
    for number in 0..5 {
        story.create(&format!("{number}.tar.gz"));
    }
    stop.store(true, Ordering::Relaxed);
    assert!(restless.join().unwrap() > 0);
    for number in 0..5 {
        shell(story.root(), &format!("tar -tzf {number}.tar.gz > listed"));
        story.run(&format!("backup verify {number}.tar.gz")).exits(0);
    }
}
