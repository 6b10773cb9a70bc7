//! Reading what a database says of itself through a connection that cannot write.
//!
//! Shared by the snapshots and the judge. Does NOT decide what a snapshot or a verdict follows from it.

mod facts;
mod failure;
mod sealed;

pub(crate) use facts::{ordinary_tables, quoted, read_facts};
pub(crate) use failure::Failure;
pub(crate) use sealed::sealed_values;

use crate::connection::file_uri;
use crate::library_version::check_library_version;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use std::path::Path;

/// What a connection may assume of the file while it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Others may write: locks are taken, and the write-ahead log is read with the help of its shared memory.
    Shared,
    /// Nobody writes: no lock is taken, and no file beside the database is read or made.
    Still,
}

/// Opens the database at an absolute path for reading and reads its schema; it is never created.
pub(crate) fn open_read_only(path: &Path, sharing: Sharing) -> Result<SqliteConnection, Failure> {
    let mode = match sharing {
        Sharing::Shared => "mode=ro",
        Sharing::Still => "mode=ro&immutable=1",
    };
    let mut connection = SqliteConnection::establish(&format!("{}?{mode}", file_uri(path)))?;
    prepare(&mut connection)?;
    Ok(connection)
}

/// Sets a connection to waiting for locks, to little memory and to looking closely at every page it reads, and reads
/// the schema. Temporary tables, should there be any, never become files.
pub(crate) fn prepare(connection: &mut SqliteConnection) -> Result<(), Failure> {
    // First of all: even asking for the version reads the schema, and would not wait for it.
    connection.batch_execute("PRAGMA busy_timeout = 5000;")?;
    let version = sql_query("SELECT sqlite_version() AS value").get_result::<TextRow>(connection)?;
    check_library_version(&version.value)?;
    connection.batch_execute(
        "PRAGMA temp_store = MEMORY;
         PRAGMA cell_size_check = ON;
         PRAGMA cache_size = -2000;
         SELECT count(*) FROM sqlite_schema;",
    )?;
    Ok(())
}

/// Bytes of all pages of the database, those still in a write-ahead log included.
pub(crate) fn bytes_in_pages(connection: &mut SqliteConnection) -> Result<u64, Failure> {
    let query = "SELECT page_count * page_size AS value FROM pragma_page_count, pragma_page_size";
    let bytes: NumberRow = sql_query(query).get_result(connection)?;
    Ok(bytes.value.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
}

/// Says whether SQLite takes a file of this size for a whole database without tables. One byte counts as none: some
/// systems need it to lock a file.
pub(crate) fn is_empty_to_sqlite(bytes: u64) -> bool {
    bytes <= 1
}

/// A row of one text.
#[derive(QueryableByName)]
pub(crate) struct TextRow {
    #[diesel(sql_type = Text)]
    pub(crate) value: String,
}

/// A row of one number.
#[derive(QueryableByName)]
pub(crate) struct NumberRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) value: Option<i64>,
}
