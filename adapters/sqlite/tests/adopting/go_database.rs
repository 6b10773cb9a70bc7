//! A database as a Go daemon leaves it at schema version 45, with a row or two in every table.

use diesel::connection::SimpleConnection;
use diesel::sql_types::{Nullable, Text};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use loom_adapter_sqlite::{AdoptError, Adopted, adopt_go_database};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An envelope; its bytes mean nothing here.
pub(crate) const SEALED: &str = "enc:v1:QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGk=";
/// What a browser holds.
pub(crate) const COOKIE: &str = "raw-cookie-value";

/// The file, gone when dropped.
pub(crate) struct GoDatabase {
    dir: TempDir,
}

impl GoDatabase {
    /// A full one, changed by `sql` afterwards.
    pub(crate) fn with(sql: &str) -> Self {
        let made = Self { dir: TempDir::new().unwrap() };
        made.run(&format!("{SCHEMA}\n{ROWS}"));
        made.run(sql);
        made
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.dir.path().join("openccu-loom.db")
    }

    pub(crate) fn adopt(&self) -> Result<Adopted, AdoptError> {
        adopt_go_database(&self.path())
    }

    pub(crate) fn run(&self, sql: &str) {
        connect(&self.path()).batch_execute(sql).unwrap();
    }

    /// One column of text, a row an item.
    pub(crate) fn texts(&self, query: &str) -> Vec<String> {
        texts(&self.path(), query)
    }

    /// Every definition and every row of the whole database, in words.
    pub(crate) fn dump(&self) -> Vec<String> {
        let mut lines = self.texts(
            "SELECT type || ' ' || name || ': ' || coalesce(sql, '') AS text FROM sqlite_schema ORDER BY 1",
        );
        for table in self.texts("SELECT name AS text FROM sqlite_schema WHERE type = 'table' ORDER BY name") {
            lines.extend(self.rows(&table));
        }
        lines
    }

    /// Every row of a table, in words that tell types apart.
    pub(crate) fn rows(&self, table: &str) -> Vec<String> {
        let columns = self.texts(&format!("SELECT name AS text FROM pragma_table_info('{table}')"));
        let quoted: Vec<_> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
        self.texts(&format!(
            "SELECT '{table}: ' || {} AS text FROM \"{table}\" ORDER BY 1",
            quoted.join(" || ', ' || ")
        ))
    }
}

/// One column of text out of any database, a row an item.
pub(crate) fn texts(path: &Path, query: &str) -> Vec<String> {
    let cells: Vec<Cell> = sql_query(query).load(&mut connect(path)).unwrap();
    cells.into_iter().map(|cell| cell.text.unwrap_or_else(|| "NULL".to_owned())).collect()
}

fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

#[derive(QueryableByName)]
struct Cell {
    #[diesel(sql_type = Nullable<Text>)]
    text: Option<String>,
}

const SCHEMA: &str = include_str!("../../../../fixtures/go-daemon/schema-45.sql");
const ROWS: &str = include_str!("../../../../fixtures/go-daemon/rows.sql");
