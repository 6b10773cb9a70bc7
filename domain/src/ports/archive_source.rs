//! Archive source: where archives are listed and read, whatever kind they are.
//!
//! Does NOT compare hashes with the manifest (`usecases::examine_archive`) and does NOT write archives.

use super::{ArchiveId, BoxError, Item};
use crate::archive::limits::Hostile;
use crate::archive::{ArchiveLock, Manifest, Openers};
use async_trait::async_trait;

/// Lists archives. Driven port; adapters: `archive` (a folder), `memory`. What cannot be looked into is listed under any
/// name, with the reason: nobody can say that it is no archive.
///
/// # Contract (each line has a case in `loom_contract::archive_source`)
/// - Every archive is listed, damaged ones with what is wrong; other files are not.
/// - An archive is listed under any name, but for one sealed for a passphrase, which only its name may tell.
/// - A sealed archive that nothing at hand opens is listed as locked, with its lock and what would open it; never as
///   damaged.
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
/// - A source that ends early, or whose bytes were changed anywhere, yields `Damaged` with the part, or refuses what the
///   change made of it, or names a wrong opener if what that is tried on was changed; never a shorter archive.
/// - A member the limits refuse yields `Hostile` before any of its bytes.
/// - A member after `manifest.json` is `Hostile`, and a listing shows such an archive as damaged.
/// - Dropping a reader in the middle is safe.
#[async_trait]
pub trait ArchiveSource: Send + Sync {
    /// Opens one archive; only sealed ones ask for an opener.
    async fn open(&self, id: &ArchiveId, openers: &Openers) -> Result<Box<dyn ArchiveReader>, SourceError>;
}

/// One archive being read.
#[async_trait]
pub trait ArchiveReader: Send {
    /// The next item; `None` once the archive was read to its very end and nothing follows it.
    async fn next(&mut self) -> Result<Option<Item>, SourceError>;
    /// How it is packed.
    fn kind(&self) -> ArchiveKind;
    /// For whom it was sealed, if it was.
    fn lock(&self) -> Option<&ArchiveLock>;
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
    /// A tar compressed by zstd.
    TarZst,
    /// A zip file.
    Zip,
}

impl ArchiveKind {
    /// The word for it in output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loom => "loom",
            Self::TarGz => "tar.gz",
            Self::TarZst => "tar.zst",
            Self::Zip => "zip",
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
    /// For whom it is sealed, if it is.
    pub lock: Option<ArchiveLock>,
    /// What it says of itself, or why that is not known.
    pub manifest: Result<Manifest, Undescribed>,
}

/// Why a listing does not show what an archive says of itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undescribed {
    /// It is sealed, and nothing at hand opens it; in words, what would.
    #[error("{0}")]
    Locked(String),
    /// It is sealed, a key at hand opens its beginning, and it was not opened any further; in words, what does.
    #[error("{0}")]
    Unopened(String),
    /// It is damaged or refused, in words.
    #[error("{0}")]
    Damaged(String),
    /// Nothing is known of it, for it cannot be read, in words: a missing right, a failing disk.
    #[error("{0}")]
    Unreadable(String),
}

impl From<SourceError> for Undescribed {
    fn from(error: SourceError) -> Self {
        match error {
            SourceError::NotFound(_) | SourceError::Unavailable { .. } => Self::Unreadable(error.to_string()),
            _ => Self::Damaged(error.to_string()),
        }
    }
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
    #[error(
        "the archive does not open: wrong master key, or its beginning is damaged\nhint: name the key of that time with --key-file; `key status --archives FOLDER` tells which one it is, where that is known"
    )]
    KeyWrong,
    /// It is sealed for a passphrase, and none was given.
    #[error(
        "no passphrase: the archive is sealed with one\nhint: name a file that holds it with --passphrase-file"
    )]
    PassphraseNeeded,
    /// It is sealed for another passphrase. The very beginning of a damaged one looks the same.
    #[error(
        "the archive does not open: wrong passphrase, or its beginning is damaged\nhint: name a file that holds the one of that time with --passphrase-file"
    )]
    PassphraseWrong,
    /// It is sealed for recipients, and no identity was given, or none of those; `recipients` tells of them.
    #[error(
        "no identity at hand opens the archive: it is sealed for {recipients}\nhint: name the file with the identity of one of them with --identity"
    )]
    IdentityNeeded {
        /// The recipients, in words.
        recipients: String,
    },
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
