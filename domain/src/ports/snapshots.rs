//! Snapshots: one consistent instant of a live database, as a portable SQLite database.
//!
//! Does NOT open a state store and does NOT migrate: it works on any OpenCCU-Loom data dir, whatever its schema,
//! and beside a running daemon.

use super::{BoxError, Content, Progress};
use crate::archive::{DatabaseFacts, MemberPath, SealedValue};
use async_trait::async_trait;

/// Takes snapshots of the databases of one data dir. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::snapshots`)
/// - A snapshot holds every row committed before it began, and no half of any transaction, while others write.
/// - The live database is not changed in any byte, nor its write-ahead log checkpointed.
/// - A missing database is `Missing`; nothing is created in its place.
/// - A file that is no SQLite database, or a main database without a single OpenCCU-Loom table, is `Foreign`.
/// - A damaged database is `Damaged`; no snapshot comes of it.
/// - Facts and sealed values describe the snapshot, not the live database of a moment later.
/// - Dropping a snapshot removes what was kept for it.
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// Takes the snapshot of the database at `path` in the data dir.
    async fn take_snapshot(
        &self,
        path: &MemberPath,
        progress: &dyn Progress,
    ) -> Result<Snapshot, SnapshotError>;
}

/// One snapshot, ready to be read.
pub struct Snapshot {
    /// What the database says of itself at that instant.
    pub facts: DatabaseFacts,
    /// Its sealed values.
    pub sealed: Vec<SealedValue>,
    /// Size in bytes.
    pub bytes: u64,
    /// Its bytes.
    pub content: Box<dyn Content>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Snapshot")
            .field("facts", &self.facts)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// Why there is no snapshot. Fragments read after "failed to take a snapshot: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// There is no such file.
    #[error("database `{0}` does not exist\nhint: is this the data dir of an OpenCCU-Loom daemon?")]
    Missing(String),
    /// It is something else.
    #[error("`{path}` is no OpenCCU-Loom database: {reason}")]
    Foreign {
        /// The file.
        path: String,
        /// What it is instead.
        reason: String,
    },
    /// SQLite found it broken.
    #[error("database `{path}` is damaged: {reason}\nhint: restore the newest archive that verifies")]
    Damaged {
        /// The file.
        path: String,
        /// SQLite's words.
        reason: String,
    },
    /// No room for the copy.
    #[error(
        "no space left for the snapshot of `{path}` in `{scratch}`: about {needed_bytes} bytes are needed"
    )]
    Full {
        /// The database.
        path: String,
        /// Where the copy was to be written.
        scratch: String,
        /// Bytes the copy needs, about.
        needed_bytes: u64,
    },
    /// It cannot be opened or read.
    #[error("database `{path}` cannot be read: {source}")]
    Unavailable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}
