//! A stop: by whichever signal, with clients and a backup under way, and what is there afterwards.

use crate::archives;
use loom_e2e::contents::working_files;
use loom_e2e::daemon::{Daemon, DaemonFolder, LONG, eventually};
use loom_e2e::data_dir::sqlite;
use serde_json::json;
use std::fs::File;
use std::io::{Read, Write};
use std::net::TcpStream;

#[test]
fn each_signal_of_the_three_stops_it_well() {
    for signal in ["TERM", "INT", "HUP"] {
        let folder = DaemonFolder::default();
        let daemon = folder.start();
        daemon.signal(signal);
        let ended = daemon.ends();
        assert_eq!(ended.code, Some(0), "{signal}: {}", ended.log);
        assert!(ended.log.contains("daemon stopped"), "{signal}: {}", ended.log);
        // No log to be recovered, and nothing that looks like somebody still works there.
        assert_eq!(working_files(&folder.data()), [""; 0]);
        assert_eq!(sqlite(&folder.database(), "PRAGMA integrity_check"), "ok\n");
    }
}

/// A connection on which something was sent that asks for no answer yet.
fn connection(daemon: &Daemon, sent: &str) -> TcpStream {
    let mut stream = TcpStream::connect(daemon.address()).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(sent.as_bytes()).unwrap();
    stream
}

#[test]
fn open_sockets_do_not_keep_it_from_stopping() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    let token = admin.new_token("sockets");
    let idle = connection(&daemon, "");
    let half_a_head = connection(&daemon, "GET /api/v1/info HTTP/1.1\r\nHost: lo");
    let half_a_body =
        connection(&daemon, "POST /api/v1/setup HTTP/1.1\r\nHost: loom\r\nContent-Length: 100\r\n\r\n{");
    let mut events = connection(
        &daemon,
        &format!(
            "GET /api/v1/events HTTP/1.1\r\nHost: loom\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Authorization: Bearer {token}\r\n\r\n"
        ),
    );
    let mut head = [0; 12];
    events.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 101");
    let log = daemon.stop().log;
    assert!(!log.contains("not everything ended"), "{log}");
    // The socket is closed and not forgotten.
    events.read_to_end(&mut Vec::new()).unwrap();
    drop((idle, half_a_head, half_a_body));
}

#[test]
fn a_backup_under_way_is_whole_or_was_never_there() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    fill(&folder, 64);
    let begun = admin.post("/state-backups", &json!({})).gives(202).json();
    daemon.stop();
    let archives = archives(&folder);
    for archive in &archives {
        assert_eq!(Some(archive.as_str()), begun["id"].as_str());
        folder.run(&format!("backup verify var/state-backups/{archive}")).exits(0);
    }
    assert!(archives.len() <= 1, "{archives:?}");
    assert_eq!(working_files(&folder.data()), [""; 0]);
    folder.start().stop();
}

#[test]
#[ignore = "slow: waits until the daemon gives a backup up"]
fn a_backup_that_takes_too_long_is_given_up_and_leaves_nothing() {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    // They take no room, and far longer to read than a stop may take.
    let many = folder.data().join("many");
    std::fs::create_dir(&many).unwrap();
    for number in 0..80_000 {
        File::create(many.join(number.to_string())).unwrap().set_len(1 << 20).unwrap();
    }
    let begun = admin.post("/state-backups", &json!({})).gives(202).json();
    let job = format!("/jobs/{}", begun["job"].as_str().unwrap());
    eventually("the backup to pack", || {
        let job = admin.get(&job).gives(200).json();
        (job["progress"]["done_bytes"].as_u64()? > 10 << 20).then_some(())
    });
    let ended = daemon.stop();
    assert!(ended.log.contains("\"reason\":\"the daemon is stopping\""), "{}", ended.log);
    assert_eq!(archives(&folder), [""; 0]);
    assert_eq!(working_files(&folder.data()), [""; 0]);
}

/// Grows the state by so many MiB that do not compress.
fn fill(folder: &DaemonFolder, mebibytes: u32) {
    std::fs::write(folder.data().join("large.bin"), noise(mebibytes)).unwrap();
}

fn noise(mebibytes: u32) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let words = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    });
    words.take(mebibytes as usize * (1 << 20) / 8).flatten().collect()
}
