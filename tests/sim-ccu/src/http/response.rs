//! One answer and how it is sent: cut, endless, silent or as it should be. Does NOT decide which.

use super::wire::{Stream, Wire};
use crate::sbk::Built;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

const PIECE: usize = 256 * 1024;

/// An answer to one request.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) payload: Payload,
    pub(crate) length: Length,
    /// Time before the first byte.
    pub(crate) wait: Duration,
    /// Whether the connection falls silent after the payload instead of going on.
    pub(crate) then_silence: bool,
}

/// The body.
pub(crate) enum Payload {
    Bytes(Vec<u8>),
    /// The first so many bytes of an archive.
    File(Arc<Built>, u64),
    Stream(Box<dyn Iterator<Item = Vec<u8>> + Send>),
    /// Nothing at all is sent, not even a status.
    Silence,
    /// The connection is closed without an answer.
    Drop,
}

/// What the head says about the length of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Known,
    /// The end of the connection is the end of the body.
    Untold,
    /// A lie.
    Claimed(u64),
}

impl Response {
    /// A body in memory, announced properly.
    pub(crate) fn new(status: u16, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type", kind.to_owned())],
            payload: Payload::Bytes(body.into()),
            length: Length::Known,
            wait: Duration::ZERO,
            then_silence: false,
        }
    }

    /// A page of the web interface.
    pub(crate) fn html(body: impl Into<Vec<u8>>) -> Self {
        Self::new(200, "text/html; charset=iso-8859-1", body)
    }

    /// Plain text.
    pub(crate) fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::new(status, "text/plain", body)
    }

    /// No answer; the connection stays open.
    pub(crate) fn silence() -> Self {
        Self { payload: Payload::Silence, ..Self::text(200, "") }
    }

    /// No answer; the connection is closed.
    pub(crate) fn drop_connection() -> Self {
        Self { payload: Payload::Drop, ..Self::text(200, "") }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends it; says whether the connection may be used again.
    pub(crate) async fn send<S: Stream>(self, wire: &mut Wire<S>, last: bool) -> io::Result<bool> {
        match self.payload {
            Payload::Silence => {
                wire.ignore().await;
                return Ok(false);
            }
            Payload::Drop => return Ok(false),
            _ => tokio::time::sleep(self.wait).await,
        }
        let real = match &self.payload {
            Payload::Bytes(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Payload::File(_, size) => *size,
            _ => 0,
        };
        let told = match self.length {
            Length::Known => Some(real),
            Length::Untold => None,
            Length::Claimed(size) => Some(size),
        };
        let goes_on = told == Some(real) && !last && !self.then_silence;
        wire.write(&self.head(told, goes_on)).await?;
        match self.payload {
            Payload::Bytes(bytes) => wire.write(&bytes).await?,
            Payload::File(archive, size) => send_file(wire, &archive, size).await?,
            Payload::Stream(pieces) => {
                for piece in pieces {
                    wire.write(&piece).await?;
                }
            }
            Payload::Silence | Payload::Drop => {}
        }
        if self.then_silence {
            wire.ignore().await;
        }
        Ok(goes_on)
    }

    fn head(&self, length: Option<u64>, goes_on: bool) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, reason(self.status));
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(length) = length {
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        head.push_str(if goes_on { "Connection: keep-alive\r\n" } else { "Connection: close\r\n" });
        head.push_str("Server: lighttpd\r\n\r\n");
        crate::value::latin1(&head)
    }
}

async fn send_file<S: Stream>(wire: &mut Wire<S>, archive: &Built, size: u64) -> io::Result<()> {
    let mut file = File::open(archive.path())?.take(size);
    let mut piece = vec![0; PIECE];
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        wire.write(&piece[..count]).await?;
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        301 => "Moved Permanently",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        411 => "Length Required",
        _ => "Service Unavailable",
    }
}
