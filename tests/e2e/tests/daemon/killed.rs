//! `kill -9` at any instant: while clients change things and take backups, and while a daemon starts for the first time.

mod changes;

use crate::archives;
use changes::Changer;
use loom_e2e::contents::working_files;
use loom_e2e::daemon::client::{ADMIN, Client, PASSWORD};
use loom_e2e::daemon::{Daemon, DaemonFolder};
use loom_e2e::data_dir::sqlite;
use serde_json::json;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: u32 = 50;

#[test]
#[ignore = "slow: 50 rounds of a daemon that is killed at work"]
fn whatever_was_answered_outlives_a_kill_at_any_instant() {
    let folder = DaemonFolder::default();
    let mut daemon = folder.start();
    let mut admin = daemon.client().set_up();
    let mut changers = [Changer::new(0), Changer::new(1)];
    let (mut answered, mut whole, mut cut_off) = (0, 0, 0);
    let mut round = 0;
    // A machine that is slow for a while answers little.
    while round < ROUNDS || (round < 4 * ROUNDS && !(answered > 100 && whole > 5)) {
        let entries = audit_entries(&admin);
        // In no order, so that a machine that is slow for a while does not spoil one part only.
        let at = Duration::from_millis(u64::from(round * 37 % ROUNDS) * 12);
        let (counts, completed) = thread::scope(|scope| {
            let changing = changers.each_mut().map(|changer| scope.spawn(|| changer.run(&admin)));
            let backups = scope.spawn(|| take_backups(&admin));
            thread::sleep(at);
            daemon.kill();
            (changing.map(|thread| thread.join().unwrap()), backups.join().unwrap())
        });
        let acknowledged: usize = counts.iter().sum();

        daemon = folder.start();
        admin = admin.at(daemon.address());
        assert_eq!(sqlite(&folder.database(), "PRAGMA integrity_check"), "ok\n");
        daemon.client().post("/auth/login", &json!({ "username": ADMIN, "password": PASSWORD })).gives(200);
        for changer in &mut changers {
            cut_off += u32::from(changer.finds_everything(&folder, &admin));
        }
        let recorded = audit_entries(&admin) - entries;
        assert!(
            recorded > acknowledged,
            "round {round}: {recorded} entries of {acknowledged} changes and a login"
        );
        whole += look_at_archives(&folder, &admin, &completed);
        answered += acknowledged;
        round += 1;
    }
    println!(
        "{round} kills, {answered} changes answered, {cut_off} carried out unanswered, {whole} archives whole"
    );
    // Otherwise the instants do not lie where they should, and this test shows nothing.
    assert!(answered > 100 && whole > 5, "{answered}, {whole}");
}

fn audit_entries(admin: &Client) -> usize {
    let newest = admin.get("/audit?limit=1").gives(200).json();
    usize::try_from(newest[0]["id"].as_i64().unwrap()).unwrap()
}

/// Takes one backup after the other until the daemon is gone; ids of those that were told to be complete.
fn take_backups(admin: &Client) -> Vec<String> {
    let mut completed = Vec::new();
    let mut begun = None;
    loop {
        let Ok(answer) = (match &begun {
            None => admin.try_send("POST", "/state-backups", Some(&json!({}))),
            Some(job) => admin.try_send("GET", &format!("/jobs/{job}"), None),
        }) else {
            return completed;
        };
        if begun.take().is_none() {
            begun = answer.gives(202).json()["job"].as_str().map(str::to_owned);
            continue;
        }
        let job = answer.gives(200).json();
        assert_ne!(job["state"], "failed", "{job}");
        if job["state"] == "completed" {
            completed.push(job["object"].as_str().unwrap().to_owned());
        } else {
            begun = job["id"].as_str().map(str::to_owned);
        }
    }
}

/// Every archive verifies, none that was told of is missing, and nothing unfinished stays. Removes them all.
#[track_caller]
fn look_at_archives(folder: &DaemonFolder, admin: &Client, completed: &[String]) -> u32 {
    // The next backup clears away what a killed one left.
    let fresh = admin.take_backup();
    let names = archives(folder);
    assert!(completed.iter().chain([&fresh]).all(|id| names.contains(id)), "{completed:?} of {names:?}");
    assert!(names.iter().all(|name| name.ends_with(".tar.gz") && !name.starts_with('.')), "{names:?}");
    assert_eq!(working_files(&folder.data()), [""; 0]);
    let paths: Vec<_> = names.iter().map(|name| format!("var/state-backups/{name}")).collect();
    folder.run(&format!("backup verify {}", paths.join(" "))).exits(0);
    for name in &names {
        admin.delete(&format!("/state-backups/{name}")).gives(204);
    }
    u32::try_from(names.len()).unwrap() - 1
}

const SEED: &str = "
locale: {theme: dark}
north: {rest: {auth: {users: {anna: \"the first password\"}, tokens: {\"a token of the file\": admin}}}}
centrals:
  - {name: haus, host: ccu.example, password: a secret}
";

#[test]
fn a_first_start_killed_anywhere_is_made_whole_by_the_next_one() {
    let undisturbed = DaemonFolder::default();
    undisturbed.configure(SEED);
    // The first run of all may have to build the binary.
    undisturbed.run("--version").exits(0);
    let begun = Instant::now();
    undisturbed.start().kill();
    let took = begun.elapsed();
    let mut unfinished = 0;
    for step in 0..40 {
        let folder = DaemonFolder::default();
        folder.configure(SEED);
        let mut command = folder.command("run --config config.yaml");
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(took * step / 40);
        child.kill().unwrap();
        child.wait().unwrap();
        let key = std::fs::read(folder.data().join("secret.key")).ok();
        unfinished += u32::from(folder.data().exists() && !folder.database().exists() || key.is_none());

        let daemon: Daemon = folder.start();
        let admin = daemon.client().token("a token of the file");
        assert_eq!(admin.get("/centrals").gives(200).json()[0]["name"], "haus", "{step}");
        assert_eq!(admin.get("/config/sections/locale").gives(200).json()["theme"], "dark", "{step}");
        assert_eq!(admin.health_of("config.secrets")["status"], "healthy", "{step}");
        daemon.client().user("anna", "the first password").get("/users").gives(200);
        let now = std::fs::read(folder.data().join("secret.key")).unwrap();
        assert!(key.is_none_or(|key| key == now), "{step}: another key was made");
    }
    println!("40 kills within {} ms, {unfinished} before the key was there", took.as_millis());
}
