//! Compresses a stream on several cores into gzip members that any gzip tool reads.
//!
//! Does NOT know what it compresses; the layout of a member is `gzip_member`'s, the way back is `gzip_reader`'s.

use std::io::{self, Write};
use std::mem;
use std::num::NonZero;

use libdeflater::{CompressionLvl, Compressor};

use super::gzip_member::{BLOCK_BYTES, HEADER_LEN, MEMBER_MAX, MemberHeader, PACKED_MAX, TRAILER_LEN};
use super::ordered_pool::{BLOCKS, OrderedPool, default_workers};

/// Level of libdeflate: the fastest that stays within 3 % of the size of `gzip -6` on state databases.
///
/// Measured on databases of paramset JSON: with mostly distinct values (packed 5:1) level 6 comes to 0.98 of that size
/// and level 5 to 1.01; with mostly repeated values (30:1) level 6 comes to 1.03, but level 5 to 1.20. Level 6 packs
/// about four times as fast as gzip on one core.
const LEVEL: i32 = 6;

/// Compresses what is written to it into `inner`, in blocks of 1 MiB.
///
/// Blocks are compressed by worker threads and written by the thread that calls, so an error of `inner` surfaces at a
/// later `write` or at [`finish`](Self::finish). After an error the output is unusable and every further call fails.
/// Memory is at most six blocks and their compressed forms. Dropping before `finish` leaves the output incomplete.
pub struct ParallelGzWriter<W> {
    inner: W,
    pool: OrderedPool<Block>,
    current: Block,
    free: Vec<Block>,
    blocks: usize,
    members: u64,
    written: u64,
    failed: bool,
}

impl<W: Write> ParallelGzWriter<W> {
    /// Starts as many workers as the machine has cores for.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn new(inner: W) -> io::Result<Self> {
        Self::with_workers(inner, default_workers())
    }

    /// Starts exactly `workers` workers; the output does not depend on their number.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn with_workers(inner: W, workers: NonZero<usize>) -> io::Result<Self> {
        let level = CompressionLvl::new(LEVEL).unwrap_or_default();
        let pool = OrderedPool::new("gzip-writer", workers, || {
            let mut compressor = Compressor::new(level);
            move |block: &mut Block| block.pack(&mut compressor)
        })?;
        let current = Block::new();
        Ok(Self { inner, pool, current, free: Vec::new(), blocks: 1, members: 0, written: 0, failed: false })
    }

    /// Ends the current member early and marks the next one as the place where the manifest starts.
    ///
    /// # Errors
    /// Those of the inner writer.
    pub fn cut(&mut self) -> io::Result<()> {
        if !self.current.plain.is_empty() {
            self.submit()?;
        }
        self.current.starts_manifest = true;
        Ok(())
    }

    /// Compresses the rest, flushes `inner` and returns it with the number of bytes it was given.
    ///
    /// # Errors
    /// Those of the inner writer, also of earlier blocks.
    pub fn finish(mut self) -> io::Result<(W, u64)> {
        let nothing_yet = self.members == 0;
        if nothing_yet || self.current.starts_manifest || !self.current.plain.is_empty() {
            self.submit()?;
        }
        while let Some(block) = self.collect()? {
            self.free.push(block);
        }
        self.inner.flush()?;
        Ok((self.inner, self.written))
    }

    fn submit(&mut self) -> io::Result<()> {
        let next = self.empty_block()?;
        self.pool.submit(mem::replace(&mut self.current, next));
        self.members += 1;
        Ok(())
    }

    /// Takes a block nobody uses, or waits for the oldest one in flight.
    fn empty_block(&mut self) -> io::Result<Block> {
        if self.blocks == BLOCKS
            && let Some(block) = self.collect()?
        {
            return Ok(block);
        }
        self.blocks += 1;
        Ok(Block::new())
    }

    /// Writes the oldest block in flight and returns it emptied.
    fn collect(&mut self) -> io::Result<Option<Block>> {
        if self.failed {
            return Err(io::Error::other("an earlier write to the archive failed"));
        }
        let Some(block) = self.pool.oldest() else { return Ok(None) };
        // Set until proven otherwise: whichever line below fails, a block is lost.
        self.failed = true;
        let mut block = block?;
        let member = block.packed()?;
        self.inner.write_all(member)?;
        self.written += member.len() as u64;
        self.failed = false;
        block.plain.clear();
        block.starts_manifest = false;
        Ok(Some(block))
    }
}

