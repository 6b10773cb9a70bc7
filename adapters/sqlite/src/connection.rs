//! Connections to a SQLite database: how a path is named to the library and what every connection is set to.
//!
//! Does NOT judge what the database holds (`open`).

use diesel::r2d2::{self, CustomizeConnection};
use diesel::{
    Connection, ConnectionError, ConnectionResult, QueryResult, SqliteConnection,
    connection::SimpleConnection,
};
use std::path::Path;

/// How long a connection waits for a lock, in milliseconds. Set before all else: the first look into a database can
/// meet another connection that is just closing.
const WAITING: &str = "PRAGMA busy_timeout = 5000";

/// What every connection of the store is set to besides.
const SETTINGS: &str = "PRAGMA journal_mode = WAL;
    PRAGMA foreign_keys = ON;
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -20000;
    PRAGMA temp_store = MEMORY;";

/// Opens or creates the database at an absolute path, ready to wait for locks and otherwise without settings.
pub(crate) fn connect(path: &Path) -> ConnectionResult<SqliteConnection> {
    let mut connection = SqliteConnection::establish(&file_uri(path))?;
    connection.batch_execute(WAITING).map_err(ConnectionError::CouldntSetupConfiguration)?;
    Ok(connection)
}

/// Applies the settings that every connection of the store has.
pub(crate) fn apply_settings(connection: &mut SqliteConnection) -> QueryResult<()> {
    connection.batch_execute(WAITING)?;
    connection.batch_execute(SETTINGS)
}

/// Names `path` to SQLite so that no byte of it means anything but itself.
///
/// Given as it is, a path beginning with `file:` would be read as a URI, and one that is not UTF-8 could not be given
/// at all. The path has to be absolute and must not hold a NUL byte.
pub(crate) fn file_uri(path: &Path) -> String {
    let mut uri = String::from("file://");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' => {
                uri.push(char::from(*byte));
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}

/// Settings for the connections of a pool.
#[derive(Debug)]
pub(crate) struct Settings;

impl CustomizeConnection<SqliteConnection, r2d2::Error> for Settings {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), r2d2::Error> {
        apply_settings(connection).map_err(r2d2::Error::QueryError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_with_a_meaning_is_escaped() {
        let path = Path::new("/data dir/50%/ü?mode=ro#x/a&b.db");
        assert_eq!(file_uri(path), "file:///data%20dir/50%25/%C3%BC%3Fmode%3Dro%23x/a%26b.db");
    }
}
