//! The database under a running daemon: locked by somebody, replaced, gone, or broken at the start.

use crate::{audited, central, write};
use loom_e2e::daemon::client::{ADMIN, Client, PASSWORD};
use loom_e2e::daemon::{Daemon, DaemonFolder, eventually};
use loom_e2e::data_dir::sqlite;
use serde_json::json;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Somebody who holds the write lock of a database until dropped.
struct Locker(Child);

impl Locker {
    fn on(database: &Path) -> Self {
        let mut shell = Command::new("sqlite3");
        shell.args(["-batch", "-cmd", ".timeout 10000"]).arg(database);
        let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        writeln!(shell.stdin.as_mut().unwrap(), "BEGIN IMMEDIATE; SELECT 'in';").unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "in\n");
        Self(shell)
    }
}

impl Drop for Locker {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[test]
fn a_database_locked_for_too_long_refuses_changes_and_heals_by_itself() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    let before = write(&admin, "light");
    let locker = Locker::on(&folder.database());
    let refused = admin.put("/config/sections/locale", &json!({ "theme": "dark" }));
    assert!(refused.gives(503).text().contains("the log has the cause"), "{}", refused.text());
    admin.post("/centrals", &central("haus", "a secret")).gives(503);
    // Whatever is only read goes on.
    admin.get("/centrals").gives(200);
    assert_eq!(admin.get("/config/sections/locale").gives(200).json()["theme"], "light");
    assert!(audited(&admin, "setup") > 0);
    daemon.client().get("/health").gives(200);
    admin.take_backup();
    drop(locker);
    assert_eq!(write(&admin, "dark"), before + 1);
    admin.get("/centrals/haus").gives(404);
    admin.post("/centrals", &central("haus", "a secret")).gives(201);
    daemon.stop();
}

/// Waits until the daemon notices that its database is not the one it opened, and tells why.
#[track_caller]
fn noticed(daemon: &Daemon, admin: &Client, key: &str, words: &str) {
    eventually("the daemon to notice", || (daemon.client().get("/health").status == 503).then_some(()));
    let state = admin.health_of("sqlite");
    assert_eq!((&state["status"], &state["note_key"]), (&json!("unhealthy"), &json!(key)));
    assert!(state["note"].as_str().unwrap().contains(words), "{state}");
    daemon.says(words);
}

/// Puts the database of another daemon, with nobody in it, in the place of one that is open.
fn replace(folder: &DaemonFolder) {
    let other = DaemonFolder::default();
    other.start().stop();
    fs::copy(other.database(), folder.data().join("other.db")).unwrap();
    fs::rename(folder.data().join("other.db"), folder.database()).unwrap();
}

#[test]
fn a_database_replaced_under_the_daemon_is_noticed_and_told() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    replace(&folder);
    // From the first moment on: what was answered with success would be gone after the next start.
    admin.put("/config/sections/locale", &json!({ "theme": "dark" })).gives(503);
    daemon.client().post("/auth/login", &json!({ "username": ADMIN, "password": PASSWORD })).gives(503);
    admin.get("/centrals").gives(200);
    noticed(&daemon, &admin, "database_replaced", "was replaced while the daemon runs");
    // Even if nothing is left of the daemon but what it did when it noticed.
    daemon.kill();
    is_that_of_the_other(&folder);
}

#[test]
fn a_database_put_in_place_just_before_a_stop_is_left_as_it_is() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    daemon.client().set_up();
    replace(&folder);
    daemon.stop();
    is_that_of_the_other(&folder);
}

/// The log of the database that was replaced has not been applied to the one that lies there now.
#[track_caller]
fn is_that_of_the_other(folder: &DaemonFolder) {
    assert_eq!(sqlite(&folder.database(), "PRAGMA integrity_check; SELECT count(*) FROM users"), "ok\n0\n");
    let daemon = folder.start();
    assert_eq!(daemon.client().get("/setup/status").gives(200).json()["required"], true);
    daemon.client().set_up();
}

#[test]
fn a_database_that_is_gone_is_noticed_and_told_and_heals_when_it_comes_back() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    fs::rename(folder.database(), folder.path("away.db")).unwrap();
    admin.put("/config/sections/locale", &json!({ "theme": "dark" })).gives(503);
    noticed(&daemon, &admin, "database_gone", "is gone while the daemon runs");
    assert!(!folder.database().exists(), "a new one was made");
    fs::rename(folder.path("away.db"), folder.database()).unwrap();
    eventually("the daemon to heal", || (daemon.client().get("/health").status == 200).then_some(()));
    write(&admin, "dark");
    daemon.stop();
}

#[test]
fn what_is_no_database_of_this_program_is_refused_and_left_as_it_is() {
    let folder = DaemonFolder::default();
    fs::create_dir(folder.data()).unwrap();
    for (bytes, code, words) in [
        (vec![b'x'; 8192], 1, "is not a SQLite database"),
        (database("CREATE TABLE notes (text);"), 6, "is a database of another program"),
    ] {
        fs::write(folder.database(), &bytes).unwrap();
        folder.refused().exits(code).says(words);
        assert_eq!(fs::read(folder.database()).unwrap(), bytes);
        assert!(!folder.data().join("secret.key").exists(), "a key was made");
    }
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is() {
    let folder = DaemonFolder::default();
    folder.start().stop();
    sqlite(&folder.database(), "INSERT INTO __diesel_schema_migrations (version) VALUES ('900');");
    let before = fs::read(folder.database()).unwrap();
    folder.refused().exits(6).says("newer than this binary supports").says("hint:");
    assert_eq!(fs::read(folder.database()).unwrap(), before);
}

fn database(sql: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    sqlite(&folder.path().join("made.db"), sql);
    fs::read(folder.path().join("made.db")).unwrap()
}
