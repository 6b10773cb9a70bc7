//! What arrives at a real socket, by a path and by an abstract name.

use super::*;
use crate::telemetry::captured::{LONG, variables};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A manager's end, and what names it.
fn manager() -> (UnixDatagram, String) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let name = format!("openccu-loom-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    let socket = UnixDatagram::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    socket.set_read_timeout(Some(LONG)).unwrap();
    (socket, format!("@{name}"))
}

fn heard(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 256];
    let length = socket.recv(&mut buffer).unwrap();
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[test]
fn each_stage_arrives_as_a_datagram_of_its_own() {
    let (socket, name) = manager();
    let manager = ServiceManager::find(&variables(&[("NOTIFY_SOCKET", &name)]));
    manager.status("serving on :8119\nREADY=0");
    manager.ready();
    manager.stopping();
    let stages = [heard(&socket), heard(&socket), heard(&socket)];
    assert_eq!(stages, ["STATUS=serving on :8119 READY=0", "READY=1", "STOPPING=1"]);
}

#[test]
fn a_socket_with_a_path_works_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    ServiceManager::find(&variables(&[("NOTIFY_SOCKET", path.to_str().unwrap())])).ready();
    assert_eq!(heard(&socket), "READY=1");
}

#[test]
fn without_a_manager_or_with_one_that_is_gone_nothing_happens() {
    for set in
        [&[][..], &[("NOTIFY_SOCKET", "")], &[("NOTIFY_SOCKET", "vsock:2:1")], &[("NOTIFY_SOCKET", "/gone")]]
    {
        let manager = ServiceManager::find(&variables(set));
        manager.ready();
        manager.status("x");
        manager.stopping();
    }
}

#[tokio::test]
async fn the_watchdog_is_fed_while_health_answers_and_not_when_it_does_not() {
    let (socket, name) = manager();
    let pid = std::process::id().to_string();
    let set = [("NOTIFY_SOCKET", name.as_str()), ("WATCHDOG_USEC", "20000"), ("WATCHDOG_PID", &pid)];
    let manager = ServiceManager::find(&variables(&set));
    let (asked, answers) = (AtomicUsize::new(0), 3);
    let done = tokio::sync::Notify::new();
    let healthy = || async {
        match asked.fetch_add(1, Ordering::SeqCst) {
            n if n < answers => true,
            3 => false,
            4 => std::future::pending().await,
            _ => {
                done.notify_one();
                false
            }
        }
    };
    tokio::select! {
        () = manager.feed_watchdog(healthy) => unreachable!(),
        () = done.notified() => {}
    }
    socket.set_nonblocking(true).unwrap();
    for _ in 0..answers {
        assert_eq!(heard(&socket), "WATCHDOG=1");
    }
    assert_eq!(socket.recv(&mut [0; 1]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

#[test]
fn a_watchdog_for_another_process_is_not_ours() {
    let period = |set: &[(&str, &str)]| watchdog(&variables(set));
    let pid = std::process::id().to_string();
    assert_eq!(period(&[("WATCHDOG_USEC", "30000000")]), Some(Duration::from_secs(30)));
    assert_eq!(
        period(&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", &pid)]),
        Some(Duration::from_secs(30))
    );
    assert_eq!(period(&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "1")]), None);
    assert_eq!(period(&[("WATCHDOG_USEC", "30000000"), ("WATCHDOG_PID", "x")]), None);
    assert_eq!(period(&[("WATCHDOG_USEC", "soon")]), None);
    assert_eq!(period(&[("WATCHDOG_USEC", "0")]), None);
    assert_eq!(period(&[]), None);
}
