//! Archive source: where archives are listed and read, whatever kind they are.
//!
//! Does NOT compare hashes with the manifest (`usecases::examine_archive`) and does NOT write archives.

use super::{ArchiveId, BoxError, Item};
use crate::archive::Manifest;
use crate::archive::limits::Hostile;
use crate::secret::MasterKey;
use async_trait::async_trait;

/// Lists archives. Driven port; adapters: `archive` (a folder), `memory`.
///
/// # Contract (each line has a case in `loom_contract::archive_source`)
/// - Every archive is listed, damaged ones with what is wrong; other files are not.
/// - One archive is described as the listing shows it, and what the listing does not show is not described.
#[async_trait]
pub trait ArchiveListing: Send + Sync {
    /// Looks at every archive there is, in no promised order.
    async fn list_archives(&self) -> Result<Vec<ListedArchive>, SourceError>;
    /// Looks at one archive; `None` if there is none of that name.
    async fn describe_archive(&self, id: &ArchiveId) -> Result<Option<ListedArchive>, SourceError>;
}

/// Reads archives. Driven port; adapters: `archive` (a folder, a stream), `memory`.
///
/// # Contract (each line has a case in `loom_contract::archive_source`)
/// - Opening an unknown id is `NotFound`.
/// - Items come as they were pushed, `manifest.json` last as an ordinary file.
/// - A source that ends early, or whose bytes were changed anywhere, yields `Damaged` with the part, or `Foreign` if it
///   no longer begins like an archive; never a shorter archive.
/// - A member the limits refuse yields `Hostile` before any of its bytes.
/// - Dropping a reader in the middle is safe.
#[async_trait]
pub trait ArchiveSource: Send + Sync {
    /// Opens one archive. `key` is asked for only by sealed ones.
    async fn open(
        &self,
        id: &ArchiveId,
        key: Option<&MasterKey>,
    ) -> Result<Box<dyn ArchiveReader>, SourceError>;
}

/// One archive being read.
#[async_trait]
pub trait ArchiveReader: Send {
    /// The next item; `None` once the archive was read to its very end and nothing follows it.
    async fn next(&mut self) -> Result<Option<Item>, SourceError>;
    /// What kind of archive this is.
    fn kind(&self) -> ArchiveKind;
    /// Stored bytes consumed so far, and stored bytes in all where that is known.
    fn position(&self) -> (u64, Option<u64>);
}

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveKind {
    /// Written by this project: every bit is covered by a checksum.
    Loom,
    /// An ordinary gzipped tar of another writer.
    TarGz,
    /// A sealed container `OCLBAK` around a gzipped tar.
    Sealed,
}

impl ArchiveKind {
    /// The word for it in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loom => "loom",
            Self::TarGz => "tar.gz",
            Self::Sealed => "sealed",
        }
    }
}

/// One archive as a listing shows it.
#[derive(Debug, Clone)]
pub struct ListedArchive {
    /// Its name.
    pub id: ArchiveId,
    /// Size in bytes as stored.
    pub bytes: u64,
    /// What it says of itself, or what is wrong with it.
    pub manifest: Result<Manifest, String>,
}

/// Why an archive cannot be read. Fragments read after "failed to read the archive: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// There is none of that name.
    #[error("archive `{0}` does not exist")]
    NotFound(String),
    /// It is damaged; `part` says where.
    #[error("the archive is damaged: {part}")]
    Damaged {
        /// Which part, and what is wrong there.
        part: String,
    },
    /// It breaks a limit no honest archive breaks.
    #[error("the archive is refused: {0}")]
    Hostile(#[from] Hostile),
    /// It holds something no archive of a data dir holds.
    #[error("the archive is refused: {0}")]
    Foreign(String),
    /// It is sealed and no key was given.
    #[error(
        "no master key: the archive is sealed\nhint: set OPENCCU_LOOM_SECRET_KEY, or name the key with --key-file"
    )]
    KeyNeeded,
    /// It is sealed and the key does not open its first frame.
    #[error("the archive does not open: wrong master key, or its beginning is damaged")]
    KeyWrong,
    /// The source cannot be reached or read.
    #[error("`{location}` cannot be read: {source}")]
    Unavailable {
        /// Where.
        location: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}
