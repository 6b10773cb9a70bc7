//! The first start on the data dir of a Go daemon: backed up, adopted, and everybody comes in as before.

use crate::archives;
use loom_e2e::contents::{Contents, working_files};
use loom_e2e::daemon::go_data_dir::{HASH, KEY, PASSWORD, TOKEN, go_data_dir};
use loom_e2e::daemon::{DaemonFolder, signal};
use loom_e2e::data_dir::sqlite;
use loom_e2e::sealing::{key_file, open};
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Instant;

#[test]
fn the_state_of_a_go_daemon_is_backed_up_adopted_and_comes_back_as_it_was() {
    let folder = go_data_dir("");
    let before = Contents::of(&folder.data());
    let daemon = folder.start();
    daemon.says("the Go daemon's state is backed up");
    daemon.says("the Go daemon's state is adopted");
    let nobody = daemon.client();
    assert_eq!(nobody.get("/setup/status").gives(200).json()["required"], false);
    nobody.post("/auth/login", &json!({ "username": "Änne", "password": "another" })).gives(401);
    nobody.post("/auth/login", &json!({ "username": "Änne", "password": PASSWORD })).gives(200);
    let session = nobody.with("Cookie", "openccu_loom_session=raw-cookie-value");
    assert_eq!(session.get("/auth/me").gives(200).json()["subject"], "änne");
    let admin = nobody.token(TOKEN);
    assert_eq!(admin.get("/auth/me").gives(200).json()["role"], "admin");
    assert_eq!(admin.health_of("config.secrets")["status"], "healthy");
    assert_eq!(admin.get("/centrals/haus").gives(200).json()["password_plain"], "***");
    for (query, secret) in [
        ("SELECT password_plain FROM centrals WHERE name = 'haus'", "central secret"),
        ("SELECT value_json ->> 'password' FROM config_sections WHERE section = 'north.mqtt'", "mqtt secret"),
    ] {
        assert_eq!(open(KEY, sqlite(&folder.database(), query).trim()).as_deref(), Some(secret));
    }
    let hash = sqlite(&folder.database(), "SELECT password_hash FROM users WHERE subject = 'änne'");
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    let log = daemon.stop().log;
    for secret in [PASSWORD, TOKEN, "central secret", "raw-cookie-value", HASH] {
        assert!(!log.contains(secret), "{log}");
    }

    let [archive] = <[String; 1]>::try_from(archives(&folder)).unwrap();
    assert!(archive.starts_with("before-adoption-") && archive.ends_with(".tar.gz"), "{archive}");
    let archive = format!("var/state-backups/{archive}");
    folder.run(&format!("backup verify {archive}")).exits(0);
    let elsewhere = DaemonFolder::default();
    fs::copy(folder.path(&archive), elsewhere.path("a.tar.gz")).unwrap();
    elsewhere.run("backup restore --data-dir var a.tar.gz").exits(0);
    assert_eq!(Contents::of(&elsewhere.data()), before);

    // The second start has nothing to adopt, and the restored one has.
    assert!(!folder.start().stop().log.contains("adopted"));
    let daemon = elsewhere.start();
    daemon.client().token(TOKEN).get("/centrals").gives(200);
}

#[test]
fn a_go_daemon_that_still_runs_is_not_pushed_aside() {
    let folder = go_data_dir("");
    let before = Contents::of(&folder.data());
    let reader = Reader::of(&folder);
    folder.refused().exits(6).says(&format!("in use by another process (pid {})", reader.pid()));
    drop(reader);
    assert_eq!(Contents::of(&folder.data()), before);
    folder.start().stop();
}

#[test]
fn what_cannot_be_adopted_stays_a_go_daemons_and_fills_no_disk() {
    for (changes, code, words) in [
        (
            "INSERT INTO goose_db_version (version_id, is_applied) VALUES (46, 1);",
            6,
            "newer than this binary can adopt",
        ),
        ("UPDATE users SET role = 'king' WHERE subject = 'gast';", 1, "`gast`"),
        ("CREATE INDEX tokens_by_hash ON alarm_journal (what);", 1, "tokens_by_hash already exists"),
    ] {
        let folder = go_data_dir(changes);
        let before = Contents::of(&folder.data());
        for _ in 0..2 {
            folder.refused().exits(code).says(words);
        }
        let mut after = Contents::of(&folder.data());
        after.0.retain(|name, _| !name.starts_with("state-backups"));
        assert_eq!(after, before, "{words}");
        assert_eq!(archives(&folder), [""; 0], "{words}: an archive of each try");
    }
}

#[test]
fn a_state_whose_key_is_broken_is_not_adopted_for_there_would_be_no_backup_of_it() {
    let folder = go_data_dir("");
    fs::write(folder.data().join("secret.key"), "broken").unwrap();
    let before = Contents::of(&folder.data());
    folder.refused().exits(5).says("no backup could be taken").says("holds no master key");
    let mut after = Contents::of(&folder.data());
    after.0.retain(|name, _| !name.starts_with("state-backups"));
    assert_eq!(after, before);
    assert_eq!(archives(&folder), [""; 0]);
    fs::write(folder.data().join("secret.key"), key_file(KEY)).unwrap();
    folder.start().stop();
}

#[test]
fn an_adoption_killed_anywhere_is_made_whole_by_the_next_start() {
    let undisturbed = go_data_dir("");
    // The first run of all may have to build the binary.
    undisturbed.run("--version").exits(0);
    let begun = Instant::now();
    undisturbed.start().kill();
    let took = begun.elapsed();
    let mut still_of_go = 0;
    for step in 0..20 {
        let folder = go_data_dir("");
        let mut command = folder.command("run --config config.yaml");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(took * step / 20);
        child.kill().unwrap();
        child.wait().unwrap();
        let tables = sqlite(
            &folder.database(),
            "SELECT count(*) FROM pragma_table_info('__diesel_schema_migrations')",
        );
        still_of_go += u32::from(tables == "0\n");

        let daemon = folder.start();
        let admin = daemon.client().token(TOKEN);
        assert_eq!(admin.get("/centrals").gives(200).json().as_array().unwrap().len(), 2, "{step}");
        assert_eq!(admin.health_of("config.secrets")["status"], "healthy", "{step}");
        let archives = archives(&folder);
        assert!(!archives.is_empty(), "{step}");
        for archive in archives {
            folder.run(&format!("backup verify var/state-backups/{archive}")).exits(0);
        }
        assert_eq!(working_files(&folder.data()), [""; 0], "{step}");
        assert_eq!(sqlite(&folder.database(), "PRAGMA integrity_check"), "ok\n");
    }
    println!("20 kills within {} ms, {still_of_go} before the adoption", took.as_millis());
}

/// Another process that has the database open.
struct Reader(Child);

impl Reader {
    fn of(folder: &DaemonFolder) -> Self {
        let mut shell = Command::new("sqlite3");
        let mut shell =
            shell.arg(folder.database()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        writeln!(shell.stdin.as_mut().unwrap(), "SELECT count(*) FROM sqlite_schema;").unwrap();
        BufReader::new(shell.stdout.as_mut().unwrap()).read_line(&mut String::new()).unwrap();
        Self(shell)
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        signal(self.pid(), "KILL");
        _ = self.0.wait();
    }
}
