//! Bytes that make an archive large and do not compress. Does NOT hold more than one block of them.

use std::io::{self, Read};

// Larger than the window of gzip, so that repeating it does not help.
const BLOCK: usize = 1024 * 1024;

/// So many bytes.
pub(crate) struct Filler {
    block: Vec<u8>,
    at: usize,
    left: u64,
}

impl Filler {
    pub(crate) fn new(size: u64) -> Self {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut block = Vec::with_capacity(BLOCK);
        while block.len() < BLOCK {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            block.extend_from_slice(&state.to_le_bytes());
        }
        Self { block, at: 0, left: size }
    }
}

impl Read for Filler {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.left).unwrap_or(usize::MAX);
        let count = buffer.len().min(left).min(self.block.len() - self.at);
        buffer[..count].copy_from_slice(&self.block[self.at..self.at + count]);
        self.at = (self.at + count) % self.block.len();
        self.left -= u64::try_from(count).unwrap_or(0);
        Ok(count)
    }
}
