//! The end of the daemon: with open sockets, half requests and idle connections.
//!
//! Does NOT look at signals of the process (the end-to-end tests do).

use loom_api_tests::{Backend, TestDaemon, on_each_backend};
use serde_json::json;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

on_each_backend! {
    it_ends_in_time_whatever_is_connected,
    what_was_begun_is_answered,
    nobody_is_served_afterwards,
}

/// Longer than a slow machine needs, and shorter than the daemon gives a request whose body never comes.
const IN_TIME: Duration = Duration::from_secs(20);

async fn it_ends_in_time_whatever_is_connected(backend: Backend) {
    let mut daemon = TestDaemon::start(backend).await;
    let address = daemon.address();
    let mut socket = daemon.as_viewer().listen().await;
    let _silent_socket = daemon.as_viewer().listen().await;
    // The client keeps this connection.
    daemon.as_viewer().get("/auth/me").await.expect(200);
    let mut held = Vec::new();
    for begun in [
        "",
        "GET /api/v1/info HT",
        "GET /api/v1/info HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        held.push(stream);
    }
    let mut answered = [0; 12];
    held[2].read_exact(&mut answered).await.unwrap();
    assert_eq!(&answered, b"HTTP/1.1 200");
    tokio::time::timeout(IN_TIME, daemon.stop()).await.expect("the daemon does not stop");
    assert_eq!(socket.end().await.map(|(code, _)| code), Some(1001));
}

async fn what_was_begun_is_answered(backend: Backend) {
    let mut daemon = TestDaemon::start(backend).await;
    let (mut stream, body) = begun_change(&daemon).await;
    let rest = async {
        tokio::task::yield_now().await;
        stream.write_all(body.as_bytes()).await.unwrap();
        let mut answered = [0; 12];
        stream.read_exact(&mut answered).await.unwrap();
        answered
    };
    let (answered, ()) = tokio::join!(rest, daemon.stop());
    assert_eq!(&answered, b"HTTP/1.1 201");
}

#[tokio::test]
async fn changes_whose_clients_went_away_go_to_their_end() {
    // More than are done at once.
    const CHANGES: usize = 24;
    let mut daemon = TestDaemon::start(Backend::Sqlite).await;
    for number in 0..CHANGES {
        let mut stream = TcpStream::connect(daemon.address()).await.unwrap();
        let (head, body) = change(&daemon, &format!("ada{number}"), "");
        let before = "GET /api/v1/info HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(format!("{before}{head}{body}").as_bytes()).await.unwrap();
        // The change is begun when what came with it is answered.
        let mut answered = [0; 12];
        stream.read_exact(&mut answered).await.unwrap();
        // Not in good order, which would have the daemon wait with an answer.
        stream.set_zero_linger().unwrap();
    }
    daemon.stop().await;
    daemon.start_again().await;
    let entries = daemon.as_admin().get("/audit").await.expect(200).json();
    assert_eq!(entries.to_string().matches("user_create").count(), CHANGES);
}

/// A request for a new user that is in the hands of the daemon already, and its body that is not.
async fn begun_change(daemon: &TestDaemon) -> (TcpStream, String) {
    let mut stream = TcpStream::connect(daemon.address()).await.unwrap();
    let (head, body) = change(daemon, "ada", "Expect: 100-continue\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    (stream, body)
}

/// Head and body of a request for a new user.
fn change(daemon: &TestDaemon, name: &str, header: &str) -> (String, String) {
    let body = json!({ "username": name, "password": "correct horse", "role": "viewer" }).to_string();
    let (credential, value) = daemon.as_admin().headers().remove(0);
    let head = format!(
        "POST /api/v1/users HTTP/1.1\r\nHost: x\r\n{credential}: {value}\r\n{header}Content-Length: {}\r\n\r\n",
        body.len()
    );
    (head, body)
}

async fn nobody_is_served_afterwards(backend: Backend) {
    let mut daemon = TestDaemon::start(backend).await;
    let address = daemon.address();
    daemon.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
    // And the data dir is free again.
    daemon.start_again().await;
    daemon.as_viewer().get("/auth/me").await.expect(200);
}

#[tokio::test]
#[ignore = "waits for a timeout"]
async fn a_client_that_sends_its_head_byte_by_byte_is_cut_off() {
    let daemon = TestDaemon::start(Backend::Memory).await;
    let began = Instant::now();
    let mut stream = TcpStream::connect(daemon.address()).await.unwrap();
    let head = b"GET /api/v1/info HTTP/1.1\r\nHost: a-name-that-is-long-enough-for-half-a-minute\r\n\r\n";
    let cut = async {
        for byte in head {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            let mut answer = [0; 1];
            let read = tokio::time::timeout(Duration::from_secs(1), stream.read(&mut answer)).await;
            if matches!(read, Ok(Ok(_) | Err(_))) {
                return;
            }
        }
        panic!("the whole head was taken");
    };
    cut.await;
    assert!(began.elapsed().as_secs() >= 8, "{:?}", began.elapsed());
}

#[tokio::test]
#[ignore = "waits for a timeout"]
async fn a_client_that_never_sends_its_body_gets_an_answer_and_is_cut_off() {
    let daemon = TestDaemon::start(Backend::Memory).await;
    let request = b"POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{";
    let mut stream = TcpStream::connect(daemon.address()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(150), stream.read_to_end(&mut answer)).await;
    read.expect("the connection stays open").unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 408"), "{}", String::from_utf8_lossy(&answer));
}
