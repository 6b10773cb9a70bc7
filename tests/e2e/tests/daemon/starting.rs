//! A start: what it makes, whom it tells, and what refuses it.

use crate::works;
use loom_e2e::daemon::{Daemon, DaemonFolder};
use loom_e2e::sealing::{key_file, open_v2};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Instant;

fn mode(path: &Path) -> String {
    format!("{:o}", path.metadata().unwrap().permissions().mode() & 0o7777)
}

#[test]
fn an_empty_folder_becomes_a_data_dir_only_its_owner_can_read() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    assert_eq!(mode(&folder.data()), "700");
    for name in ["secret.key", "openccu-loom.db", "openccu-loom.lock"] {
        assert_eq!(mode(&folder.data().join(name)), "600", "{name}");
    }
    let lock = fs::read_to_string(folder.data().join("openccu-loom.lock")).unwrap();
    assert_eq!(lock, format!("{} daemon\n", daemon.pid()));
    daemon.says("master key created");
    let key = fs::read(folder.data().join("secret.key")).unwrap();
    daemon.stop();

    let again = folder.start();
    assert_eq!(fs::read(folder.data().join("secret.key")).unwrap(), key);
    assert!(!again.stop().log.contains("master key created"));
}

#[test]
fn a_service_manager_hears_of_the_start_and_of_the_stop() {
    let folder = DaemonFolder::default();
    let socket = UnixDatagram::bind(folder.path("notify")).unwrap();
    let mut command = folder.command("run --config config.yaml");
    command.env("NOTIFY_SOCKET", folder.path("notify"));
    let begun = Instant::now();
    let daemon = Daemon::start(&mut command);
    let heard = || {
        let mut message = [0; 256];
        let length = socket.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..length]).into_owned()
    };
    assert_eq!(heard(), "READY=1");
    // Never asserted: a loaded machine takes its time.
    println!("ready on an empty data dir after {} ms", begun.elapsed().as_millis());
    assert_eq!(heard(), format!("STATUS=serving {}", daemon.address()));
    daemon.stop();
    assert_eq!(heard(), "STOPPING=1");
}

#[test]
fn a_second_daemon_on_a_data_dir_is_refused_and_the_first_one_named() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    let by = format!("in use by a daemon (pid {})", daemon.pid());
    folder.refused().exits(6).says(&by).says("one daemon per data dir");
    works(&daemon, &admin);
    daemon.stop();
    folder.start().stop();
}

#[test]
fn a_restore_beside_a_daemon_is_refused_and_changes_nothing() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    folder.run("backup create --config config.yaml --out a.tar.gz").exits(0);
    let by = format!("in use by a daemon (pid {})", daemon.pid());
    folder.run("backup restore --data-dir var --force a.tar.gz").exits(6).says(&by);
    works(&daemon, &admin);
    daemon.stop();
    folder.run("backup restore --data-dir var --force a.tar.gz").exits(0);
    folder.start().stop();
}

#[test]
fn a_daemon_that_was_killed_is_no_obstacle_to_the_next_one() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    works(&daemon, &admin);
    daemon.kill();
    let daemon = folder.start();
    works(&daemon, &admin.at(daemon.address()));
}

#[test]
fn an_address_in_use_is_refused_before_anything_is_made() {
    let folder = DaemonFolder::default();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = folder.command("run --config config.yaml");
    let told = loom_e2e::run::run(command.env("OPENCCU_LOOM_REST_LISTEN", &address));
    told.exits(6).says(&format!("cannot listen on `{address}`")).says("is another daemon running?");
    assert!(!folder.data().exists());
}

#[test]
fn a_bad_key_in_the_environment_is_refused_and_never_said() {
    let folder = DaemonFolder::default();
    for bad in ["no key at all, but a secret", "c2hvcnQ=", &key_file([7; 32]).trim()[..40]] {
        let mut command = folder.command("run --config config.yaml");
        let told = loom_e2e::run::run(command.env("OPENCCU_LOOM_SECRET_KEY", bad));
        told.exits(5).says("OPENCCU_LOOM_SECRET_KEY");
        assert!(!told.words().contains(bad), "{}", told.words());
    }
    assert!(!folder.data().join("secret.key").exists());
}

#[test]
fn a_key_in_the_environment_is_used_and_no_file_is_made() {
    let folder = DaemonFolder::default();
    let mut command = folder.command("run --config config.yaml");
    let daemon = Daemon::start(command.env("OPENCCU_LOOM_SECRET_KEY", key_file([7; 32]).trim()));
    let admin = daemon.client().set_up();
    admin.post("/centrals", &crate::central("haus", "a secret")).gives(201);
    let stored = loom_e2e::data_dir::sqlite(&folder.database(), "SELECT password_plain FROM centrals");
    let place = ["centrals", "haus", "password_plain"];
    assert_eq!(open_v2([7; 32], place, stored.trim()).as_deref(), Some("a secret"));
    assert!(!folder.data().join("secret.key").exists());
    let log = daemon.stop().log;
    assert!(!log.contains(key_file([7; 32]).trim()), "{log}");
}
