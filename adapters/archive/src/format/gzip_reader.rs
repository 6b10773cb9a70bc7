//! Opens a gzip file of either origin: strictly and in parallel when this format wrote it, plainly when another tool did.
//!
//! Does NOT limit how much comes out; callers compare with [`GzReader::consumed`].

use std::io::{self, Chain, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::fill::fill;
use super::gzip_foreign::ForeignReader;
use super::gzip_member::{FIXED_LEN, is_loom_gzip};
use super::gzip_strict::StrictReader;

/// The plaintext of a gzip file.
///
/// The end is reported only once the last byte of the file was read and found to be part of a member. Damage is an
/// [`io::Error`] of kind `InvalidData` that holds a [`GzipDamage`](super::gzip_member::GzipDamage); errors of the inner
/// reader pass through unchanged. A file cut exactly between two members is not noticed here, but by the tar inside.
pub struct GzReader<R> {
    origin: Origin<Chain<Cursor<Vec<u8>>, R>>,
    consumed: Arc<AtomicU64>,
}

enum Origin<R> {
    Loom(StrictReader<R>),
    Foreign(ForeignReader<R>),
}

impl<R: Read> GzReader<R> {
    /// Reads the first bytes of `reader` to learn the origin.
    ///
    /// # Errors
    /// Those of `reader`, or when a thread cannot be started. Damage shows at the first `read`.
    pub fn new(mut reader: R) -> io::Result<Self> {
        let mut first = vec![0; FIXED_LEN];
        let have = fill(&mut reader, &mut first)?;
        first.truncate(have);
        if is_loom_gzip(&first) {
            return Self::strict(first, reader, 1, 0);
        }
        let consumed = Arc::new(AtomicU64::new(0));
        let foreign = ForeignReader::new(Cursor::new(first).chain(reader), Arc::clone(&consumed));
        Ok(Self { origin: Origin::Foreign(foreign), consumed })
    }

    /// Reads members of this format from a file that stands at member `member`, which begins at byte `offset`.
    pub(super) fn from_member(reader: R, member: u64, offset: u64) -> io::Result<Self> {
        Self::strict(Vec::new(), reader, member, offset)
    }

    /// Compressed bytes read so far, including a few members read ahead; for progress and ratio limits.
    pub fn consumed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.consumed)
    }

    fn strict(first: Vec<u8>, reader: R, member: u64, offset: u64) -> io::Result<Self> {
        let consumed = Arc::new(AtomicU64::new(0));
        let input = Cursor::new(first).chain(reader);
        let strict = StrictReader::new(input, member, offset, Arc::clone(&consumed))?;
        Ok(Self { origin: Origin::Loom(strict), consumed })
    }
}

impl<R: Read> Read for GzReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &mut self.origin {
            Origin::Loom(strict) => strict.read(buf),
            Origin::Foreign(foreign) => foreign.read(buf),
        }
    }
}

#[cfg(test)]
mod tests;
