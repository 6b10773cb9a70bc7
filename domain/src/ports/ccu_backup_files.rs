//! CCU backup files: the bytes of stored `.sbk` files, judged on their way in.
//!
//! Does NOT keep their records (`ports::ccu_backups`) and does NOT talk to centrals.

use super::{BoxError, Content};
use crate::ccu_backup::CcuBackupId;
use crate::sbk::SbkVerdict;
use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;

/// Keeps the bytes of CCU backups. Driven port; adapters: `archive` (a folder), `memory`.
///
/// # Contract (each line has a case in `loom_contract::ccu_backup_files`)
/// - A committed file is found with its size and read byte for byte; one that was not committed is never found.
/// - A file that was judged bad cannot be committed, and leaves nothing.
/// - Dropping a staging leaves nothing, whatever was written.
/// - The second commit of one id is `AlreadyExists`, and the first file stays.
/// - A range comes as exactly the stored bytes; one beyond the end is `OutOfRange`.
/// - A removed file is gone; a reader that has it keeps its bytes.
/// - Every stored file is listed by id in byte order, whoever put it there; nothing else is.
#[async_trait]
pub trait CcuBackupFiles: Send + Sync {
    /// Opens a staging for the file of that id; dropping it before `commit` leaves no trace.
    async fn begin(&self, id: &CcuBackupId) -> Result<Box<dyn SbkStaging>, CcuFilesError>;
    /// Looks for one file.
    async fn find(&self, id: &CcuBackupId) -> Result<Option<StoredSbk>, CcuFilesError>;
    /// Opens `length` bytes from byte `offset` on of a file that was found.
    async fn read(
        &self,
        file: &StoredSbk,
        offset: u64,
        length: u64,
    ) -> Result<Box<dyn Content>, CcuFilesError>;
    /// Removes one file for good.
    async fn remove(&self, id: &CcuBackupId) -> Result<(), CcuFilesError>;
    /// Every stored file.
    async fn list(&self) -> Result<Vec<StoredSbk>, CcuFilesError>;
}

/// Judges stored files again. Driven port; adapters: `archive` (a folder), `memory`.
///
/// # Contract (each line has a case in `loom_contract::ccu_backup_files`)
/// - The verdict on a stored file is the one it was committed with, as long as its bytes are.
#[async_trait]
pub trait CcuBackupJudging: Send + Sync {
    /// Reads a stored file to its end and judges it.
    async fn judge(&self, id: &CcuBackupId) -> Result<SbkVerdict, CcuFilesError>;
}

/// One `.sbk` file on its way in.
#[async_trait]
pub trait SbkStaging: Send {
    /// Appends the next bytes. Refuses with `Hopeless` as soon as no more bytes can make it good, and with `Full` when there
    /// is no room.
    async fn write(&mut self, chunk: Bytes) -> Result<(), CcuFilesError>;
    /// Ends the writing and judges what came. `announced` is the size the sender named.
    async fn judge(&mut self, announced: Option<u64>) -> Result<SbkVerdict, CcuFilesError>;
    /// Publishes a file that was judged good, durably: bytes and name are on disk before this returns.
    async fn commit(self: Box<Self>) -> Result<StoredSbk, CcuFilesError>;
}

/// One stored file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredSbk {
    /// Its id.
    pub id: CcuBackupId,
    /// Size in bytes.
    pub bytes: u64,
    /// When its bytes were last written, where that is known.
    pub modified_at: Option<Timestamp>,
    /// Names these very bytes: 1 to 64 lower-case letters, digits and `-`.
    pub tag: String,
}

/// Why the bytes of a CCU backup cannot be kept or had. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CcuFilesError {
    /// There is none.
    #[error("the file of CCU backup `{0}` does not exist")]
    NotFound(CcuBackupId),
    /// There is one already.
    #[error("the file of CCU backup `{0}` already exists")]
    AlreadyExists(CcuBackupId),
    /// Its bytes are no longer those that were found.
    #[error("the file of CCU backup `{0}` was changed meanwhile\nhint: start again")]
    Changed(CcuBackupId),
    /// The range goes beyond its end.
    #[error("the file of CCU backup `{id}` has {bytes} bytes, {length} from byte {offset} on were asked for")]
    OutOfRange {
        /// The backup.
        id: CcuBackupId,
        /// Its size.
        bytes: u64,
        /// First byte asked for.
        offset: u64,
        /// How many were asked for.
        length: u64,
    },
    /// No more bytes can make it a good backup: judge it to learn why.
    #[error("what came is no system backup")]
    Hopeless,
    /// It was not judged good, so it is not kept.
    #[error("only what was judged good is kept")]
    NotGood,
    /// No room. What was written is gone again.
    #[error(
        "no space left in `{0}`; nothing was kept of the unfinished file\nhint: make room, or set `backup.dir` to another place"
    )]
    Full(String),
    /// The place cannot be reached, read or written.
    #[error("`{location}` cannot be reached: {source}")]
    Unavailable {
        /// Where.
        location: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}
