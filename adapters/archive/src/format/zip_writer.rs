//! Packs members into a zip file as a stream.
//!
//! Does NOT seek, read files or judge names, and writes no links; the parts are `zip_layout`'s, the way back `zip_reader`'s.

use std::io::{self, Write};

use flate2::{Compress, Compression, FlushCompress, Status};
use loom_domain::archive::hex;

use super::members::MemberKind;
use super::packer::{PackError, Packer};
use super::trailing_sum::Summing;
use super::zip_layout::{Entry, ending};

/// The level of zip and gzip.
const LEVEL: u32 = 6;

/// Compressed bytes handed on at once.
const OUT_BYTES: usize = 128 << 10;
/// Plaintext bytes taken at once.
const STEP_BYTES: usize = 64 << 10;

/// Plain bytes per compressed byte that no archive exceeds by much. Readers refuse one that unpacks to far more than it
/// holds (`Limits::ratio` of the domain), and an honest state may hold long runs of zeros: what was backed up must restore.
const BELIEVABLE_RATIO: u64 = 200;
/// Plaintext bytes below which nobody asks.
const FIRST_LOOK: u64 = 64 << 20;
/// A flush behind every so many bytes of zeros gives about nine compressed bytes for them.
const FLUSH_EVERY: usize = 1 << 10;

/// Packs members into `inner`. After an error the output is unusable. Dropping before `finish` leaves it incomplete.
///
/// Holds about 100 bytes and the name of each member until the end.
pub struct ZipWriter<W> {
    out: Summing<W>,
    deflate: Compress,
    packed: Vec<u8>,
    open: Option<OpenFile>,
    directory: Vec<u8>,
    entries: u64,
    plain: u64,
    manifest: Option<u64>,
}

struct OpenFile {
    entry: Entry,
    hash: crc32fast::Hasher,
    got: u64,
    begins: u64,
}

impl<W: Write> ZipWriter<W> {
    /// Writes nothing yet.
    pub fn new(inner: W) -> Self {
        Self {
            out: Summing::new(inner),
            deflate: Compress::new(Compression::new(LEVEL), false),
            packed: vec![0; OUT_BYTES],
            open: None,
            directory: Vec::new(),
            entries: 0,
            plain: 0,
            manifest: None,
        }
    }

    /// Writes the header of a member.
    fn begin(
        &mut self,
        path: &str,
        kind: MemberKind,
        size: u64,
        mode: u32,
        mtime: u64,
    ) -> Result<Entry, PackError> {
        if self.open.is_some() {
            return Err(PackError::OutOfOrder);
        }
        if path.is_empty() || path.contains('\0') || u16::try_from(path.len()).is_err() {
            return Err(PackError::Name(path.escape_debug().to_string()));
        }
        let entry = Entry {
            path: path.as_bytes().to_vec(),
            kind,
            size,
            mode: u16::try_from(mode & 0o7777).unwrap_or(0),
            mtime: u32::try_from(mtime).unwrap_or(u32::MAX),
            offset: self.out.bytes(),
            crc: 0,
            packed: 0,
        };
        self.out.write_all(&entry.local())?;
        Ok(entry)
    }

    /// Writes what stands behind a member.
    fn end(&mut self, entry: &Entry) -> io::Result<()> {
        self.out.write_all(&entry.descriptor())?;
        self.directory.extend(entry.central());
        self.entries += 1;
        Ok(())
    }

    /// Compresses `plain` and writes what comes out of it.
    fn compress(&mut self, mut plain: &[u8], flush: FlushCompress) -> io::Result<()> {
        loop {
            let (taken, given) = (self.deflate.total_in(), self.deflate.total_out());
            let status = self.deflate.compress(plain, &mut self.packed, flush).map_err(io::Error::other)?;
            let progress = |now: u64, before| usize::try_from(now - before).map_err(io::Error::other);
            let (taken, given) =
                (progress(self.deflate.total_in(), taken)?, progress(self.deflate.total_out(), given)?);
            plain = &plain[taken..];
            self.out.write_all(&self.packed[..given])?;
            // Less than there was room for: nothing is left inside that was to come out.
            let through = plain.is_empty() && given < self.packed.len();
            if status == Status::StreamEnd || through && flush != FlushCompress::Finish {
                return Ok(());
            }
        }
    }
}

impl<W: Write> Packer<W> for ZipWriter<W> {
    fn directory(&mut self, path: &str, mode: u32, mtime: u64) -> Result<(), PackError> {
        let slash = if path.ends_with('/') || path.is_empty() { "" } else { "/" };
        let entry = self.begin(&format!("{path}{slash}"), MemberKind::Directory, 0, mode, mtime)?;
        Ok(self.end(&entry)?)
    }

    fn begin_file(&mut self, path: &str, bytes: u64, mode: u32, mtime: u64) -> Result<(), PackError> {
        if path.ends_with('/') {
            return Err(PackError::Name(path.escape_debug().to_string()));
        }
        let entry = self.begin(path, MemberKind::File, bytes, mode, mtime)?;
        self.deflate.reset();
        let begins = self.out.bytes();
        self.open = Some(OpenFile { entry, hash: crc32fast::Hasher::new(), got: 0, begins });
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        let file = self.open.as_mut().ok_or(PackError::OutOfOrder)?;
        file.got += bytes.len() as u64;
        if file.got > file.entry.size {
            let path = String::from_utf8_lossy(&file.entry.path).into_owned();
            return Err(PackError::TooLong { path, announced: file.entry.size, got: file.got });
        }
        file.hash.update(bytes);
        for step in bytes.chunks(STEP_BYTES) {
            self.plain += step.len() as u64;
            if self.plain > FIRST_LOOK && self.plain / BELIEVABLE_RATIO > self.out.bytes() {
                for part in step.chunks(FLUSH_EVERY) {
                    self.compress(part, FlushCompress::Sync)?;
                }
            } else {
                self.compress(step, FlushCompress::None)?;
            }
        }
        Ok(())
    }

    fn end_file(&mut self) -> Result<(), PackError> {
        let OpenFile { mut entry, hash, got, begins } = self.open.take().ok_or(PackError::OutOfOrder)?;
        if got != entry.size {
            let path = String::from_utf8_lossy(&entry.path).into_owned();
            return Err(PackError::TooShort { path, announced: entry.size, got });
        }
        self.compress(&[], FlushCompress::Finish)?;
        (entry.crc, entry.packed) = (hash.finalize(), self.out.bytes() - begins);
        Ok(self.end(&entry)?)
    }

    fn cut(&mut self) -> Result<(), PackError> {
        if self.open.is_some() {
            return Err(PackError::OutOfOrder);
        }
        self.manifest = Some(self.out.bytes());
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<W, PackError> {
        let (Some(manifest), None) = (self.manifest, &self.open) else { return Err(PackError::OutOfOrder) };
        let (offset, len) = (self.out.bytes(), self.directory.len() as u64);
        self.out.write_all(&self.directory)?;
        self.out.write_all(&ending(self.entries, offset, len, manifest))?;
        let sum = self.out.sum();
        self.out.write_all(hex(&sum).as_bytes())?;
        Ok(self.out.into_inner())
    }
}

#[cfg(test)]
mod tests;
