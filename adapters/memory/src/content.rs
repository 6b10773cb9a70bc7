//! Content in memory: bytes handed out in chunks.
//!
//! Does NOT say where they come from.

use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::ports::{Content, MAX_CHUNK_BYTES, ReadError};

/// Bytes that are read chunk by chunk, in chunks as large as allowed.
#[derive(Debug, Clone)]
pub struct MemoryContent(Bytes);

impl MemoryContent {
    /// Content of exactly these bytes.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }
}

#[async_trait]
impl Content for MemoryContent {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let chunk = self.0.split_to(self.0.len().min(MAX_CHUNK_BYTES));
        Ok((!chunk.is_empty()).then_some(chunk))
    }
}
