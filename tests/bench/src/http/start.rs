//! How long a daemon takes from exec to being ready, on a data dir that is not there yet.
//!
//! Does NOT drop the page cache: the binary has been read before.

use super::place::Place;
use crate::Outcome;
use crate::daemon::Daemon;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Times of several starts, sorted.
pub(super) struct Started {
    /// From exec to `READY=1`.
    pub(super) ready: Vec<Duration>,
    /// From exec to the first answer of `/info`.
    pub(super) answered: Vec<Duration>,
}

pub(super) fn measure(starts: usize) -> Outcome<Started> {
    let mut started = Started { ready: Vec::new(), answered: Vec::new() };
    for _ in 0..starts {
        let place = Place::empty()?;
        let daemon = Daemon::start(place.folder())?;
        let asked = Instant::now();
        await_answer(&daemon)?;
        started.ready.push(daemon.ready_after);
        started.answered.push(daemon.ready_after + asked.elapsed());
    }
    started.ready.sort();
    started.answered.sort();
    Ok(started)
}

fn await_answer(daemon: &Daemon) -> Outcome<()> {
    let mut stream = TcpStream::connect(daemon.address())?;
    stream.write_all(b"GET /api/v1/info HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    if &head == b"HTTP/1.1 200" { Ok(()) } else { Err("`/info` is not answered with 200".into()) }
}
