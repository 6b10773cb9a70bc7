//! Data-dir files: what lies in a data dir, folder by folder, and the bytes of its plain files.
//!
//! Does NOT decide what goes into an archive (`archive::layout`), does NOT write, does NOT touch databases.

use super::{BoxError, Content, ReadError};
use crate::archive::MemberPath;
use async_trait::async_trait;

/// Reads a data dir. Driven port; adapters: `archive` (local folder), `memory`.
///
/// # Contract (each line has a case in `loom_contract::data_dir_files`)
/// - Entries come by name in byte order, each with its kind.
/// - A link to a file counts as that file.
/// - A link to a folder, a broken link, a socket, a FIFO or a device is `Other` with a word for it.
/// - A missing data dir is `Missing`, whatever is asked of it.
/// - An entry whose name no member can have is `BadName`.
/// - The head of a file is its first bytes, fewer if it is shorter.
/// - `open` yields the bytes of the file in chunks no larger than allowed.
/// - `open` yields exactly the announced number of bytes, even if the file grows, shrinks or vanishes meanwhile.
/// - A file that was removed after it was listed is `Vanished`; so is a folder.
#[async_trait]
pub trait DataDirFiles: Send + Sync {
    /// The entries of one folder; `None` is the data dir itself.
    async fn list(&self, folder: Option<&MemberPath>) -> Result<Vec<Entry>, FilesError>;
    /// The first `bytes` bytes of a file, fewer if it is shorter.
    async fn head(&self, path: &MemberPath, bytes: usize) -> Result<Vec<u8>, FilesError>;
    /// Opens one plain file at an instant.
    async fn open(&self, path: &MemberPath) -> Result<OpenFile, FilesError>;
}

/// One entry of a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path in the data dir.
    pub path: MemberPath,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file of so many bytes right now.
    File(u64),
    /// A folder.
    Folder,
    /// Something without content to keep, in a word: `socket`, `broken link`, …
    Other(&'static str),
}

/// A plain file opened for reading.
pub struct OpenFile {
    /// Exactly this many bytes will come.
    pub bytes: u64,
    /// The bytes.
    pub content: Box<dyn Content>,
}

/// Why a data dir cannot be read. Fragments read after "failed to read the data dir: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilesError {
    /// The folder does not exist.
    #[error(
        "folder `{0}` does not exist\nhint: name the right one with --config, or set OPENCCU_LOOM_DATA_DIR"
    )]
    Missing(String),
    /// Something else stands where the folder should be.
    #[error("`{0}` is no folder\nhint: name the right one with --config, or set OPENCCU_LOOM_DATA_DIR")]
    NoFolder(String),
    /// The file existed when it was listed and is gone now; that is no fault.
    #[error("`{0}` was removed meanwhile")]
    Vanished(String),
    /// No member can be named like this.
    #[error("{0}\nhint: rename it, or put a file named `.nobackup` into its folder to leave that folder out")]
    BadName(#[from] crate::archive::BadMemberPath),
    /// It is there and cannot be read.
    #[error("`{path}` cannot be read: {source}")]
    Unreadable {
        /// The entry.
        path: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}

impl From<ReadError> for FilesError {
    fn from(error: ReadError) -> Self {
        Self::Unreadable { path: error.path, source: error.source }
    }
}
