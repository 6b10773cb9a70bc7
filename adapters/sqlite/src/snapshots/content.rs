//! The bytes of a snapshot on their way to the archive.
//!
//! Does NOT look into them. One chunk's memory is used again and again as long as whoever takes the chunks lets go
//! of one before asking for the next.

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use loom_domain::ports::{Content, MAX_CHUNK_BYTES, ReadError};
use std::fs::File;
use std::io::{self, Read};
use tokio::task::spawn_blocking;

/// A file whose bytes nobody else reads.
#[derive(Debug)]
pub(super) struct ScratchContent {
    name: String,
    /// `None` after a failure or a cancelled read: the place in the file is lost then.
    reader: Option<Reader>,
}

#[derive(Debug)]
struct Reader {
    file: File,
    buffer: BytesMut,
    remaining: u64,
}

impl ScratchContent {
    /// The `bytes` bytes of `file`; errors call it `name`.
    pub(super) fn new(name: String, file: File, bytes: u64) -> Self {
        Self { name, reader: Some(Reader { file, buffer: BytesMut::new(), remaining: bytes }) }
    }
}

#[async_trait]
impl Content for ScratchContent {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let failed = |source| ReadError { path: self.name.clone(), source };
        let mut reader = self.reader.take().ok_or_else(|| failed("an earlier read was not ended".into()))?;
        if reader.remaining == 0 {
            self.reader = Some(reader);
            return Ok(None);
        }
        let read = spawn_blocking(move || {
            let chunk = reader.read();
            (reader, chunk)
        });
        let (reader, chunk) = read.await.map_err(|error| failed(error.into()))?;
        let chunk = chunk.map_err(|error| failed(error.into()))?;
        self.reader = Some(reader);
        Ok(Some(chunk))
    }
}

impl Reader {
    fn read(&mut self) -> io::Result<Bytes> {
        let wanted =
            usize::try_from(self.remaining).map_or(MAX_CHUNK_BYTES, |left| left.min(MAX_CHUNK_BYTES));
        self.buffer.resize(wanted, 0);
        self.file.read_exact(&mut self.buffer)?;
        self.remaining -= wanted as u64;
        Ok(self.buffer.split().freeze())
    }
}
