//! Opens the sealed container of the Go daemon: AES-256-GCM frames under the master key.
//!
//! Does NOT write such containers and does not know what is sealed inside.
//!
//! Layout: magic `OCLBAK` and version 1, stream id of 8 bytes, then frames of: flags (bit 0 = final), length of the sealed
//! bytes as u32 big endian, sealed bytes with their tag. Nonce: stream id and frame number; associated data: frame
//! number and flags. Exactly one final frame ends the file.

use std::io::{self, Read};

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce};

use super::fill::fill;

/// The first bytes of a sealed container, before its version.
pub const SEALED_MAGIC: [u8; 6] = *b"OCLBAK";
/// The version this reader knows.
pub const SEALED_VERSION: u8 = 1;

const TAG_LEN: u32 = 16;
const SEALED_MAX: u32 = 65_536 + TAG_LEN;
pub(super) const FINAL: u8 = 1;

/// What is wrong with a sealed container. Reaches callers inside an [`io::Error`] of kind `InvalidData`.
///
/// Frames are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealedDamage {
    /// The file does not begin like a container of version 1.
    #[error("not a sealed container of version 1")]
    Header,
    /// Frame 0 does not open. A wrong key cannot be told from a damaged first frame.
    #[error(
        "the master key does not open the sealed container (another key sealed it, or its frame 0 is damaged)"
    )]
    WrongKey,
    /// A later frame does not open: damaged, dropped, swapped or taken from another container.
    #[error("sealed frame {0} is damaged, missing or out of order")]
    Frame(u64),
    /// The file ends inside a frame, or without the final one.
    #[error("the sealed container ends at frame {0} without its final frame")]
    Truncated(u64),
    /// A length no frame can have.
    #[error("sealed frame {frame} claims {len} bytes, between 16 and 65552 are possible")]
    Length {
        /// Number of the frame.
        frame: u64,
        /// Bytes claimed.
        len: u32,
    },
    /// Flag bits version 1 does not have.
    #[error("sealed frame {frame} has unknown flags {flags:#04x}")]
    Flags {
        /// Number of the frame.
        frame: u64,
        /// All flag bits.
        flags: u8,
    },
    /// More frames than the counter can number.
    #[error("the sealed container has too many frames")]
    TooManyFrames,
    /// The final frame is not the end of the file.
    #[error("trailing bytes after the final sealed frame")]
    TrailingBytes,
}

impl From<SealedDamage> for io::Error {
    fn from(damage: SealedDamage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}

/// Yields the plaintext of a sealed container, frame by frame and only after a frame was authenticated.
///
/// The end is reported only once the final frame was authenticated and found to be the end of the file. Errors of the
/// inner reader pass through. An error is final. The key schedule is wiped on drop.
pub struct SealedReader<R> {
    inner: R,
    /// Those of the keys that may fit; only one once frame 0 was opened.
    ciphers: Vec<Aes256Gcm>,
    stream_id: Option<[u8; 8]>,
    frame: u64,
    plain: Vec<u8>,
    served: usize,
    state: State,
}

#[derive(Clone, Copy)]
enum State {
    Open,
    Ended,
    Damaged(SealedDamage),
}

impl<R: Read> SealedReader<R> {
    /// Reads nothing yet. `inner` stands at the magic. The first of the keys that opens frame 0 opens them all.
    pub fn new<'a>(inner: R, keys: impl IntoIterator<Item = &'a [u8; 32]>) -> Self {
        let ciphers = keys.into_iter().map(|key| Aes256Gcm::new(key.into())).collect();
        Self { inner, ciphers, stream_id: None, frame: 0, plain: Vec::new(), served: 0, state: State::Open }
    }

    fn read_header(&mut self) -> io::Result<[u8; 8]> {
        let mut header = [0; 15];
        let have = fill(&mut self.inner, &mut header)?;
        let (magic, id) = header.split_at(7);
        let known = magic.starts_with(&SEALED_MAGIC) && magic.ends_with(&[SEALED_VERSION]);
        match id.first_chunk() {
            Some(id) if known && have == header.len() => Ok(*id),
            _ if known => Err(SealedDamage::Truncated(0).into()),
            _ => Err(SealedDamage::Header.into()),
        }
    }

    /// Opens the next frame into `plain`.
    fn next_frame(&mut self) -> io::Result<()> {
        let id = match self.stream_id {
            Some(id) => id,
            None => {
                let id = self.read_header()?;
                self.stream_id = Some(id);
                id
            }
        };
        let frame = self.frame;
        let counter = u32::try_from(frame).map_err(|_| SealedDamage::TooManyFrames)?.to_be_bytes();
        let mut head = [0; 5];
        if fill(&mut self.inner, &mut head)? < head.len() {
            return Err(SealedDamage::Truncated(frame).into());
        }
        let [flags, len @ ..] = head;
        if flags & !FINAL != 0 {
            return Err(SealedDamage::Flags { frame, flags }.into());
        }
        let len = u32::from_be_bytes(len);
        if !(TAG_LEN..=SEALED_MAX).contains(&len) {
            return Err(SealedDamage::Length { frame, len }.into());
        }
        self.plain.resize(len as usize, 0);
        if fill(&mut self.inner, &mut self.plain)? < self.plain.len() {
            return Err(SealedDamage::Truncated(frame).into());
        }
        let mut nonce = Nonce::default();
        nonce[..8].copy_from_slice(&id);
        nonce[8..].copy_from_slice(&counter);
        let [c0, c1, c2, c3] = counter;
        if !self.open_frame(&nonce, &[c0, c1, c2, c3, flags]) {
            self.plain.clear();
            return Err(if frame == 0 { SealedDamage::WrongKey } else { SealedDamage::Frame(frame) }.into());
        }
        self.frame += 1;
        self.served = 0;
        if flags == FINAL {
            if fill(&mut self.inner, &mut [0])? > 0 {
                return Err(SealedDamage::TrailingBytes.into());
            }
            self.state = State::Ended;
        }
        Ok(())
    }
}

impl<R> SealedReader<R> {
    /// Opens the frame in `plain` in its place.
    fn open_frame(&mut self, nonce: &Nonce<U12>, bound: &[u8]) -> bool {
        if self.ciphers.len() > 1 {
            let opens =
                |cipher: &Aes256Gcm| cipher.decrypt_in_place(nonce, bound, &mut self.plain.clone()).is_ok();
            if let Some(at) = self.ciphers.iter().position(opens) {
                self.ciphers = vec![self.ciphers.swap_remove(at)];
            }
        }
        let cipher = self.ciphers.first();
        cipher.is_some_and(|cipher| cipher.decrypt_in_place(nonce, bound, &mut self.plain).is_ok())
    }
}

impl<R: Read> Read for SealedReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            if let State::Damaged(damage) = self.state {
                return Err(damage.into());
            }
            let taken = buf.len().min(self.plain.len() - self.served);
            if taken > 0 || buf.is_empty() {
                buf[..taken].copy_from_slice(&self.plain[self.served..self.served + taken]);
                self.served += taken;
                return Ok(taken);
            }
            if let State::Ended = self.state {
                return Ok(0);
            }
            if let Err(e) = self.next_frame() {
                let damage = e.get_ref().and_then(|e| e.downcast_ref()).copied();
                self.state = State::Damaged(damage.unwrap_or(SealedDamage::Truncated(self.frame)));
                return Err(e);
            }
        }
    }
}

#[cfg(test)]
mod tests;
