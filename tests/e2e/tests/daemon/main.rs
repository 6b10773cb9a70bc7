//! The daemon as a process, as users, service managers and broken machines meet it.
//!
//! Does NOT go through the routes of the API one by one.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod configuration;
mod database;
mod go_daemon;
mod keys;
mod killed;
mod new_user;
mod restoring;
mod seeding;
mod small_disk;
mod starting;
mod stopping;

use loom_e2e::daemon::client::Client;
use loom_e2e::daemon::{Daemon, DaemonFolder};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{Scope, ScopedJoinHandle};

/// A client that changes the section `locale` until it is told to stop.
struct Writer<'scope> {
    stop: &'scope AtomicBool,
    thread: ScopedJoinHandle<'scope, i64>,
}

impl<'scope> Writer<'scope> {
    /// Starts once the first change is stored.
    fn start(scope: &'scope Scope<'scope, '_>, stop: &'scope AtomicBool, client: &Client) -> Self {
        let client = client.clone();
        write(&client, "light");
        let work = move || {
            let mut version = 0;
            for theme in ["dark", "light", "system"].iter().cycle() {
                version = write(&client, theme);
                if stop.load(Ordering::Relaxed) {
                    break;
                }
            }
            version
        };
        Self { stop, thread: scope.spawn(work) }
    }

    /// Stops it; gives the version it wrote last.
    fn stop(self) -> i64 {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}

/// Changes the section `locale`; gives its new version.
#[track_caller]
fn write(client: &Client, theme: &str) -> i64 {
    let written = client.put("/config/sections/locale", &serde_json::json!({ "theme": theme }));
    written.gives(200).json()["version"].as_i64().unwrap()
}

/// The body of a central with a password.
fn central(name: &str, password: &str) -> serde_json::Value {
    serde_json::json!({ "name": name, "host": "ccu.example", "username": "loom", "password_plain": password })
}

/// How many audit entries have this word.
#[track_caller]
fn audited(admin: &Client, word: &str) -> usize {
    let entries = admin.get("/audit?limit=10000").gives(200).json();
    entries.as_array().unwrap().iter().filter(|entry| entry["action"] == word).count()
}

/// Names of what lies in the folder for archives, but for the mark that keeps it out of archives.
fn archives(folder: &DaemonFolder) -> Vec<String> {
    let entries = folder.data().join("state-backups").read_dir().unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != ".nobackup");
    names.sort();
    names
}

/// Asserts that a daemon works: it answers, reads and writes.
#[track_caller]
fn works(daemon: &Daemon, admin: &Client) {
    daemon.client().get("/health").gives(200);
    write(admin, "dark");
}
