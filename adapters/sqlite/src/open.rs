//! Opening a state database: the steps before the first connection is handed out, and why they refuse.
//!
//! Does NOT keep connections (`store`).

use crate::connection::{apply_settings, connect};
use crate::library_version::{UnsafeLibrary, check_library_version};
use crate::migrations::{LATEST_SCHEMA_VERSION, migrate};
use diesel::result::Error::DatabaseError;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{Connection, QueryResult, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use loom_domain::ports::BoxError;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Why a database cannot be opened as a state store. Fragments read after "failed to open the state store: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The SQLite library itself is not safe to use.
    #[error(transparent)]
    UnsafeLibrary(#[from] UnsafeLibrary),
    /// The file is something else.
    #[error("`{}` is not a SQLite database\nhint: `backup restore --force` brings back the one of an archive", .path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The database belongs to the Go daemon, whose tables have other migrations.
    #[error(
        "`{}` is a state database of the Go daemon (schema version {}), which cannot be opened before it was adopted\n\
         hint: starting the daemon adopts it, after taking a backup",
        .path.display(),
        .schema_version.map_or("unknown".to_owned(), |version| version.to_string())
    )]
    GoDaemon {
        /// The database.
        path: PathBuf,
        /// Its schema version in the Go daemon's lineage, if it names one.
        schema_version: Option<i64>,
    },
    /// The database holds tables that no OpenCCU-Loom made.
    #[error("`{}` is a database of another program: it holds tables but no schema version", .path.display())]
    Foreign {
        /// The database.
        path: PathBuf,
    },
    /// The database was written by a newer OpenCCU-Loom.
    #[error(
        "`{}` has schema version {found}, newer than this binary supports ({LATEST_SCHEMA_VERSION})\n\
         hint: use the version of OpenCCU-Loom that wrote it, or a newer one",
        .path.display()
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema version.
        found: i64,
    },
    /// A migration failed; the database is as it was before that migration.
    #[error("`{}` cannot be migrated to schema version {LATEST_SCHEMA_VERSION}: {source}", .path.display())]
    Migration {
        /// The database.
        path: PathBuf,
        /// What failed.
        source: BoxError,
    },
    /// The file cannot be reached, read or written.
    #[error("`{}` cannot be opened: {source}", .path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What failed.
        source: BoxError,
    },
}

/// Leaves a database of the newest schema at `path`, or refuses; gives the absolute path to connect to.
pub(crate) fn prepare(path: &Path) -> Result<PathBuf, OpenError> {
    check_library(path)?;
    let path = std::path::absolute(path).map_err(unavailable(path))?;
    let lock = lock_for_migration(&path)?;
    create_if_missing(&path).map_err(unavailable(&path))?;
    let mut connection = connect(&path).map_err(unavailable(&path))?;
    match inspect(&mut connection).map_err(|error| not_inspected(&path, error))? {
        Found::GoDaemon { schema_version } => return Err(OpenError::GoDaemon { path, schema_version }),
        Found::Foreign => return Err(OpenError::Foreign { path }),
        Found::Loom { newest: Some(found) } if found > LATEST_SCHEMA_VERSION => {
            return Err(OpenError::Newer { path, found });
        }
        Found::Empty | Found::Loom { .. } => {}
    }
    apply_settings(&mut connection).map_err(unavailable(&path))?;
    migrate(&mut connection).map_err(|source| OpenError::Migration { path: path.clone(), source })?;
    // Closing is work on the database too: it comes before the lock is given up.
    drop(connection);
    drop(lock);
    Ok(path)
}

/// What a database turns out to be.
pub(crate) enum Found {
    Empty,
    Loom { newest: Option<i64> },
    GoDaemon { schema_version: Option<i64> },
    Foreign,
}

/// Says what a database is, by the tables it has.
pub(crate) fn inspect(connection: &mut SqliteConnection) -> QueryResult<Found> {
    let tables: Vec<TextRow> =
        sql_query("SELECT name AS value FROM sqlite_master WHERE type = 'table'").load(connection)?;
    let has = |table: &str| tables.iter().any(|row| row.value == table);
    if has("__diesel_schema_migrations") {
        let newest = "SELECT max(CAST(version AS INTEGER)) AS value FROM __diesel_schema_migrations";
        Ok(Found::Loom { newest: number(connection, newest)? })
    } else if has("goose_db_version") {
        let newest = "SELECT max(version_id) AS value FROM goose_db_version WHERE is_applied = 1";
        Ok(Found::GoDaemon { schema_version: number(connection, newest)? })
    } else if tables.is_empty() {
        Ok(Found::Empty)
    } else {
        Ok(Found::Foreign)
    }
}

/// Takes the lock that keeps two openers from migrating at once; waits for whoever holds it. It ends with the file.
pub(crate) fn lock_for_migration(path: &Path) -> Result<File, OpenError> {
    let mut name = OsString::from(path);
    name.push("-migrate.lock");
    let lock = Path::new(&name);
    let mut options = OpenOptions::new();
    let private = options.write(true).create(true).truncate(false).mode(0o600);
    let file = private.open(lock).map_err(unavailable(lock))?;
    file.lock().map_err(unavailable(lock))?;
    Ok(file)
}

/// Creates an empty database that only its owner can read, where there is none.
///
/// A database that exists is never opened past SQLite: closing such a handle would end the locks that other
/// connections of this process hold on the file.
fn create_if_missing(path: &Path) -> io::Result<()> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

/// Refuses a SQLite library that could lose data; `path` is what was to be opened.
pub(crate) fn check_library(path: &Path) -> Result<(), OpenError> {
    Ok(check_library_version(&library_version().map_err(unavailable(path))?)?)
}

fn library_version() -> Result<String, BoxError> {
    let mut connection = SqliteConnection::establish(":memory:")?;
    Ok(sql_query("SELECT sqlite_version() AS value").get_result::<TextRow>(&mut connection)?.value)
}

fn number(connection: &mut SqliteConnection, query: &str) -> QueryResult<Option<i64>> {
    Ok(sql_query(query).get_result::<NumberRow>(connection)?.value)
}

fn not_inspected(path: &Path, error: diesel::result::Error) -> OpenError {
    // SQLite has a code for this, the query builder passes on its words only.
    match &error {
        DatabaseError(_, info) if info.message() == "file is not a database" => {
            OpenError::NotADatabase { path: path.to_owned() }
        }
        _ => unavailable(path)(error),
    }
}

fn unavailable<E: Into<BoxError>>(path: &Path) -> impl FnOnce(E) -> OpenError {
    let path = path.to_owned();
    move |error| OpenError::Unavailable { path, source: error.into() }
}

#[derive(QueryableByName)]
struct TextRow {
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct NumberRow {
    #[diesel(sql_type = Nullable<BigInt>)]
    value: Option<i64>,
}
