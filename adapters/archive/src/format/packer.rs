//! Packs files and folders one after the other, whatever the format of the archive.
//!
//! Does NOT read files, judge names, hash members or know what becomes of the bytes.

use super::gzip_writer::ParallelGzWriter;
use super::tar_writer::TarWriter;
use super::zip_writer::ZipWriter;
use super::zst_writer::ZstWriter;
use loom_domain::archive::ArchiveFormat;
use std::io::{self, Write};

/// Packs members into a `W`. After an error it is unusable; dropping it before `finish` leaves `W` incomplete.
///
/// `mode` holds permission bits, `mtime` seconds since 1970 UTC. Names of folders may end with a slash.
pub trait Packer<W> {
    /// Adds a folder.
    ///
    /// # Errors
    /// An unusable name; a file is open; the writer below failed.
    fn directory(&mut self, path: &str, mode: u32, mtime: u64) -> Result<(), PackError>;

    /// Begins a file of exactly `bytes` bytes.
    ///
    /// # Errors
    /// An unusable name; another file is open; the writer below failed.
    fn begin_file(&mut self, path: &str, bytes: u64, mode: u32, mtime: u64) -> Result<(), PackError>;

    /// Adds bytes to the open file.
    ///
    /// # Errors
    /// More bytes than announced; no file is open; the writer below failed.
    fn write(&mut self, bytes: &[u8]) -> Result<(), PackError>;

    /// Ends the open file.
    ///
    /// # Errors
    /// Fewer bytes than announced; no file is open; the writer below failed.
    fn end_file(&mut self) -> Result<(), PackError>;

    /// Says that the next member is the manifest and the last one, so that a listing can find it without reading the
    /// rest. Called once, between two members.
    ///
    /// # Errors
    /// A file is open; the writer below failed.
    fn cut(&mut self) -> Result<(), PackError>;

    /// Writes what is left and returns the writer below, not flushed.
    ///
    /// # Errors
    /// A file is open; there was no `cut`; the writer below failed.
    fn finish(self: Box<Self>) -> Result<W, PackError>;
}

/// Lowercase fragments; they read after "failed to write the archive: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// The file was longer than announced; it probably changed while it was read.
    #[error("`{path}` has at least {got} bytes, {announced} were announced")]
    TooLong {
        /// Name of the member.
        path: String,
        /// Bytes announced.
        announced: u64,
        /// Bytes offered so far.
        got: u64,
    },
    /// The file was shorter than announced; it probably changed while it was read.
    #[error("`{path}` has {got} bytes, {announced} were announced")]
    TooShort {
        /// Name of the member.
        path: String,
        /// Bytes announced.
        announced: u64,
        /// Bytes that came.
        got: u64,
    },
    /// A name no archive can hold: empty, too long or with a NUL.
    #[error("`{0}` is no usable member name")]
    Name(String),
    /// A member was begun inside another, or bytes came outside of one: a mistake of the program.
    #[error("members out of order")]
    OutOfOrder,
    /// The writer below failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A packer of `format` into `inner`.
///
/// # Errors
/// When a thread cannot be started, or `inner` failed.
pub fn packer<W: Write + Send + 'static>(
    format: ArchiveFormat,
    inner: W,
) -> io::Result<Box<dyn Packer<W> + Send>> {
    Ok(match format {
        ArchiveFormat::TarGz => Box::new(TarWriter::new(ParallelGzWriter::new(inner)?)),
        ArchiveFormat::TarZst => Box::new(TarWriter::new(ZstWriter::new(inner)?)),
        ArchiveFormat::Zip => Box::new(ZipWriter::new(inner)),
    })
}

/// Compresses the tar of an archive and can be cut where its manifest begins.
pub trait Compress: Write {
    /// Where the compressed bytes go.
    type Inner;

    /// Begins the part that holds the manifest: it can be read without what comes before it.
    ///
    /// # Errors
    /// Those of the writer below.
    fn cut(&mut self) -> io::Result<()>;

    /// Writes what is left and returns the writer below.
    ///
    /// # Errors
    /// Those of the writer below.
    fn finish(self) -> io::Result<Self::Inner>;
}

impl<C: Compress> Packer<C::Inner> for TarWriter<C> {
    fn directory(&mut self, path: &str, mode: u32, mtime: u64) -> Result<(), PackError> {
        TarWriter::directory(self, path, mode, mtime)
    }

    fn begin_file(&mut self, path: &str, bytes: u64, mode: u32, mtime: u64) -> Result<(), PackError> {
        TarWriter::begin_file(self, path, bytes, mode, mtime)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), PackError> {
        TarWriter::write(self, bytes)
    }

    fn end_file(&mut self) -> Result<(), PackError> {
        TarWriter::end_file(self)
    }

    fn cut(&mut self) -> Result<(), PackError> {
        Ok(self.inner_mut().cut()?)
    }

    fn finish(self: Box<Self>) -> Result<C::Inner, PackError> {
        Ok(TarWriter::finish(*self)?.finish()?)
    }
}

impl<W: Write> Compress for ParallelGzWriter<W> {
    type Inner = W;

    fn cut(&mut self) -> io::Result<()> {
        ParallelGzWriter::cut(self)
    }

    fn finish(self) -> io::Result<W> {
        Ok(ParallelGzWriter::finish(self)?.0)
    }
}
