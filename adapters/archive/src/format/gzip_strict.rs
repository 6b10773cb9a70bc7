//! Reads gzip members of this format in parallel and refuses everything else.
//!
//! Does NOT accept foreign gzip files (`gzip_foreign`) or decide which of the two a file is (`gzip_reader`).

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use libdeflater::Decompressor;

use super::fill::fill;
use super::gzip_member::{
    BLOCK_BYTES, GzipDamage, GzipFault, HEADER_LEN, MEMBER_MAX, MemberHeader, TRAILER_LEN, plain_len,
};
use super::ordered_pool::{BLOCKS, OrderedPool, default_workers};

/// The calling thread cuts the input into members, workers check and inflate them.
///
/// Reads ahead by at most six members. An error is final: later reads fail too.
pub(super) struct StrictReader<R> {
    inner: R,
    pool: OrderedPool<Block>,
    free: Vec<Block>,
    blocks: usize,
    current: Option<Block>,
    served: usize,
    next_member: u64,
    next_offset: u64,
    input: Input,
    consumed: Arc<AtomicU64>,
}

enum Input {
    Open,
    /// Reported once every member before it was handed out.
    Damaged(io::Error),
    Ended,
    Failed,
}

impl<R: Read> StrictReader<R> {
    /// `inner` stands at the first byte of member `member`, which is byte `offset` of the file.
    pub(super) fn new(inner: R, member: u64, offset: u64, consumed: Arc<AtomicU64>) -> io::Result<Self> {
        let pool = OrderedPool::new("gzip-reader", default_workers(), || {
            let mut decompressor = Decompressor::new();
            move |block: &mut Block| block.inflate(&mut decompressor)
        })?;
        Ok(Self {
            inner,
            pool,
            free: Vec::new(),
            blocks: 0,
            current: None,
            served: 0,
            next_member: member,
            next_offset: offset,
            input: Input::Open,
            consumed,
        })
    }

    /// Keeps the workers busy with as many members as there are blocks.
    fn read_ahead(&mut self) {
        while let Input::Open = self.input {
            let mut block = match self.free.pop() {
                Some(block) => block,
                None if self.blocks < BLOCKS => {
                    self.blocks += 1;
                    Block::new()
                }
                None => return,
            };
            match self.read_member(&mut block) {
                Ok(true) => self.pool.submit(block),
                Ok(false) => self.input = Input::Ended,
                Err(e) => self.input = Input::Damaged(e),
            }
        }
    }

    /// Reads the next member into `block`; false at the end of the input.
    fn read_member(&mut self, block: &mut Block) -> io::Result<bool> {
        let (member, offset) = (self.next_member, self.next_offset);
        let at = |what| GzipDamage { member, offset, what };
        let (head, body) = block.member.split_at_mut(HEADER_LEN);
        let have = fill(&mut self.inner, head)?;
        if have == 0 && member > 1 {
            return Ok(false);
        }
        let header = parse_header(head, have, member).map_err(at)?;
        let body = &mut body[..header.body_len()];
        let body_have = fill(&mut self.inner, body)?;
        self.consumed.fetch_add((have + body_have) as u64, Ordering::Relaxed);
        if body_have < body.len() {
            return Err(at(GzipFault::Truncated).into());
        }
        (block.header, block.number, block.offset) = (header, member, offset);
        self.next_member = member + 1;
        self.next_offset = offset + (have + body_have) as u64;
        Ok(true)
    }

    /// Makes `current` the next block, which may be empty; false at the end.
    fn advance(&mut self) -> io::Result<bool> {
        self.free.extend(self.current.take());
        self.read_ahead();
        match self.pool.oldest() {
            Some(block) => {
                let block = block?;
                block.plain_len.map_err(|what| block.damage(what))?;
                (self.current, self.served) = (Some(block), 0);
                Ok(true)
            }
            None => match std::mem::replace(&mut self.input, Input::Ended) {
                Input::Damaged(e) => Err(e),
                _ => Ok(false),
            },
        }
    }
}

impl<R: Read> Read for StrictReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if let Input::Failed = self.input {
            return Err(io::Error::other("an earlier read of the archive failed"));
        }
        loop {
            if let Some(block) = &self.current {
                let plain = block.plain();
                let taken = buf.len().min(plain.len() - self.served);
                if taken > 0 || buf.is_empty() {
                    buf[..taken].copy_from_slice(&plain[self.served..self.served + taken]);
                    self.served += taken;
                    return Ok(taken);
                }
            }
            match self.advance() {
                Ok(true) => {}
                Ok(false) => return Ok(0),
                Err(e) => {
                    self.input = Input::Failed;
                    return Err(e);
                }
            }
        }
    }
}

/// Judges `have` bytes that stand where a header should.
pub(super) fn parse_header(head: &[u8], have: usize, member: u64) -> Result<MemberHeader, GzipFault> {
    match head.first_chunk() {
        _ if member > 1 && !head[..have].starts_with(&[0x1f]) => Err(GzipFault::TrailingBytes),
        Some(head) if have == HEADER_LEN => MemberHeader::parse(head),
        _ => Err(GzipFault::Truncated),
    }
}

/// A member and its plaintext; recycled, as fresh megabytes would cost a page fault per 4 KiB.
struct Block {
    member: Vec<u8>,
    header: MemberHeader,
    number: u64,
    offset: u64,
    plain: Vec<u8>,
    plain_len: Result<usize, GzipFault>,
}

impl Block {
    fn new() -> Self {
        Self {
            member: vec![0; MEMBER_MAX],
            header: MemberHeader { packed_len: 0, sum: 0, starts_manifest: false },
            number: 0,
            offset: 0,
            plain: vec![0; BLOCK_BYTES],
            plain_len: Ok(0),
        }
    }

    fn inflate(&mut self, decompressor: &mut Decompressor) {
        let member = &self.member[..HEADER_LEN + self.header.body_len()];
        self.plain_len = inflate(&self.header, member, &mut self.plain, decompressor);
    }

    fn plain(&self) -> &[u8] {
        &self.plain[..self.plain_len.unwrap_or(0)]
    }

    fn damage(&self, what: GzipFault) -> GzipDamage {
        GzipDamage { member: self.number, offset: self.offset, what }
    }
}

/// Checks a whole member and inflates it into `plain`.
fn inflate(
    header: &MemberHeader,
    member: &[u8],
    plain: &mut [u8],
    decompressor: &mut Decompressor,
) -> Result<usize, GzipFault> {
    let mut sum = header.begin_sum();
    sum.update(&member[HEADER_LEN..]);
    if sum.finalize() != header.sum {
        return Err(GzipFault::PackedSum);
    }
    let len = plain_len(member.last_chunk::<TRAILER_LEN>().ok_or(GzipFault::Truncated)?)?;
    // This also compares the plaintext with the trailer.
    match decompressor.gzip_decompress(member, &mut plain[..len]) {
        Ok(got) if got == len => Ok(len),
        _ => Err(GzipFault::Content),
    }
}
