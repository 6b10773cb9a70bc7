//! One request with its response, as printed and as sent: HTTP/1.1 in plain text over a connection of its own.
//!
//! Does NOT follow redirects or know chunked bodies: the daemon tells the length of all it answers.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A request and its response, as printed.
pub(crate) struct Exchange {
    pub(crate) request: Message,
    pub(crate) response: Message,
}

/// A request or a response.
pub(crate) struct Message {
    /// Request line or status line.
    pub(crate) first: String,
    /// In order, names as written.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Exchange {
    /// Reads a block: a request, an empty line, and a response that begins with its status line.
    pub(crate) fn parse(block: &str) -> Self {
        let split = block.find("\n\nHTTP/1.1 ").unwrap_or_else(|| panic!("no response in: {block}"));
        let (request, response) = block.split_at(split);
        Self { request: Message::printed(request), response: Message::printed(response.trim_start()) }
    }

    pub(crate) fn method(&self) -> &str {
        self.request.first.split(' ').next().unwrap_or_default()
    }

    /// The path without its query.
    pub(crate) fn path(&self) -> &str {
        let target = self.request.first.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }
}

impl Message {
    fn printed(text: &str) -> Self {
        let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
        Self::of(head, body.trim().as_bytes().to_vec())
    }

    fn of(head: &str, body: Vec<u8>) -> Self {
        let mut lines = head.lines();
        let first = lines.next().unwrap_or_default().trim().to_owned();
        let header = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap_or_else(|| panic!("no header: {line}"));
            (name.to_owned(), value.to_owned())
        };
        Self { first, headers: lines.map(header).collect(), body }
    }

    /// The first value of a header, whatever the case of its name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Sends it as a request with what every client adds, and hands the connection out.
    pub(crate) fn send(&self, to: SocketAddr) -> TcpStream {
        let mut stream = TcpStream::connect(to).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let mut head = format!("{} HTTP/1.1\r\nHost: {to}\r\n", self.first);
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        if !self.body.is_empty() {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        if self.header("Upgrade").is_none() {
            head += "Connection: close\r\n";
        }
        stream.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        stream.write_all(&self.body).unwrap();
        stream
    }

    /// Reads an answer: its head, and its body unless the connection is something else from there on.
    pub(crate) fn receive(stream: &mut TcpStream) -> Self {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.push(byte[0]);
        }
        let mut answer = Self::of(String::from_utf8(head).unwrap().trim_end(), Vec::new());
        if !answer.first.contains(" 101 ") {
            stream.read_to_end(&mut answer.body).unwrap();
        }
        answer
    }
}
