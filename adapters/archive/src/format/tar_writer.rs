//! Writes a tar stream: GNU headers, no owner names, the same bytes for the same input.
//!
//! Does NOT read files, walk folders or judge names, and writes no links or devices.

use std::io::Write;

use tar::{EntryType, Header};

use super::packer::PackError;

pub(super) const BLOCK: usize = 512;
const ZEROS: [u8; 2 * BLOCK] = [0; 2 * BLOCK];
/// Bytes of a name that fit into a header.
const NAME_MAX: usize = 100;

/// Writes members one after the other into `inner`. After an error the stream is unusable.
pub struct TarWriter<W> {
    inner: W,
    open: Option<OpenFile>,
}

struct OpenFile {
    path: String,
    announced: u64,
    got: u64,
}

impl<W: Write> TarWriter<W> {
    /// Writes nothing yet.
    pub fn new(inner: W) -> Self {
        Self { inner, open: None }
    }

    /// Begins a file of exactly `size` bytes. `mode` holds permission bits, `mtime` seconds since 1970 UTC.
    ///
    /// # Errors
    /// A name that is empty or holds a NUL; another file is open; the inner writer failed.
    pub fn begin_file(&mut self, path: &str, size: u64, mode: u32, mtime: u64) -> Result<(), PackError> {
        self.header(path, EntryType::Regular, size, mode, mtime)?;
        self.open = Some(OpenFile { path: path.to_owned(), announced: size, got: 0 });
        Ok(())
    }

    /// Adds bytes to the open file.
    ///
    /// # Errors
    /// More bytes than announced; no file is open; the inner writer failed.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        let file = self.open.as_mut().ok_or(PackError::OutOfOrder)?;
        file.got += bytes.len() as u64;
        if file.got > file.announced {
            let (path, announced, got) = (file.path.clone(), file.announced, file.got);
            return Err(PackError::TooLong { path, announced, got });
        }
        Ok(self.inner.write_all(bytes)?)
    }

    /// Ends the open file.
    ///
    /// # Errors
    /// Fewer bytes than announced; no file is open; the inner writer failed.
    pub fn end_file(&mut self) -> Result<(), PackError> {
        let OpenFile { path, announced, got } = self.open.take().ok_or(PackError::OutOfOrder)?;
        if got != announced {
            return Err(PackError::TooShort { path, announced, got });
        }
        self.pad(got)
    }

    /// Adds a folder; a missing final slash is added to its name.
    ///
    /// # Errors
    /// A name that is empty or holds a NUL; a file is open; the inner writer failed.
    pub fn directory(&mut self, path: &str, mode: u32, mtime: u64) -> Result<(), PackError> {
        let slash = if path.ends_with('/') || path.is_empty() { "" } else { "/" };
        self.header(&format!("{path}{slash}"), EntryType::Directory, 0, mode, mtime)
    }

    /// The writer below, which stands at the border between two members unless a file is open.
    pub fn inner_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// Writes the end mark and returns the writer below, not flushed.
    ///
    /// # Errors
    /// A file is open; the inner writer failed.
    pub fn finish(mut self) -> Result<W, PackError> {
        if self.open.is_some() {
            return Err(PackError::OutOfOrder);
        }
        self.inner.write_all(&ZEROS)?;
        Ok(self.inner)
    }

    fn header(
        &mut self,
        path: &str,
        kind: EntryType,
        size: u64,
        mode: u32,
        mtime: u64,
    ) -> Result<(), PackError> {
        if self.open.is_some() {
            return Err(PackError::OutOfOrder);
        }
        if path.is_empty() || path.contains('\0') {
            return Err(PackError::Name(path.escape_debug().to_string()));
        }
        let name = path.as_bytes();
        if name.len() > NAME_MAX {
            let len = name.len() as u64 + 1;
            self.block(b"././@LongLink", EntryType::GNULongName, len, 0o644, 0)?;
            self.inner.write_all(name)?;
            self.inner.write_all(b"\0")?;
            self.pad(len)?;
        }
        self.block(&name[..name.len().min(NAME_MAX)], kind, size, mode, mtime)
    }

    fn block(
        &mut self,
        name: &[u8],
        kind: EntryType,
        size: u64,
        mode: u32,
        mtime: u64,
    ) -> Result<(), PackError> {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(mode & 0o7777);
        header.set_mtime(mtime);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        Ok(self.inner.write_all(header.as_bytes())?)
    }

    fn pad(&mut self, size: u64) -> Result<(), PackError> {
        Ok(self.inner.write_all(&ZEROS[..padding(size)])?)
    }
}

/// Zero bytes that follow a body of `size` bytes.
pub(super) fn padding(size: u64) -> usize {
    let used = usize::from(u16::try_from(size % BLOCK as u64).unwrap_or(0));
    (BLOCK - used) % BLOCK
}

#[cfg(test)]
mod tests;
