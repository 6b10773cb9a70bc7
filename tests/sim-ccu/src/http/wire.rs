//! Bytes of a connection that were read and not yet used. Does NOT know what they mean.

use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What a connection is made of: TCP, or TLS on top of it.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection with its unread bytes.
pub(crate) struct Wire<S> {
    stream: S,
    unread: Vec<u8>,
}

impl<S: Stream> Wire<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, unread: Vec::new() }
    }

    /// Reads more; says whether there was any.
    pub(crate) async fn more(&mut self) -> io::Result<bool> {
        self.unread.reserve(64 * 1024);
        Ok(self.stream.read_buf(&mut self.unread).await? > 0)
    }

    /// Waits until `count` bytes are there; says whether they came.
    pub(crate) async fn has(&mut self, count: usize) -> io::Result<bool> {
        while self.unread.len() < count {
            if !self.more().await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What is there.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.unread
    }

    /// Takes up to `count` bytes of what is there.
    pub(crate) fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.unread.split_off(count.min(self.unread.len()));
        std::mem::replace(&mut self.unread, rest)
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await
    }

    /// Says goodbye properly; a peer that is gone does not mind.
    pub(crate) async fn close(&mut self) {
        let _gone = self.stream.shutdown().await;
    }

    /// Reads and forgets until the peer goes.
    pub(crate) async fn ignore(&mut self) {
        while matches!(self.more().await, Ok(true)) {
            self.unread.clear();
        }
    }
}
