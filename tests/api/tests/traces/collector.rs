//! A collector of traces: takes what is sent over OTLP/HTTP and reads names, ids and parents of spans from it.
//!
//! Reads as much of the protobuf format as that needs. Does NOT judge.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

/// A span, ids in hex.
#[derive(Debug, Default)]
pub(super) struct Span {
    pub(super) name: String,
    pub(super) trace: String,
    pub(super) id: String,
    /// Empty for the first of a trace.
    pub(super) parent: String,
}

/// Listens on a port of this machine.
pub(super) struct Collector {
    address: SocketAddr,
    bodies: Receiver<Vec<u8>>,
}

impl Collector {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (received, bodies) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap() > 0 {}
                let head = head.to_lowercase();
                let length = head.split_once("content-length: ").unwrap().1.split('\r').next().unwrap();
                let mut body = vec![0; length.parse().unwrap()];
                stream.read_exact(&mut body).unwrap();
                let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                stream.get_mut().write_all(answer).unwrap();
                if received.send(body).is_err() {
                    return;
                }
            }
        });
        Self { address, bodies }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// All spans so far, and the bytes they came in.
    pub(super) fn received(&self) -> (Vec<Span>, Vec<u8>) {
        let bodies: Vec<_> = self.bodies.try_iter().collect();
        let mut spans = Vec::new();
        for body in &bodies {
            for resource in fields(body, 1) {
                for scope in fields(resource, 2) {
                    spans.extend(fields(scope, 2).map(span));
                }
            }
        }
        (spans, bodies.concat())
    }
}

fn span(message: &[u8]) -> Span {
    let hex = |number| {
        let bytes = fields(message, number).next().unwrap_or_default();
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let name = fields(message, 5).next().unwrap_or_default();
    Span { name: String::from_utf8(name.to_vec()).unwrap(), trace: hex(1), id: hex(2), parent: hex(4) }
}

/// The fields of this number that hold bytes.
fn fields(message: &[u8], number: u64) -> impl Iterator<Item = &[u8]> {
    let mut rest = message;
    std::iter::from_fn(move || {
        while !rest.is_empty() {
            let key = varint(&mut rest);
            let length = match key & 7 {
                0 => {
                    varint(&mut rest);
                    continue;
                }
                1 => 8,
                2 => usize::try_from(varint(&mut rest)).unwrap(),
                5 => 4,
                kind => panic!("no such type of field: {kind}"),
            };
            let (value, after) = rest.split_at(length);
            rest = after;
            if key == number << 3 | 2 {
                return Some(value);
            }
        }
        None
    })
}

fn varint(rest: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..).step_by(7) {
        let (byte, after) = rest.split_first().unwrap();
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}
