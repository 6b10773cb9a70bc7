//! A restore that was killed while files were replaced, and the daemon that starts next.

use crate::{central, write};
use loom_e2e::contents::working_files;
use loom_e2e::daemon::DaemonFolder;
use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

/// An archive of a state with a central of this name, and a token of its admin.
fn archive(name: &str) -> (Vec<u8>, String) {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    admin.post("/centrals", &central(name, "a secret")).gives(201);
    let token = admin.new_token("later");
    folder.run("backup create --config config.yaml --out a.tar.gz").exits(0);
    (fs::read(folder.path("a.tar.gz")).unwrap(), token)
}

#[test]
fn a_restore_killed_amid_its_swap_is_brought_to_its_end_by_the_daemon() {
    let states = [archive("old"), archive("new")];
    let folder = DaemonFolder::default();
    for (name, state) in ["old.tar.gz", "new.tar.gz"].iter().zip(&states) {
        fs::write(folder.path(name), &state.0).unwrap();
    }
    folder.run("backup restore --data-dir var old.tar.gz").exits(0);
    let journal = folder.data().join(".loom-restore/journal.json");
    let (mut current, mut amid) = (0, 0);
    for step in 0_u32.. {
        let other = 1 - current;
        let name = ["old", "new"][other];
        let mut restore = folder.command(&format!("backup restore --data-dir var --force {name}.tar.gz"));
        let mut restore = restore.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !journal.exists() && restore.try_wait().unwrap().is_none() {
            std::hint::spin_loop();
        }
        let (begun, delay) = (Instant::now(), Duration::from_micros(u64::from(step % 20) * 250));
        while begun.elapsed() < delay {
            std::hint::spin_loop();
        }
        restore.kill().unwrap();
        restore.wait().unwrap();
        let was_amid = journal.exists();

        let daemon = folder.start();
        let admin = daemon.client().token(&states[other].1);
        assert_eq!(admin.get("/centrals").gives(200).json()[0]["name"], name, "step {step}");
        assert_eq!(admin.health_of("config.secrets")["status"], "healthy");
        write(&admin, "dark");
        let log = daemon.stop().log;
        assert_eq!(log.contains("an interrupted restore was brought to its end"), was_amid, "{log}");
        let working = working_files(&folder.data());
        assert!(working.iter().all(|name| name.starts_with(".loom-undo")), "{working:?}");
        current = other;
        amid += u32::from(was_amid);
        if amid >= 8 {
            return;
        }
        assert!(step < 200, "{amid} of {step} kills were amid a swap");
    }
}
