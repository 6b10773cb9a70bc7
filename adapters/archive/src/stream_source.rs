//! Archive source over a stream, such as standard input: one archive, read once.
//!
//! Does NOT buffer it: whoever wants to read it twice keeps a file.

use crate::unpacking::Unpacking;
use async_trait::async_trait;
use loom_domain::archive::Openers;
use loom_domain::archive::limits::Limits;
use loom_domain::ports::{ArchiveId, ArchiveReader, ArchiveSource, SourceError};
use std::io::Read;
use std::sync::{Mutex, PoisonError};

/// Reads one archive from a stream.
pub struct StreamSource {
    stream: Mutex<Option<Box<dyn Read + Send>>>,
}

impl StreamSource {
    /// A source over `stream`.
    pub fn new(stream: Box<dyn Read + Send>) -> Self {
        Self { stream: Mutex::new(Some(stream)) }
    }
}

#[async_trait]
impl ArchiveSource for StreamSource {
    async fn open(&self, id: &ArchiveId, openers: &Openers) -> Result<Box<dyn ArchiveReader>, SourceError> {
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner).take();
        let stream = stream.ok_or_else(|| SourceError::NotFound(id.to_string()))?;
        let unpacking =
            Unpacking::start(stream, "standard input".to_owned(), None, openers, Limits::default()).await?;
        Ok(Box::new(unpacking))
    }
}
