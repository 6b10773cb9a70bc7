//! The bytes of a backup on their way into a central: counted for whoever watches, hashed for whoever applies them.
//!
//! Does NOT read them itself.

use crate::archive::hex;
use crate::ports::{Content, Progress, ReadError};
use async_trait::async_trait;
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::sync::{Arc, Mutex, PoisonError};

/// A content that tells what went through it.
pub(super) struct SentContent {
    inner: Box<dyn Content>,
    done: u64,
    progress: Arc<dyn Progress>,
    hash: SentHash,
}

/// SHA-256 of what was sent so far.
#[derive(Clone, Default)]
pub(super) struct SentHash(Arc<Mutex<Sha256>>);

impl SentContent {
    pub(super) fn new(inner: Box<dyn Content>, progress: Arc<dyn Progress>, hash: SentHash) -> Self {
        Self { inner, done: 0, progress, hash }
    }
}

#[async_trait]
impl Content for SentContent {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let chunk = self.inner.next_chunk().await?;
        if let Some(chunk) = &chunk {
            self.done += chunk.len() as u64;
            self.hash.0.lock().unwrap_or_else(PoisonError::into_inner).update(chunk);
            self.progress.reached(self.done);
        }
        Ok(chunk)
    }
}

impl SentHash {
    /// 64 lower-case hex digits.
    pub(super) fn so_far(&self) -> String {
        hex(&self.0.lock().unwrap_or_else(PoisonError::into_inner).clone().finalize())
    }
}
