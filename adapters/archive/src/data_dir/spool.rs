//! A file as it is at an instant: held in memory if it is small, copied into a nameless file if it is not.
//!
//! Does NOT make the instant atomic: a file rewritten in place while it is copied comes half old, half new, as any
//! reader would see it. What is promised is that the announced size is kept.

use crate::blocking::blocking;
use crate::kept_open::open_to_read;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::ports::{Content, MAX_CHUNK_BYTES, OpenFile, ReadError};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;

/// Opens a regular file, with the size it has now.
pub(super) fn open_at_an_instant(path: &Path, spool_dir: &Path) -> io::Result<OpenFile> {
    let file = open_to_read(path)?;
    let size = file.metadata()?.len();
    let mut now = file.take(size);
    if size <= MAX_CHUNK_BYTES as u64 {
        let mut bytes = Vec::new();
        now.read_to_end(&mut bytes)?;
        return Ok(OpenFile { bytes: bytes.len() as u64, content: Box::new(Held(bytes.into())) });
    }
    // Of no kind, so that a missing spool folder never passes for a missing file.
    let in_spool = |error: io::Error| {
        io::Error::other(format!("copying it into `{}` failed: {error}", spool_dir.display()))
    };
    // Created without a name, 0600: a killed process leaves nothing.
    let mut spool = tempfile::tempfile_in(spool_dir).map_err(in_spool)?;
    let bytes = io::copy(&mut now, &mut spool).map_err(in_spool)?;
    spool.rewind().map_err(in_spool)?;
    let spooled = Spooled { path: path.display().to_string(), file: Arc::new(spool), left: bytes };
    Ok(OpenFile { bytes, content: Box::new(spooled) })
}

/// A small file.
struct Held(Bytes);

#[async_trait]
impl Content for Held {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let bytes = std::mem::take(&mut self.0);
        Ok((!bytes.is_empty()).then_some(bytes))
    }
}

/// A large file's copy.
struct Spooled {
    path: String,
    file: Arc<File>,
    left: u64,
}

#[async_trait]
impl Content for Spooled {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let size = usize::try_from(self.left).unwrap_or(MAX_CHUNK_BYTES).min(MAX_CHUNK_BYTES);
        if size == 0 {
            return Ok(None);
        }
        let file = Arc::clone(&self.file);
        let read = blocking(move || {
            let mut chunk = vec![0; size];
            (&*file).read_exact(&mut chunk).map(|()| Bytes::from(chunk))
        });
        let chunk =
            read.await.map_err(|error| ReadError { path: self.path.clone(), source: error.into() })?;
        self.left -= chunk.len() as u64;
        Ok(Some(chunk))
    }
}
