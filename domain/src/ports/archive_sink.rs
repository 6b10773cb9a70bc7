//! Archive sink: where archives are put, whole or not at all.
//!
//! Does NOT know what is in them and does NOT read them back (`ports::archive_source`).

use super::BoxError;
use crate::archive::{ArchiveForm, Manifest, MemberPath};
use async_trait::async_trait;
use bytes::Bytes;

/// Keeps archives. Driven port; adapters: `archive` (a folder, a stream), `memory`.
///
/// # Contract (each line has a case in `loom_contract::archive_sink`)
/// - All or nothing: an archive exists only once `commit` returned `Ok`.
/// - A dropped staging leaves no trace.
/// - Write once: an existing id is refused at `begin`; of two stagings for one id the second `commit` fails and
///   the first archive stays as it is.
/// - Honest sizes: a file shorter or longer than announced is refused.
/// - The manifest is the last member, and every member before it comes in the order it was pushed.
/// - What was committed is read back equal by the matching source, in every form the sink knows.
/// - A sealed archive opens with what it was sealed for and with nothing else, and shows nothing of its members closed.
/// - A form the sink does not know, or cannot honour, is refused at `begin`; never is less sealed than was asked for.
#[async_trait]
pub trait ArchiveSink: Send + Sync {
    /// Opens a staging; dropping it before `commit` leaves no trace.
    async fn begin(&self, id: &ArchiveId, form: &ArchiveForm) -> Result<Box<dyn Staging>, SinkError>;
}

/// One archive on its way in.
#[async_trait]
pub trait Staging: Send {
    /// `Item::File` announces its size; its chunks follow until the next item that is none.
    async fn push(&mut self, item: Item) -> Result<(), SinkError>;
    /// Publishes durably: bytes and name are on disk before this returns.
    async fn commit(self: Box<Self>, manifest: &Manifest) -> Result<Receipt, SinkError>;
}

/// The name of an archive in its sink: a plain file name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArchiveId(String);

impl ArchiveId {
    /// Accepts a plain file name: not empty, not `.` or `..`, without `/` or NUL, at most 255 bytes.
    pub fn parse(name: &str) -> Option<Self> {
        let plain = !matches!(name, "" | "." | "..") && !name.contains(['/', '\0']) && name.len() <= 255;
        plain.then(|| Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ArchiveId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One piece of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A folder.
    Folder(MemberPath),
    /// A file of exactly `bytes` bytes begins.
    File {
        /// Its name.
        path: MemberPath,
        /// Its size.
        bytes: u64,
    },
    /// The next bytes of the file that began last, 1 byte to 1 MiB.
    Chunk(Bytes),
}

/// What a committed archive is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where it is, for people: a path, or `-` for a stream.
    pub location: String,
    /// Size in bytes as stored.
    pub bytes: u64,
    /// SHA-256 of the stored bytes, 64 lower-case hex digits.
    pub sha256: String,
}

/// Why an archive was not stored. Fragments read after "failed to store the archive: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// There is one of that name; it was not touched.
    #[error("`{0}` already exists\nhint: choose another --out, or remove the file first")]
    AlreadyExists(String),
    /// It cannot be packed or sealed like that.
    #[error("the archive cannot be sealed or packed as asked for: {0}")]
    Form(String),
    /// A file was not as long as announced.
    #[error("`{path}` has {got} bytes, {want} were announced")]
    SizeMismatch {
        /// The member.
        path: String,
        /// Announced.
        want: u64,
        /// Pushed.
        got: u64,
    },
    /// No room. What was staged is gone again.
    #[error("no space left in `{0}`; nothing was kept of the unfinished archive")]
    Full(String),
    /// The sink cannot be reached or written.
    #[error("`{location}` cannot be written: {source}\nhint: choose another --out, or mend this place")]
    Unavailable {
        /// Where.
        location: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}
