//! Locks that keep a daemon, a restore and a backup of one data dir apart, and the look at who uses a database.
//!
//! Does NOT wait: whoever finds a lock taken is told by whom.

mod foreign_holder;
mod instance;
mod swap_lock;
#[cfg(test)]
mod tests;

pub use foreign_holder::foreign_holder;
pub use instance::{InstanceLock, Role};
pub use swap_lock::SwapLock;

use std::io;

/// Why a lock was not taken. Fragments read after "failed to lock the data dir: ".
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody holds it; `by` names them, such as `a daemon (pid 4711)`.
    #[error("it is in use by {by}")]
    Busy {
        /// Who.
        by: String,
    },
    /// The data dir cannot be locked at all.
    #[error(transparent)]
    Io(#[from] io::Error),
}
