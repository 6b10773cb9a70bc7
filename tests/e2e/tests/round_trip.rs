//! The whole way of a state: made with the plain `sqlite3` shell, backed up while a writer writes, opened with other
//! people's tools, restored, refused, forced, undone.
//!
//! Does NOT try flags one by one (`create.rs`, `restore.rs`).
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::contents::{Contents, hash};
use loom_e2e::data_dir::sqlite;
use loom_e2e::shell::{Writer, shell};
use loom_e2e::story::Story;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const TRANSFER: &str = "BEGIN IMMEDIATE; \
    UPDATE ledger_a SET balance = balance - {n} % 7; \
    UPDATE ledger_b SET balance = balance + {n} % 7; \
    INSERT INTO transfers VALUES ({n}); COMMIT;";

/// A story whose daemon books transfers between two tables; the sum of both never changes.
fn bookkeeping() -> Story {
    let story = Story::default();
    sqlite(
        &story.state().database(),
        "CREATE TABLE ledger_a (balance INTEGER); CREATE TABLE ledger_b (balance INTEGER);
         CREATE TABLE transfers (n INTEGER PRIMARY KEY);
         INSERT INTO ledger_a VALUES (1000000); INSERT INTO ledger_b VALUES (0);",
    );
    story
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o7777
}

fn now() -> String {
    shell(Path::new("."), "date -u +%Y-%m-%dT%H:%M:%SZ").trim().to_owned()
}

#[test]
fn archive_and_manifest_agree_for_tar_sha256sum_and_sqlite3() {
    let story = bookkeeping();
    let writer = Writer::start(&story.state().database(), TRANSFER);
    let begun = now();
    let told = story.run("backup create --config config.yaml --out a.tar.gz --json").exits(0).json();
    let ended = now();
    writer.stop();
    shell(story.root(), "sha256sum a.tar.gz > whole; mkdir opened; tar -xzf a.tar.gz -C opened");
    let whole = fs::read_to_string(story.path("whole")).unwrap();
    assert!(whole.starts_with(told["sha256"].as_str().unwrap()));
    assert_eq!(told["bytes"], fs::metadata(story.path("a.tar.gz")).unwrap().len());

    let opened = story.path("opened");
    let manifest: Value = serde_json::from_slice(&fs::read(opened.join("manifest.json")).unwrap()).unwrap();
    let members = shell(story.root(), "tar -tzf a.tar.gz");
    assert_eq!(members.lines().last().unwrap(), "manifest.json");
    assert_eq!(told["created_at"], manifest["created_at"]);
    let created_at = manifest["created_at"].as_str().unwrap().to_owned();
    assert!((begun..=ended).contains(&created_at), "{created_at}");

    let mut sums = String::new();
    for (name, sum) in manifest["sha256"].as_object().unwrap() {
        sums += &format!("{}  {name}\n", sum.as_str().unwrap());
    }
    story.write("sums", &sums);
    shell(&opened, "sha256sum --check --strict --quiet ../sums");
    let files = manifest["files"].as_array().unwrap();
    assert_eq!(files.len(), sums.lines().count());
    assert_eq!(told["files"], files.len());
    assert_eq!(
        shell(&opened, "find . -type f ! -name manifest.json | wc -l").trim(),
        files.len().to_string()
    );
    for file in files {
        let bytes = fs::read(opened.join(file["path"].as_str().unwrap())).unwrap();
        assert_eq!(file["bytes"], bytes.len(), "{file}");
        assert_eq!(file["sha256"], hash(&bytes), "{file}");
    }

    let databases = manifest["databases"].as_array().unwrap();
    assert_eq!(databases.len(), 2);
    for listed in databases {
        let database = opened.join(listed["member"].as_str().unwrap());
        assert_eq!(sqlite(&database, "PRAGMA integrity_check; PRAGMA foreign_key_check;").trim(), "ok");
        let rows = listed["rows"].as_object().unwrap();
        let tables = sqlite(
            &database,
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\';",
        );
        assert_eq!(tables.lines().count(), rows.len(), "{tables}");
        for (table, count) in rows {
            assert_eq!(
                sqlite(&database, &format!("SELECT count(*) FROM \"{table}\";")).trim(),
                count.to_string()
            );
        }
    }
    assert_eq!((&databases[0]["lineage"], &databases[0]["schema_version"]), (&"goose".into(), &45.into()));
    assert_eq!((&databases[1]["lineage"], &databases[1]["schema_version"]), (&"goose".into(), &2.into()));
    assert_eq!(manifest["schema_versions"], serde_json::json!({ "openccu-loom.db": 45 }));
    assert_eq!(manifest["sealed_values"], 4);
    assert_eq!(manifest["master_key"]["inside"], true);
}

#[test]
fn a_restore_into_an_empty_data_dir_brings_everything_back() {
    let story = bookkeeping();
    let writer = Writer::start(&story.state().database(), TRANSFER);
    story.create("a.tar.gz");
    writer.stop();
    shell(story.root(), "mkdir opened target; tar -xzf a.tar.gz -C opened; rm -r var");
    fs::create_dir(story.data()).unwrap();
    story.run("backup restore --config config.yaml a.tar.gz").exits(0).says("4 of 4 sealed values open");
    assert_eq!(Contents::of(&story.data()), Contents::of(&story.path("opened/state")));
    assert_eq!(mode(&story.data().join("secret.key")), 0o600);
    assert_eq!(mode(&story.state().database()), 0o600);
    // What a daemon of this schema finds, it can write to.
    sqlite(
        &story.state().database(),
        "PRAGMA journal_mode = WAL; INSERT INTO users VALUES ('new', 'x', 'viewer');",
    );
}

