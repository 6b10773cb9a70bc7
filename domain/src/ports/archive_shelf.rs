//! Archive shelf: committed archives as the bytes they are stored as, to be handed out or removed.
//!
//! Does NOT look inside them (`ports::archive_source`) and does NOT put them there (`ports::archive_sink`).

use super::{ArchiveId, BoxError, Content};
use async_trait::async_trait;
use jiff::Timestamp;

/// Hands out and removes stored archives. Driven port; adapters: `archive` (a folder), `memory`.
///
/// # Contract (each line has a case in `loom_contract::archive_shelf`)
/// - Every listed archive is found with its size, damaged ones too; anything else is not found.
/// - The tag stays as long as the bytes do, and is another one once they were changed.
/// - A range comes as exactly the stored bytes, in chunks of 1 byte to 1 MiB; an empty range has none.
/// - A range beyond the end is `OutOfRange`, before any byte.
/// - An archive that is not the one that was found is `Changed`, and one that is gone is `NotFound`.
/// - An archive that is changed while it is read comes whole as it was, or ends in an error; never shorter.
/// - A reader keeps its bytes when the archive is removed meanwhile, and dropping it in the middle is safe.
/// - A removed archive is gone for good, and can be removed once only; anything else is never removed.
#[async_trait]
pub trait ArchiveShelf: Send + Sync {
    /// Looks for one archive.
    async fn find(&self, id: &ArchiveId) -> Result<Option<StoredArchive>, ShelfError>;
    /// Opens `length` bytes from byte `offset` on of an archive that was found.
    async fn read(
        &self,
        archive: &StoredArchive,
        offset: u64,
        length: u64,
    ) -> Result<Box<dyn Content>, ShelfError>;
    /// Removes one archive; its bytes and its name are gone for good when this returns.
    async fn remove(&self, id: &ArchiveId) -> Result<(), ShelfError>;
}

/// One archive as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArchive {
    /// Its name.
    pub id: ArchiveId,
    /// Size in bytes.
    pub bytes: u64,
    /// When its bytes were last written, where that is known.
    pub modified_at: Option<Timestamp>,
    /// Names these very bytes: 1 to 64 lower-case letters, digits and `-`.
    pub tag: String,
}

/// Why an archive cannot be handed out or removed. Fragments read after "failed to reach the archive: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShelfError {
    /// There is none of that name.
    #[error("archive `{0}` does not exist")]
    NotFound(String),
    /// Its bytes are no longer those that were found.
    #[error("archive `{0}` was changed meanwhile\nhint: start again")]
    Changed(String),
    /// The range goes beyond its end.
    #[error("archive `{id}` has {bytes} bytes, {length} from byte {offset} on were asked for")]
    OutOfRange {
        /// The archive.
        id: String,
        /// Its size.
        bytes: u64,
        /// First byte asked for.
        offset: u64,
        /// How many were asked for.
        length: u64,
    },
    /// The shelf cannot be reached, read or written.
    #[error("`{location}` cannot be reached: {source}")]
    Unavailable {
        /// Where.
        location: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}
