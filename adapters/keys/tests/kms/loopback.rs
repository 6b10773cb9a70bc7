//! A key service that does what a case tells it, on the loopback interface: what a simulator does not enforce or cannot do.
//!
//! Does NOT check signatures and does NOT encrypt anything.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What is done with one call.
#[derive(Clone)]
pub(crate) enum Reply {
    /// A status and a body.
    Answer(u16, String),
    /// The head of an answer, and then the connection goes away.
    CutShort,
    /// The connection goes away without a word.
    Gone,
    /// Nothing, for ever.
    Silence,
    /// A body without an end.
    Endless,
}

/// One call as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Call {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}

/// A service that is there until the test ends.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Service {
    /// A service that gives these replies in turn, the last one again and again.
    pub(crate) async fn replying(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let seen = calls.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, replies.clone(), seen.clone()));
            }
        });
        Self { address, calls }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    /// Waits until so many calls came in.
    pub(crate) async fn called(&self, times: usize) {
        let waiting = async {
            while self.calls().len() < times {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), waiting).await.unwrap();
    }
}

async fn serve(mut stream: TcpStream, replies: Vec<Reply>, seen: Arc<Mutex<Vec<Call>>>) {
    let Some(call) = read(&mut stream).await else { return };
    let turn = {
        let mut seen = seen.lock().unwrap();
        seen.push(call);
        seen.len() - 1
    };
    let reply = replies.get(turn).or(replies.last()).unwrap();
    let _ = match reply {
        Reply::Answer(status, body) => {
            let length = body.len();
            let head =
                format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
            stream.write_all((head + body).as_bytes()).await
        }
        Reply::CutShort => stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"Plain").await,
        Reply::Gone => Ok(()),
        Reply::Silence => std::future::pending().await,
        Reply::Endless => {
            let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            while sent.is_ok() {
                sent = stream.write_all(&[b' '; 8192]).await;
            }
            sent
        }
    };
}

async fn read(stream: &mut TcpStream) -> Option<Call> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let call = Call { head: head.to_owned(), body: body.to_owned() };
            let length = call.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
            if call.body.len() >= length {
                return Some(call);
            }
        }
        let read = stream.read(&mut chunk).await.ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
    }
}
