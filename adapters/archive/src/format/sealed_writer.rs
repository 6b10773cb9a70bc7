//! Seals into the container of the Go daemon: AES-256-GCM frames under the master key. The layout stands in
//! `sealed_reader`, its counterpart.
//!
//! Does NOT know what is sealed.

use super::sealed_reader::{FINAL, SEALED_MAGIC, SEALED_VERSION};
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};
use std::io::{self, Write};

/// Plaintext bytes of every frame but the final one, which has as many or fewer.
const FRAME_BYTES: usize = 65_536;

/// Seals what is written into it. Dropped before `finish`, it leaves a container without its final frame, which every
/// reader refuses. The key schedule is wiped on drop.
pub struct SealedWriter<W> {
    inner: W,
    cipher: Aes256Gcm,
    stream_id: [u8; 8],
    frame: u32,
    /// Plaintext of the next frame, with room for its tag.
    plain: Vec<u8>,
}

impl<W: Write> SealedWriter<W> {
    /// Writes magic, version and a stream id drawn from the operating system.
    ///
    /// # Errors
    /// Those of `inner`, or there is no randomness.
    pub fn new(mut inner: W, key: &[u8; 32]) -> io::Result<Self> {
        let mut stream_id = [0; 8];
        getrandom::fill(&mut stream_id).map_err(io::Error::other)?;
        inner.write_all(&SEALED_MAGIC)?;
        inner.write_all(&[SEALED_VERSION])?;
        inner.write_all(&stream_id)?;
        let plain = Vec::with_capacity(FRAME_BYTES + 16);
        Ok(Self { inner, cipher: Aes256Gcm::new(key.into()), stream_id, frame: 0, plain })
    }

    /// Writes the final frame and returns the writer below, not flushed.
    ///
    /// # Errors
    /// Those of the writer below.
    pub fn finish(mut self) -> io::Result<W> {
        self.seal(FINAL)?;
        Ok(self.inner)
    }

    fn seal(&mut self, flags: u8) -> io::Result<()> {
        let counter = self.frame.to_be_bytes();
        let mut nonce = Nonce::default();
        nonce[..8].copy_from_slice(&self.stream_id);
        nonce[8..].copy_from_slice(&counter);
        let [c0, c1, c2, c3] = counter;
        let sealed = self.cipher.encrypt_in_place(&nonce, &[c0, c1, c2, c3, flags], &mut self.plain);
        sealed.map_err(|_| io::Error::other("a frame cannot be sealed"))?;
        let len = u32::try_from(self.plain.len()).map_err(io::Error::other)?;
        self.inner.write_all(&[flags])?;
        self.inner.write_all(&len.to_be_bytes())?;
        self.inner.write_all(&self.plain)?;
        self.plain.clear();
        // A nonce that came twice would give the key away.
        let next = self.frame.checked_add(1);
        self.frame = next.ok_or_else(|| io::Error::other("the archive is too large to be sealed"))?;
        Ok(())
    }
}

impl<W: Write> Write for SealedWriter<W> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        // A full frame waits for the next byte: it may be the final one.
        if self.plain.len() == FRAME_BYTES && !buffer.is_empty() {
            self.seal(0)?;
        }
        let taken = buffer.len().min(FRAME_BYTES - self.plain.len());
        self.plain.extend_from_slice(&buffer[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests;