#[test]
fn a_data_dir_that_is_created_is_closed_to_others() {
    let story = Story::default();
    story.create("a.tar.gz");
    shell(story.root(), "umask 000; mv var old");
    story.run("backup restore --config config.yaml a.tar.gz").exits(0);
    assert_eq!(mode(&story.data()), 0o700);
    assert_eq!(mode(&story.data().join("certs")), 0o700);
    assert_eq!(Contents::of(&story.data()), Contents::of(&story.path("old")));
}

#[test]
fn a_second_restore_refuses_until_forced_and_undo_brings_the_old_back() {
    let story = Story::default();
    story.create("a.tar.gz");
    let archived = Contents::of(&story.data());
    sqlite(&story.state().database(), "UPDATE users SET subject = 'newer' WHERE subject = 'gast';");
    fs::write(story.data().join("certs/leaf.pem"), "newer").unwrap();
    fs::write(story.data().join("only-now.txt"), "stays").unwrap();
    let live = Contents::of(&story.data());

    let refused = story.run("backup restore --config config.yaml a.tar.gz");
    refused.exits(6).says("exists; use --force").says("undo-restore");
    assert_eq!(Contents::of(&story.data()), live);

    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    let mut expected = archived.clone();
    expected.0.insert("only-now.txt".to_owned(), hash(b"stays"));
    assert_eq!(Contents::of(&story.data()), expected);

    story.run("backup undo-restore --config config.yaml").exits(0).says("brought back");
    assert_eq!(Contents::of(&story.data()), live);
    story.run("backup undo-restore --config config.yaml").exits(0);
    assert_eq!(Contents::of(&story.data()), expected);
    story.run("backup undo-restore --config config.yaml").exits(0);
    assert_eq!(Contents::of(&story.data()), live);
}

#[test]
fn a_backup_beside_a_busy_writer_is_one_instant_and_no_write_fails() {
    let story = bookkeeping();
    let writer = Writer::start(&story.state().database(), TRANSFER);
    for number in 0..10 {
        story.create(&format!("{number}.tar.gz"));
    }
    let written = writer.stop();
    let mut seen = Vec::new();
    for number in 0..10 {
        shell(story.root(), &format!("tar -xzf {number}.tar.gz state/openccu-loom.db"));
        let snapshot = story.path("state/openccu-loom.db");
        let sums = "SELECT (SELECT balance FROM ledger_a) + (SELECT balance FROM ledger_b);
            SELECT (SELECT balance FROM ledger_b) - (SELECT coalesce(sum(n % 7), 0) FROM transfers);
            SELECT count(*) - 1 - max(n) FROM transfers; SELECT count(*) FROM transfers;";
        let sums = sqlite(&snapshot, sums);
        let [sum, booked, gaps, count] = sums.lines().collect::<Vec<_>>()[..] else { panic!("{sums}") };
        assert_eq!((sum, booked, gaps), ("1000000", "0", "0"), "{sums}");
        seen.push(count.parse::<usize>().unwrap());
    }
    assert!(seen.is_sorted() && seen[0] < seen[9] && seen[9] <= written, "{seen:?} of {written}");
    let live = sqlite(&story.state().database(), "SELECT count(*) FROM transfers;");
    assert_eq!(live.trim(), written.to_string());
}

#[test]
fn rows_that_are_only_in_the_write_ahead_log_are_in_the_archive() {
    let story = Story::default();
    story.state().commit_into_wal("INSERT INTO users VALUES ('late', 'x', 'viewer');");
    story.create("a.tar.gz");
    story.run("backup restore --data-dir target a.tar.gz").exits(0);
    let restored = story.path("target/openccu-loom.db");
    assert_eq!(sqlite(&restored, "SELECT role FROM users WHERE subject = 'late';").trim(), "viewer");
}

#[test]
fn an_archive_of_a_restored_state_holds_the_same_again() {
    let story = Story::default();
    story.create("a.tar.gz");
    story.run("backup restore --data-dir second a.tar.gz").exits(0);
    let mut second = Story::empty();
    second.set("OPENCCU_LOOM_DATA_DIR", story.path("second").to_str().unwrap());
    second.run("backup create --out b.tar.gz").exits(0);
    second.run("backup restore --data-dir third b.tar.gz").exits(0);
    assert_eq!(Contents::of(&second.path("third")), Contents::of(&story.data()));
}

#[test]
fn what_root_restores_belongs_to_the_owner_of_the_data_dir() {
    let story = Story::default();
    story.create("a.tar.gz");
    let (user, group) = if rustix::process::geteuid().is_root() {
        shell(story.root(), "chown -R 65534:65533 var config.yaml");
        (65534, 65533)
    } else {
        (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
    };
    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    let strange = shell(story.root(), &format!("find var config.yaml ! \\( -uid {user} -gid {group} \\)"));
    assert_eq!(strange, "");
}
