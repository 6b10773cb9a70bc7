//! Restore target: the data dir a restore writes to, claimed, staged and swapped as one act.
//!
//! Does NOT decide what is replaced (`restore_plan`) and does NOT read archives.

use super::{BoxError, StagingArea, StagingError};
use crate::archive::MemberPath;
use crate::restore_plan::{Survey, Swap};
use async_trait::async_trait;
use jiff::Timestamp;

/// The data dir a restore writes to. Driven port; adapters: `archive` (local folder), `memory`.
///
/// # Contract (each line has a case in `loom_contract::restore_target`)
/// - `survey` tells databases from files and changes nothing.
/// - `survey` leaves what an archive never holds out of the files: sidecars, locks, work files, stored CCU backups,
///   archives and folders that hold `.nobackup`.
/// - `survey` tells folders, and what stands there that an archive never holds, beside the files; sidecars, locks and
///   work files it does not.
/// - Of a folder that does not exist `survey` says that nothing is there, and does not create it.
/// - `claim` creates a missing data dir, readable by its owner only; a dropped one takes it away again.
/// - While a claim is held another `claim`, and `undo`, is `Busy`; `survey` says so and still works.
/// - While a daemon runs `claim` is `Busy`, with the pid where it is known.
/// - Dropping a claim before `apply` leaves the data dir as it was.
/// - `apply` puts the staged files in place and moves what the swap replaces into one undo set; a reader after it
///   sees only the new state.
/// - `apply` puts copies of live files in place as the swap says, also of files it moves away; a name that is taken is
///   `Blocked`, and nothing is touched.
/// - `apply` creates the folders of the swap and keeps those that are there.
/// - A folder where a file must go, or a file where a folder is needed, is `Blocked`, and nothing is touched.
/// - An `apply` interrupted at any step is completed or taken back by the next `claim` or `recover`.
/// - An `undo` interrupted at any step is completed or taken back.
/// - `undo` stops with `BroughtToEnd` where it finds an `apply` or `undo` that was interrupted while it replaced files, and
///   only completes that: going on would undo it.
/// - `undo` brings back the state before the last `apply`, and says what it moved.
/// - What `undo` replaces is the new undo set.
/// - A key file that `undo` replaces by another one also gets the name of an earlier key, unless one of those is its
///   copy.
/// - A key file that lies in the undo set alone gets the name of an earlier key from the `apply` that replaces the set.
/// - Where `undo` brings a key file back, every other kind of key file is set aside: one that was added since may beat
///   it.
/// - There is one undo set: that of the last `apply`.
/// - `undo` without an undo set is `NothingToUndo`.
/// - `recover` does nothing where nothing was interrupted, a missing data dir included.
#[async_trait]
pub trait RestoreTarget: Send + Sync {
    /// Looks at what is there.
    async fn survey(&self) -> Result<Survey, TargetError>;
    /// Claims the data dir for one restore; an interrupted one is brought to its end first.
    async fn claim(&self) -> Result<Box<dyn Claim>, TargetError>;
    /// Brings an interrupted restore to its end, if there is one; says what it did.
    async fn recover(&self) -> Result<Recovery, TargetError>;
    /// Brings back what the last restore replaced.
    async fn undo(&self) -> Result<Undone, TargetError>;
}

/// A claimed data dir: files are staged, then applied at once.
#[async_trait]
pub trait Claim: StagingArea {
    /// Puts the staged files in place as the swap says. Durable when it returns; gives the names that key files of the
    /// undo set before got, which lay nowhere else.
    async fn apply(self: Box<Self>, swap: &Swap) -> Result<Vec<MemberPath>, TargetError>;
}

/// What `recover` found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// No restore was interrupted.
    NothingToDo,
    /// A restore was interrupted before anything live was touched; its staging was removed.
    RolledBack,
    /// A restore was interrupted while it replaced files; it was brought to its end.
    RolledForward,
}

/// What `undo` did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// When the restore that was undone had replaced the state.
    pub replaced_at: Timestamp,
    /// Files that were brought back.
    pub brought_back: Vec<MemberPath>,
    /// Files that were set aside for them.
    pub set_aside: Vec<MemberPath>,
    /// Key files among those that cannot be read, so that they lie in the new undo set alone.
    pub not_kept: Vec<MemberPath>,
    /// The config file that stays as it is, for the one it replaced is no longer kept.
    pub config_stays: Option<String>,
}

/// Why a data dir cannot be restored to. Fragments read after "failed to restore: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// A daemon or another restore uses it.
    #[error("data dir `{dir}` is in use by {by}\nhint: stop it first, then run the command again")]
    Busy {
        /// The data dir.
        dir: String,
        /// Who, with the pid where it is known.
        by: String,
    },
    /// An interrupted restore or undo was completed, and nothing else was done.
    #[error(
        "a restore or undo that had been interrupted in data dir `{0}` was brought to its end instead\nhint: look at the data dir; if this is not the state you want, run the command again"
    )]
    BroughtToEnd(String),
    /// There is no undo set.
    #[error("data dir `{0}` holds no replaced state to bring back")]
    NothingToUndo(String),
    /// Something stands where the swap must put or move a file.
    #[error("`{path}` is in the way: {reason}")]
    Blocked {
        /// The path.
        path: String,
        /// What it is.
        reason: String,
    },
    /// An interrupted restore or undo cannot be completed before something is done about the config file it replaces.
    #[error("a restore or undo that was interrupted waits for `{path}`: {reason}\nhint: {mend}")]
    Waits {
        /// The config file.
        path: String,
        /// Why it was not replaced.
        reason: String,
        /// What to do.
        mend: String,
    },
    /// Staging failed.
    #[error(transparent)]
    Staging(#[from] StagingError),
    /// The data dir cannot be read or written.
    #[error("data dir `{dir}` cannot be used: {source}")]
    Unavailable {
        /// The data dir.
        dir: String,
        /// Why.
        #[source]
        source: BoxError,
    },
}