impl<W: Write> Write for ParallelGzWriter<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        if !buf.is_empty() && self.current.plain.len() == BLOCK_BYTES {
            self.submit()?;
        }
        let taken = buf.len().min(BLOCK_BYTES - self.current.plain.len());
        self.current.plain.extend_from_slice(&buf[..taken]);
        Ok(taken)
    }

    /// Does nothing: ending a block early would cost compression, and only `finish` makes the output whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Plain bytes per packed byte that no member exceeds. Readers refuse an archive that unpacks to far more than it holds
/// (`Limits::ratio` of the domain), and an honest state may hold long runs of zeros: what was backed up must restore.
const BELIEVABLE_RATIO: usize = 200;

/// A stored deflate block without content, byte-aligned when it begins at a byte (RFC 1951, 3.2.4). Inflates to nothing.
const EMPTY_STORED: [u8; 5] = [0, 0, 0, 0xff, 0xff];

/// A block and its compressed form; recycled, as fresh megabytes would cost a page fault per 4 KiB.
struct Block {
    plain: Vec<u8>,
    starts_manifest: bool,
    member: Vec<u8>,
    member_len: Option<usize>,
}

impl Block {
    fn new() -> Self {
        let (plain, member) = (Vec::with_capacity(BLOCK_BYTES), vec![0; MEMBER_MAX]);
        Self { plain, starts_manifest: false, member, member_len: None }
    }

    /// Turns `plain` into a gzip member.
    fn pack(&mut self, compressor: &mut Compressor) {
        self.member_len = None;
        let room = &mut self.member[HEADER_LEN..HEADER_LEN + PACKED_MAX];
        let Ok(packed_len) = compressor.deflate_compress(&self.plain, room) else { return };
        let packed_len = self.fill_up(packed_len);
        let (Ok(header_len), Ok(plain_len)) = (u32::try_from(packed_len), u32::try_from(self.plain.len()))
        else {
            return;
        };
        let trailer = HEADER_LEN + packed_len;
        let end = trailer + TRAILER_LEN;
        self.member[trailer..trailer + 4].copy_from_slice(&crc32fast::hash(&self.plain).to_le_bytes());
        self.member[trailer + 4..end].copy_from_slice(&plain_len.to_le_bytes());

        let mut header =
            MemberHeader { packed_len: header_len, sum: 0, starts_manifest: self.starts_manifest };
        let mut sum = header.begin_sum();
        sum.update(&self.member[HEADER_LEN..end]);
        header.sum = sum.finalize();
        self.member[..HEADER_LEN].copy_from_slice(&header.encode());
        self.member_len = Some(end);
    }

    /// Puts empty stored blocks before the deflate bytes of a block that compressed too well to be believed. Returns the
    /// new length.
    fn fill_up(&mut self, packed_len: usize) -> usize {
        let missing = (self.plain.len() / BELIEVABLE_RATIO).saturating_sub(packed_len);
        let filled = missing.next_multiple_of(EMPTY_STORED.len());
        let packed = &mut self.member[HEADER_LEN..];
        packed.copy_within(..packed_len, filled);
        for block in packed[..filled].chunks_exact_mut(EMPTY_STORED.len()) {
            block.copy_from_slice(&EMPTY_STORED);
        }
        packed_len + filled
    }

    fn packed(&self) -> io::Result<&[u8]> {
        let len = self.member_len.ok_or_else(|| io::Error::other("a block could not be compressed"))?;
        Ok(&self.member[..len])
    }
}

#[cfg(test)]
mod tests;
