//! What a failure says of the database: the query builder passes on SQLite's words, not its codes.
//!
//! Does NOT name the database; whoever reports the failure does.

use crate::library_version::UnsafeLibrary;
use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind, Error};
use loom_domain::ports::BoxError;
use std::io;

/// A failure to read a database, by what to do about it.
#[derive(Debug)]
pub(crate) enum Failure {
    /// There is no such file.
    Missing,
    /// It is no database, or another program's; says why.
    Foreign(String),
    /// The database is broken, in SQLite's words.
    Damaged(String),
    /// SQLite can make no sense of something in it, which need not be damage: an unknown function, say.
    Senseless(String),
    /// It cannot be opened as it lies there: a file beside it would have to be made, written or replayed.
    Blocked(String),
    /// The database was changed while it was read as one that nobody writes.
    Moved,
    /// No room for what was being written.
    Full,
    /// Anything else.
    Other(BoxError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let Error::DatabaseError(kind, information) = &error else {
            return Self::Senseless(error.to_string());
        };
        let words = information.message();
        match (kind, words) {
            (_, "file is not a database") => Self::Foreign(words.to_owned()),
            (_, "database or disk is full") => Self::Full,
            (_, "unable to open database file" | "attempt to write a readonly database") => {
                Self::Blocked(words.to_owned())
            }
            // Rows that break their own table's rules got there by damage only.
            (DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::NotNullViolation, _) => {
                Self::Damaged(words.to_owned())
            }
            _ if words.contains("malformed") => Self::Damaged(words.to_owned()),
            (_, "disk I/O error" | "out of memory" | "database is locked" | "locking protocol") => {
                Self::Other(error.into())
            }
            _ => Self::Senseless(words.to_owned()),
        }
    }
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        match error {
            // Of opening a file, no more than its result is told: this stands for missing rights too.
            ConnectionError::BadConnection(words) => Self::Blocked(words),
            ConnectionError::CouldntSetupConfiguration(error) => error.into(),
            other => Self::Other(other.into()),
        }
    }
}

impl From<UnsafeLibrary> for Failure {
    fn from(error: UnsafeLibrary) -> Self {
        Self::Other(error.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                Self::Full
            }
            _ => Self::Other(error.into()),
        }
    }
}

impl From<tokio::task::JoinError> for Failure {
    fn from(error: tokio::task::JoinError) -> Self {
        Self::Other(format!("the work was stopped: {error}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(words: &str) -> Failure {
        Error::DatabaseError(DatabaseErrorKind::Unknown, Box::new(words.to_owned())).into()
    }

    #[test]
    fn the_words_of_sqlite_are_sorted() {
        assert!(matches!(failure("file is not a database"), Failure::Foreign(_)));
        assert!(matches!(failure("database or disk is full"), Failure::Full));
        assert!(matches!(failure("database disk image is malformed"), Failure::Damaged(_)));
        let schema = "malformed database schema (t) - near \"x\": syntax error";
        assert!(matches!(failure(schema), Failure::Damaged(words) if words == schema));
        assert!(matches!(failure("attempt to write a readonly database"), Failure::Blocked(_)));
        assert!(matches!(failure("database is locked"), Failure::Other(_)));
        assert!(matches!(failure("no such function: f"), Failure::Senseless(_)));
    }

    #[test]
    fn a_full_disk_is_full_whoever_finds_it() {
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge] {
            assert!(matches!(Failure::from(io::Error::from(kind)), Failure::Full));
        }
    }
}
