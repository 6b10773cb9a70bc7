//! A central that lets everybody log in and then answers every question the same way, down to the byte, or never.
//!
//! Does NOT know what it was asked, but for the login.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

/// What is sent after a question, head included, until the connection is closed.
pub(crate) type Answer = Box<dyn Iterator<Item = Vec<u8>> + Send>;

/// Listens until the tests are over.
pub(crate) struct Server {
    port: u16,
}

impl Server {
    /// Starts one that answers everything but logins with `answer`.
    pub(crate) fn start(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let answer = answer.clone();
                // Whoever asked is free to leave early.
                thread::spawn(move || serve(stream, &*answer).unwrap_or_default());
            }
        });
        Self { port }
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

/// A body behind a proper head; its end is the end of the connection.
pub(crate) fn http(kind: &str, body: Answer) -> Answer {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n");
    Box::new(std::iter::once(head.into_bytes()).chain(body))
}

fn serve(mut stream: TcpStream, answer: &dyn Fn() -> Answer) -> io::Result<()> {
    let logs_in = is_login(&mut stream)?;
    let login = || http("application/json", Box::new([br#"{"result":"0123456789"}"#.to_vec()].into_iter()));
    for piece in if logs_in { login() } else { answer() } {
        stream.write_all(&piece)?;
    }
    Ok(())
}

/// Reads one question; says whether it is a login.
fn is_login(stream: &mut TcpStream) -> io::Result<bool> {
    let mut stream = BufReader::new(stream);
    let mut start = [0; 3];
    stream.read_exact(&mut start)?;
    if &start == b"Bin" {
        let mut head = [0; 5];
        stream.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        io::copy(&mut stream.take(length.into()), &mut io::sink())?;
        return Ok(false);
    }
    let (mut line, mut length) = (String::new(), 0);
    while stream.read_line(&mut line)? > 2 {
        if let Some(told) = line.to_lowercase().strip_prefix("content-length:") {
            length = told.trim().parse().unwrap_or(0);
        }
        line.clear();
    }
    let mut body = String::new();
    stream.take(length).read_to_string(&mut body)?;
    Ok(body.contains("Session.login"))
}
