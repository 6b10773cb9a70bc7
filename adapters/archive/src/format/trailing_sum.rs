//! A SHA-256 over every byte of a file before it, at its very end: hashed on the way out, held against the bytes on the way
//! in.
//!
//! Does NOT know how a format stores the sum; its owner writes and compares it.

use std::io::{self, BufRead, Read, Write};

use sha2::{Digest, Sha256};

/// Bytes of such a sum.
pub(super) const SUM_LEN: usize = 32;

/// Counts and hashes what is written.
pub(super) struct Summing<W> {
    inner: W,
    hash: Sha256,
    bytes: u64,
}

impl<W: Write> Summing<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    /// Bytes written so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The sum of what was written so far.
    pub(super) fn sum(&self) -> [u8; SUM_LEN] {
        self.hash.clone().finalize().into()
    }

    pub(super) fn into_inner(self) -> W {
        self.inner
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buf)?;
        self.hash.update(&buf[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Bytes read at once.
const READ_BYTES: usize = 128 << 10;

/// Yields an input without its last `tail` bytes, which are there to look at once it is over.
pub(super) struct HeldTail<R> {
    inner: R,
    /// Bytes from `start` to `exposed` are lent; those from there to `end` may be the tail.
    buffer: Vec<u8>,
    start: usize,
    exposed: usize,
    end: usize,
    tail: usize,
    hash: Sha256,
    lent: u64,
    ended: bool,
}

impl<R: Read> HeldTail<R> {
    pub(super) fn new(inner: R, tail: usize) -> Self {
        let buffer = vec![0; READ_BYTES + tail];
        Self { inner, buffer, start: 0, exposed: 0, end: 0, tail, hash: Sha256::new(), lent: 0, ended: false }
    }

    /// Bytes consumed so far.
    pub(super) fn position(&self) -> u64 {
        self.lent - (self.exposed - self.start) as u64
    }

    /// The tail, once everything before it was consumed; shorter than asked for if the input is.
    pub(super) fn tail(&self) -> &[u8] {
        &self.buffer[self.exposed..self.end]
    }

    /// The sum of everything before the last `left_out` bytes of the input, once it is over.
    pub(super) fn sum_without(&self, left_out: usize) -> [u8; SUM_LEN] {
        let tail = self.tail();
        let mut hash = self.hash.clone();
        hash.update(&tail[..tail.len().saturating_sub(left_out)]);
        hash.finalize().into()
    }

    /// Reads until a byte may be lent or the input is over.
    fn refill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.exposed..self.end, 0);
        (self.end, self.start, self.exposed) = (self.end - self.exposed, 0, 0);
        while self.exposed == 0 && !self.ended {
            match self.inner.read(&mut self.buffer[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            self.exposed = self.end.saturating_sub(self.tail);
        }
        self.hash.update(&self.buffer[..self.exposed]);
        self.lent += self.exposed as u64;
        Ok(())
    }
}

impl<R: Read> BufRead for HeldTail<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.start == self.exposed && !self.ended {
            self.refill()?;
        }
        Ok(&self.buffer[self.start..self.exposed])
    }

    fn consume(&mut self, amount: usize) {
        self.start = self.exposed.min(self.start + amount);
    }
}

impl<R: Read> Read for HeldTail<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let lent = self.fill_buf()?;
        let taken = lent.len().min(buf.len());
        buf[..taken].copy_from_slice(&lent[..taken]);
        self.consume(taken);
        Ok(taken)
    }
}

/// The sum of the next `len` bytes of `reader`.
///
/// # Errors
/// Those of `reader`; `UnexpectedEof` if it has fewer.
pub(super) fn sum_of(reader: &mut impl Read, len: u64) -> io::Result<[u8; SUM_LEN]> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    let mut rest = reader.take(len);
    loop {
        match rest.read(&mut buffer) {
            Ok(0) if rest.limit() == 0 => return Ok(hash.finalize().into()),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => hash.update(&buffer[..read]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::samples::noise;

    /// Gives `step` bytes at a time.
    struct Dripping<'a>(&'a [u8], usize);

    impl Read for Dripping<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let step = self.1.min(buf.len());
            self.0.read(&mut buf[..step])
        }
    }

    #[test]
    fn the_tail_is_held_back_whatever_the_steps() {
        for len in [0, 1, 9, 10, 11, 100, READ_BYTES, READ_BYTES + 10, 3 * READ_BYTES + 7] {
            let bytes = noise(len);
            for step in [1, 7, 10, 4096, usize::MAX].into_iter().filter(|step| len / step < 200_000) {
                let mut held = HeldTail::new(Dripping(&bytes, step), 10);
                let mut body = Vec::new();
                held.read_to_end(&mut body).unwrap();
                let (wanted, tail) = bytes.split_at(len.saturating_sub(10));
                assert!(body == wanted && held.tail() == tail, "{len} bytes in steps of {step}");
                assert_eq!(held.position(), wanted.len() as u64);
                let summed = &bytes[..len.saturating_sub(4).max(wanted.len())];
                assert!(held.sum_without(4) == <[u8; SUM_LEN]>::from(Sha256::digest(summed)), "{len}");
            }
        }
    }

    #[test]
    fn what_is_written_is_counted_and_summed() {
        let bytes = noise(1000);
        let mut summing = Summing::new(Vec::new());
        summing.write_all(&bytes[..400]).unwrap();
        summing.write_all(&bytes[400..]).unwrap();
        assert_eq!((summing.bytes(), summing.sum()), (1000, Sha256::digest(&bytes).into()));
        assert!(summing.into_inner() == bytes);
    }
}
