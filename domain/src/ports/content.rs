//! Content: the bytes of one file on their way, chunk by chunk.
//!
//! Does NOT say where they come from or go to.

use super::BoxError;
use async_trait::async_trait;
use bytes::Bytes;

/// Largest chunk in bytes; smaller ones may come at any time.
pub const MAX_CHUNK_BYTES: usize = 1 << 20;

/// A file being read. Its size was said when it was opened, and exactly that many bytes come.
#[async_trait]
pub trait Content: Send {
    /// The next chunk, 1 byte to [`MAX_CHUNK_BYTES`]; `None` after the last one.
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError>;
}

/// The bytes cannot be read to their end.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be read: {source}")]
pub struct ReadError {
    /// The file, as its port named it.
    pub path: String,
    /// Why.
    #[source]
    pub source: BoxError,
}
