//! The packing of an archive in memory: records, each with a digest over everything up to it.
//!
//! A record is a tag, a number of 8 bytes (the size of a file, else 0), the payload's length in 8 bytes, the payload
//! and 32 bytes of SHA-256. The first one names the format that was asked for. Does NOT judge what the records say
//! (`reading`).

use bytes::Bytes;
use loom_domain::archive::ArchiveFormat;
use loom_domain::ports::SourceError;
use sha2::{Digest, Sha256};

/// What every archive in memory begins with.
const MAGIC: &[u8; 16] = b"loom in memory\r\n";
const HEADER_BYTES: usize = 17;
const DIGEST_BYTES: usize = 32;

/// Says whether stored bytes begin like an archive.
pub(super) fn is_archive(stored: &[u8]) -> bool {
    stored.starts_with(MAGIC)
}

/// Packs records one after another.
pub(super) struct Packer {
    bytes: Vec<u8>,
    hash: Sha256,
}

impl Packer {
    pub(super) fn new(format: ArchiveFormat) -> Self {
        let mut packer = Self { bytes: MAGIC.to_vec(), hash: Sha256::new_with_prefix(MAGIC) };
        packer.record(b'A', 0, format.as_str().as_bytes());
        packer
    }

    pub(super) fn folder(&mut self, name: &[u8]) {
        self.record(b'D', 0, name);
    }

    pub(super) fn file(&mut self, name: &[u8], bytes: u64) {
        self.record(b'F', bytes, name);
    }

    pub(super) fn chunk(&mut self, chunk: &[u8]) {
        self.record(b'C', 0, chunk);
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.record(b'E', 0, b"");
        self.bytes
    }

    fn record(&mut self, tag: u8, number: u64, payload: &[u8]) {
        let start = self.bytes.len();
        self.bytes.push(tag);
        self.bytes.extend_from_slice(&number.to_le_bytes());
        self.bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
        self.bytes.extend_from_slice(payload);
        self.hash.update(&self.bytes[start..]);
        self.bytes.extend_from_slice(&self.hash.clone().finalize());
    }
}

/// One record, its digest checked.
pub(super) enum Record {
    Folder(Bytes),
    File { name: Bytes, bytes: u64 },
    Chunk(Bytes),
    End,
}

/// Unpacks records one after another.
pub(super) struct Unpacker {
    rest: Bytes,
    hash: Sha256,
    format: ArchiveFormat,
}

impl Unpacker {
    pub(super) fn new(mut stored: Bytes) -> Result<Self, SourceError> {
        if !is_archive(&stored) {
            return Err(SourceError::Foreign("it does not begin like an archive".to_owned()));
        }
        let magic = stored.split_to(MAGIC.len());
        let (hash, format) = (Sha256::new_with_prefix(&magic), ArchiveFormat::default());
        let mut unpacker = Self { rest: stored, hash, format };
        let (_, _, named) = unpacker.record()?;
        let named = std::str::from_utf8(&named).ok().and_then(ArchiveFormat::parse);
        unpacker.format = named.ok_or_else(|| damaged("it names no format"))?;
        Ok(unpacker)
    }

    /// The format that was asked for.
    pub(super) fn format(&self) -> ArchiveFormat {
        self.format
    }

    /// Bytes not unpacked yet.
    pub(super) fn rest(&self) -> u64 {
        self.rest.len() as u64
    }

    pub(super) fn next(&mut self) -> Result<Record, SourceError> {
        let (tag, number, payload) = self.record()?;
        match tag {
            b'D' => Ok(Record::Folder(payload)),
            b'F' => Ok(Record::File { name: payload, bytes: number }),
            b'C' => Ok(Record::Chunk(payload)),
            _ if self.rest.is_empty() => Ok(Record::End),
            _ => Err(damaged("bytes follow its end")),
        }
    }

    /// Tag, number and payload of the next record.
    fn record(&mut self) -> Result<(u8, u64, Bytes), SourceError> {
        let header = self.take(HEADER_BYTES as u64)?;
        let number = u64::from_le_bytes(std::array::from_fn(|at| header[1 + at]));
        let length = u64::from_le_bytes(std::array::from_fn(|at| header[9 + at]));
        let payload = self.take(length)?;
        let digest = self.take(DIGEST_BYTES as u64)?;
        self.hash.update(&header);
        self.hash.update(&payload);
        if digest != self.hash.clone().finalize().as_slice() {
            return Err(damaged("a record is not what its digest says"));
        }
        Ok((header[0], number, payload))
    }

    fn take(&mut self, bytes: u64) -> Result<Bytes, SourceError> {
        match usize::try_from(bytes) {
            Ok(bytes) if bytes <= self.rest.len() => Ok(self.rest.split_to(bytes)),
            _ => Err(damaged("it ends early")),
        }
    }
}

pub(super) fn damaged(part: impl Into<String>) -> SourceError {
    SourceError::Damaged { part: part.into() }
}
