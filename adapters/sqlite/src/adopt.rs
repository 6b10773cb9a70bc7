//! Adopting the state database of a Go daemon: the same file, with our schema, in one transaction.
//!
//! Does NOT take a backup and does NOT look for a daemon that has the database open; the caller has done both.

mod cell;
mod columns;
mod convert;
mod copy;
mod instants;
mod tables;

use crate::connection::file_uri;
use crate::library_version::UnsafeLibrary;
use crate::migrations::{LATEST_SCHEMA_VERSION, migrate};
use crate::open::{Found, OpenError, check_library, inspect, lock_for_migration};
use crate::tables::state_marks::{self, SEEDED};
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use jiff::Timestamp;
use loom_domain::archive::SchemaLineage;
use loom_domain::ports::BoxError;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What came of an adoption.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adopted {
    /// The schema version the Go daemon had brought the database to.
    pub from_version: i64,
    /// The schema version it has now.
    pub to_version: i64,
    /// Rows that were taken over, by table.
    pub rows: BTreeMap<String, u64>,
    /// Rows that were left out, by table: those of caches, sessions and preferences that could not be read, and sessions
    /// that have ended or were opened in a way nobody serves. A daemon asks the centrals for the former again.
    pub left_out: BTreeMap<String, u64>,
    /// Columns that our schema has no place for, as `table.column`. What was in them is gone.
    pub dropped_columns: BTreeSet<String>,
    /// Tables that stay as they are because nothing here knows them, by the names they have now.
    pub kept_tables: BTreeSet<String>,
}

/// Why a database was not adopted; it is as it was. Fragments read after "failed to adopt the state: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AdoptError {
    /// The SQLite library itself is not safe to use.
    #[error(transparent)]
    UnsafeLibrary(#[from] UnsafeLibrary),
    /// There is nothing to adopt.
    #[error("`{}` is no state database of a Go daemon", .path.display())]
    NotOfAGoDaemon {
        /// The database.
        path: PathBuf,
    },
    /// A Go daemon newer than those known here wrote the database.
    #[error(
        "`{}` is a state database of a Go daemon with schema version {found}, newer than this binary can adopt ({known})\n\
         hint: a newer version of OpenCCU-Loom may adopt it; until then the Go daemon that wrote it goes on with it",
        .path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest that can be adopted.
        known: i64,
    },
    /// A row that must not be lost cannot be taken over.
    #[error(
        "row `{row}` of table `{table}` in `{}` cannot be taken over: {reason}\n\
         hint: the database is as it was; correct or remove the row with the Go daemon, then start again",
        .path.display()
    )]
    Row {
        /// The database.
        path: PathBuf,
        /// The table.
        table: String,
        /// The row by its key.
        row: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The database cannot be reached or written.
    #[error("`{}` cannot be adopted: {source}", .path.display())]
    Unavailable {
        /// The database.
        path: PathBuf,
        /// What failed.
        source: BoxError,
    },
}

/// Gives the state database of a Go daemon our schema and takes its rows over, in place.
///
/// All or nothing: whatever fails, and wherever the process dies, the database is the Go daemon's as before. Afterwards
/// [`SqliteStateStore::open`](crate::SqliteStateStore::open) opens it and no Go daemon should. Blocks the thread. The
/// caller holds the instance lock and has taken a backup.
pub fn adopt_go_database(path: &Path) -> Result<Adopted, AdoptError> {
    let unavailable = |source: BoxError| AdoptError::Unavailable { path: path.to_owned(), source };
    let path = std::path::absolute(path).map_err(|error| unavailable(error.into()))?;
    check_library(&path).map_err(|error| refused(&path, error))?;
    let _lock = lock_for_migration(&path).map_err(|error| refused(&path, error))?;
    let mut connection = connect(&path).map_err(unavailable)?;
    connection.immediate_transaction(adopt).map_err(|stop| stop.at(&path))
}

/// Why a transaction was given up.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error("there is nothing to adopt")]
    NothingToAdopt,
    #[error("schema version {found} is newer than {known}")]
    Newer { found: i64, known: i64 },
    #[error("row `{row}` of `{table}`: {reason}")]
    Row { table: String, row: String, reason: String },
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    #[error(transparent)]
    Migration(BoxError),
}

impl Stop {
    fn at(self, path: &Path) -> AdoptError {
        let path = path.to_owned();
        match self {
            Self::NothingToAdopt => AdoptError::NotOfAGoDaemon { path },
            Self::Newer { found, known } => AdoptError::Newer { path, found, known },
            Self::Row { table, row, reason } => AdoptError::Row { path, table, row, reason },
            other => AdoptError::Unavailable { path, source: other.into() },
        }
    }
}

/// Opens an existing database so that tables can be renamed and dropped without touching what refers to them.
fn connect(path: &Path) -> Result<SqliteConnection, BoxError> {
    let mut connection = SqliteConnection::establish(&format!("{}?mode=rw", file_uri(path)))?;
    connection.batch_execute(
        "PRAGMA busy_timeout = 5000;
         PRAGMA foreign_keys = OFF;
         PRAGMA legacy_alter_table = ON;
         PRAGMA cell_size_check = ON;
         PRAGMA temp_store = MEMORY;",
    )?;
    Ok(connection)
}

/// The whole of it, inside a transaction.
fn adopt(connection: &mut SqliteConnection) -> Result<Adopted, Stop> {
    let from_version = match inspect(connection)? {
        Found::GoDaemon { schema_version: Some(version) } => version,
        _ => return Err(Stop::NothingToAdopt),
    };
    if let Some(known) = SchemaLineage::Goose.highest_known().filter(|known| from_version > *known) {
        return Err(Stop::Newer { found: from_version, known });
    }
    let mut adopted = Adopted { from_version, to_version: LATEST_SCHEMA_VERSION, ..Adopted::default() };
    let set_aside = tables::set_aside(connection, &mut adopted)?;
    migrate(connection).map_err(Stop::Migration)?;
    for table in set_aside {
        copy::copy(connection, &table, &mut adopted)?;
        tables::drop_aside(connection, &table)?;
    }
    // A Go daemon seeds its configuration at its first run, so a second seeding would bring back what was removed.
    state_marks::set(connection, SEEDED, Timestamp::now())?;
    Ok(adopted)
}

fn refused(path: &Path, error: OpenError) -> AdoptError {
    match error {
        OpenError::UnsafeLibrary(library) => library.into(),
        other => AdoptError::Unavailable { path: path.to_owned(), source: other.into() },
    }
}

#[cfg(test)]
mod tests;
