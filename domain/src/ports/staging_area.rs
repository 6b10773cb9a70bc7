//! Staging area: a private place where members of an archive are written before anything live is touched.
//!
//! Does NOT publish anything; `ports::restore_target` does. A scratch area never does.

use super::BoxError;
use crate::archive::{ArchiveLock, MemberPath};
use async_trait::async_trait;
use bytes::Bytes;
use std::path::PathBuf;

/// Receives files one after another. Dropping it removes everything in it.
///
/// # Contract (each line has a case in `loom_contract::staging_area`)
/// - A file is at the location `end_file` returned, with exactly the bytes written.
/// - A folder can be created before, after and without files in it.
/// - Files and folders are readable by their owner only.
/// - Dropping the area removes all of it, also when a file was not ended.
#[async_trait]
pub trait StagingArea: Send {
    /// Begins the file `path` of `bytes` bytes; the one before it must have ended.
    async fn begin_file(&mut self, path: &MemberPath, bytes: u64) -> Result<(), StagingError>;
    /// Appends to the file that began last.
    async fn write(&mut self, chunk: Bytes) -> Result<(), StagingError>;
    /// Ends the file; returns where it lies.
    async fn end_file(&mut self) -> Result<PathBuf, StagingError>;
    /// Creates an empty folder.
    async fn folder(&mut self, path: &MemberPath) -> Result<(), StagingError>;
}

/// Opens scratch areas: private, never published. Driven port; adapters: `archive`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::staging_area`)
/// - Two scratch areas never share a file.
#[async_trait]
pub trait ScratchAreas: Send + Sync {
    /// A new, empty area for what an archive with this lock holds; `None` for what is open to everybody.
    async fn open_scratch(&self, lock: Option<&ArchiveLock>) -> Result<Box<dyn StagingArea>, StagingError>;
}

/// Why something could not be staged. Fragments read after "failed to unpack the archive: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StagingError {
    /// No room.
    #[error("no space left in `{0}`")]
    Full(String),
    /// The place cannot be written.
    #[error("`{location}` cannot be written: {source}")]
    Unavailable {
        /// Where.
        location: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}
