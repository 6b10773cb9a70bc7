//! Why a piece of work on the database failed, and how that is sorted for the callers of the roles.
//!
//! Does NOT say why a database cannot be opened (`open`).

use loom_domain::ports::StoreError;

/// What can go wrong inside a unit of work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The role refuses; the caller knows what to do.
    #[error(transparent)]
    Refused(#[from] StoreError),
    /// SQLite failed: busy for too long, full, damaged.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    /// No connection came free in time or could be opened.
    #[error("no connection to the database: {0}")]
    Pool(#[from] diesel::r2d2::PoolError),
    /// The work was stopped, as it is when the runtime shuts down.
    #[error("the work was stopped: {0}")]
    Stopped(#[from] tokio::task::JoinError),
    /// A number is too large for the column.
    #[error("`{0}` is more than the database can hold")]
    TooLarge(u64),
}

/// Whether an error of this store or of opening it says that the database is damaged, or is none, rather than that it cannot
/// be reached, written or understood as things are.
pub fn tells_damage(error: &dyn std::error::Error) -> bool {
    // The query builder passes on SQLite's words, not its codes.
    let words = error.to_string();
    let damage = [
        "file is not a database",
        "is not a SQLite database",
        "database disk image is malformed",
        "malformed database schema",
    ];
    damage.iter().any(|damage| words.contains(damage))
}

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refused) => refused,
            other => Self::Unavailable(other.into()),
        }
    }
}

pub(crate) fn not_found(what: &'static str, name: impl ToString) -> Error {
    Error::Refused(StoreError::NotFound { what, name: name.to_string() })
}

pub(crate) fn already_exists(what: &'static str, name: impl ToString) -> Error {
    Error::Refused(StoreError::AlreadyExists { what, name: name.to_string() })
}

/// Runs `read` on a row; what it finds wrong makes the row `Unreadable` under `name`.
pub(crate) fn readable<T>(
    what: &'static str,
    name: impl ToString,
    read: impl FnOnce() -> Result<T, String>,
) -> Result<T, Error> {
    read().map_err(|reason| Error::Refused(StoreError::Unreadable { what, name: name.to_string(), reason }))
}
