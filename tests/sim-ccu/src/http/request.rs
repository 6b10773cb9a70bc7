//! One request as it came. Does NOT keep a large body in memory: it goes to a temporary file.

use super::wire::{Stream, Wire};
use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::Path;

const MAX_HEAD: usize = 64 * 1024;
pub(super) const MAX_IN_MEMORY: u64 = 1024 * 1024;

/// A request with its body.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    /// As sent, nothing decoded.
    pub(crate) query: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Body,
}

/// What followed the head.
#[derive(Debug)]
pub(crate) enum Body {
    Memory(Vec<u8>),
    File(File, u64),
}

/// The head of a request, before its body is read.
pub(crate) struct Head {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl Request {
    /// The first header of that name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// A field of the query, or of a form in the body; decoded.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        let form = match &self.body {
            Body::Memory(bytes) if self.is_form() => String::from_utf8_lossy(bytes).into_owned(),
            _ => String::new(),
        };
        let mut pairs = self.query.split('&').chain(form.split('&')).filter_map(|pair| pair.split_once('='));
        pairs.find(|(key, _)| *key == name).map(|(_, value)| decode(value))
    }

    fn is_form(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
    }
}

impl Body {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Memory(bytes) => u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            Self::File(_, size) => *size,
        }
    }

    /// All of it, if it is small enough to be in memory.
    pub(crate) fn bytes(&self) -> &[u8] {
        if let Self::Memory(bytes) = self { bytes } else { &[] }
    }

    /// Reads it from its start.
    pub(crate) fn reader(&mut self) -> io::Result<Box<dyn Read + Send + '_>> {
        match self {
            Self::Memory(bytes) => Ok(Box::new(Cursor::new(&bytes[..]))),
            Self::File(file, _) => {
                file.seek(SeekFrom::Start(0))?;
                Ok(Box::new(file))
            }
        }
    }
}

impl Head {
    /// Reads up to the blank line; none if the peer went or sent no HTTP.
    pub(crate) async fn read<S: Stream>(wire: &mut Wire<S>) -> io::Result<Option<Self>> {
        let end = loop {
            if let Some(at) = wire.unread().windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            if wire.unread().len() > MAX_HEAD || !wire.more().await? {
                return Ok(None);
            }
        };
        let text = crate::value::from_latin1(&wire.take(end));
        let mut lines = text.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let (Some(method), Some(target)) = (words.next(), words.next()) else { return Ok(None) };
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(key, value)| (key.to_ascii_lowercase(), value.trim().to_owned()));
        Ok(Some(Self { method: method.into(), target: target.into(), headers: headers.collect() }))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.headers, name)
    }

    /// `METHOD /path`, for sentences about a violation.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.target.split('?').next().unwrap_or_default())
    }

    /// Whether a body may follow.
    pub(crate) fn may_have_body(&self) -> bool {
        self.method == "POST" || self.method == "PUT"
    }

    /// Reads the body of `size` bytes; none if it ended early.
    pub(crate) async fn with_body<S: Stream>(
        self,
        wire: &mut Wire<S>,
        size: u64,
        folder: &Path,
    ) -> io::Result<Option<Request>> {
        let Some(body) = read_body(wire, size, folder).await? else { return Ok(None) };
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let (path, query) = (path.to_owned(), query.to_owned());
        Ok(Some(Request { method: self.method, path, query, headers: self.headers, body }))
    }
}

async fn read_body<S: Stream>(wire: &mut Wire<S>, size: u64, folder: &Path) -> io::Result<Option<Body>> {
    if size <= MAX_IN_MEMORY {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let whole = wire.has(size).await?;
        return Ok(whole.then(|| Body::Memory(wire.take(size))));
    }
    let mut file = tempfile::tempfile_in(folder)?;
    let mut left = size;
    while left > 0 {
        if wire.unread().is_empty() && !wire.more().await? {
            return Ok(None);
        }
        let piece = wire.take(usize::try_from(left).unwrap_or(usize::MAX));
        file.write_all(&piece)?;
        left -= u64::try_from(piece.len()).unwrap_or(left);
    }
    Ok(Some(Body::File(file, size)))
}

fn header<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Undoes percent-encoding; `+` is a blank.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let code = code.and_then(|two| u8::from_str_radix(two, 16).ok());
        (rest, bytes) = match (first, code) {
            (b'%', Some(byte)) => (&tail[2..], [bytes, vec![byte]].concat()),
            (b'+', _) => (tail, [bytes, vec![b' ']].concat()),
            (other, _) => (tail, [bytes, vec![*other]].concat()),
        };
    }
    String::from_utf8(bytes).unwrap_or_else(|error| crate::value::from_latin1(error.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(decode("%40Ab%2f+1%4"), "@Ab/ 1%4");
        assert_eq!(decode("%E4"), "ä");
    }
}
