//! Taking over the rows of one table.
//!
//! Does NOT hold more than a few rows at a time.

use super::cell::{Cell, Cells};
use super::columns::{self, Column, Kind};
use super::convert::convert;
use super::tables::{ASIDE, DISPENSABLE};
use super::{Adopted, Stop};
use crate::inspect::{NumberRow, quoted};
use diesel::connection::SimpleConnection;
use diesel::result::DatabaseErrorKind;
use diesel::result::Error::DatabaseError;
use diesel::sql_types::{BigInt, Binary, Double, Text};
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl, SqliteConnection, sql_query};
use loom_domain::terminal::fit_for_terminal;

const ROWS_AT_A_TIME: usize = 200;
/// Tables whose rows are numbered in the order in which they came.
const NUMBERED: [&str; 1] = ["audit_log"];
const LONGEST_NAME: usize = 80;

/// Copies every row of a table that was set aside into ours of that name.
pub(super) fn copy(
    connection: &mut SqliteConnection,
    table: &str,
    adopted: &mut Adopted,
) -> Result<(), Stop> {
    let aside = format!("{ASIDE}{table}");
    let theirs = columns::names(connection, &aside)?;
    let (shared, missing): (Vec<_>, Vec<_>) =
        columns::ours(connection, table)?.into_iter().partition(|column| theirs.contains(&column.name));
    let unknown = theirs.iter().filter(|name| !shared.iter().any(|column| column.name == **name));
    adopted.dropped_columns.extend(unknown.map(|name| format!("{table}.{name}")));

    let target = Target { table, shared, missing };
    let mut source = Source::of(connection, &aside, &target)?;
    let (mut copied, mut left_out) = (0, 0);
    loop {
        let rows = source.next_rows(connection)?;
        if rows.is_empty() {
            break;
        }
        if copied == 0 {
            // What a migration puts into a new table gives way to what the daemon had.
            connection.batch_execute(&format!("DELETE FROM {}", quoted(table)))?;
        }
        for cells in rows {
            match target.insert(connection, cells) {
                Ok(()) => copied += 1,
                Err(Stop::Row { .. }) if DISPENSABLE.contains(&table) => left_out += 1,
                Err(stop) => return Err(stop),
            }
        }
    }
    if NUMBERED.contains(&table) {
        give_no_number_twice(connection, table, &aside)?;
    }
    adopted.rows.insert(table.to_owned(), copied);
    if left_out > 0 {
        adopted.left_out.insert(table.to_owned(), left_out);
    }
    Ok(())
}

/// The newest rows may have been removed, and their numbers stay used.
fn give_no_number_twice(connection: &mut SqliteConnection, table: &str, aside: &str) -> QueryResult<()> {
    connection.batch_execute(&format!(
        "DELETE FROM sqlite_sequence
             WHERE name = '{table}' AND EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = '{aside}');
         INSERT INTO sqlite_sequence (name, seq) SELECT '{table}', seq FROM sqlite_sequence WHERE name = '{aside}';"
    ))
}

/// The rows of a table, some at a time.
struct Source {
    select: String,
    /// Tables without row ids are paged by counting.
    has_rowid: bool,
    last_rowid: Option<i64>,
    read: usize,
}

impl Source {
    fn of(connection: &mut SqliteConnection, aside: &str, target: &Target<'_>) -> QueryResult<Self> {
        let query = "SELECT wr AS value FROM pragma_table_list WHERE schema = 'main' AND name = ?";
        let without: NumberRow = sql_query(query).bind::<Text, _>(aside).get_result(connection)?;
        let has_rowid = without.value == Some(0);
        let mut select = format!("SELECT {}", if has_rowid { "rowid" } else { "0" });
        for column in &target.shared {
            select.push_str(&format!(", {}", quoted(&column.name)));
        }
        select.push_str(&format!(" FROM {}", quoted(aside)));
        Ok(Self { select, has_rowid, last_rowid: None, read: 0 })
    }

    fn next_rows(&mut self, connection: &mut SqliteConnection) -> QueryResult<Vec<Vec<Cell>>> {
        let page = match self.last_rowid {
            _ if !self.has_rowid => format!("LIMIT {ROWS_AT_A_TIME} OFFSET {}", self.read),
            None => format!("ORDER BY rowid LIMIT {ROWS_AT_A_TIME}"),
            Some(last) => format!("WHERE rowid > {last} ORDER BY rowid LIMIT {ROWS_AT_A_TIME}"),
        };
        let rows: Vec<Cells> = sql_query(format!("{} {page}", self.select)).load(connection)?;
        self.read += rows.len();
        let mut cells = Vec::with_capacity(rows.len());
        for Cells(mut row) in rows {
            if let Cell::Integer(rowid) = row.remove(0) {
                self.last_rowid = Some(rowid);
            }
            cells.push(row);
        }
        Ok(cells)
    }
}

/// One of our tables.
struct Target<'a> {
    table: &'a str,
    /// The columns that the Go daemon has as well, in the order in which they are read.
    shared: Vec<Column>,
    /// Those it does not have.
    missing: Vec<Column>,
}

impl Target<'_> {
    fn insert(&self, connection: &mut SqliteConnection, cells: Vec<Cell>) -> Result<(), Stop> {
        let name = self.name_of(&cells);
        let refuse = |reason| Stop::Row { table: self.table.to_owned(), row: name.clone(), reason };
        let mut given = Vec::new();
        let absent = self.missing.iter().map(|column| (column, Cell::Null));
        for (column, cell) in self.shared.iter().zip(cells).chain(absent) {
            match convert(column, cell).map_err(refuse)? {
                Cell::Null => {}
                cell => given.push((column, cell)),
            }
        }
        match self.execute(connection, given) {
            Err(DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                Err(refuse("there is another row of the same key".to_owned()))
            }
            Err(DatabaseError(
                DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation,
                info,
            )) => {
                // SQLite names the rule and no value.
                Err(refuse(info.message().to_owned()))
            }
            other => Ok(other?),
        }
    }

    fn execute(&self, connection: &mut SqliteConnection, given: Vec<(&Column, Cell)>) -> QueryResult<()> {
        let names: Vec<_> = given.iter().map(|(column, _)| quoted(&column.name)).collect();
        let places = vec!["?"; given.len()].join(", ");
        let table = quoted(self.table);
        let mut insert = sql_query(format!("INSERT INTO {table} ({}) VALUES ({places})", names.join(", ")))
            .into_boxed::<Sqlite>();
        for (_, cell) in given {
            insert = match cell {
                Cell::Integer(number) => insert.bind::<BigInt, _>(number),
                Cell::Real(number) => insert.bind::<Double, _>(number),
                Cell::Text(text) => insert.bind::<Text, _>(text),
                Cell::Bytes(bytes) => insert.bind::<Binary, _>(bytes),
                Cell::Null => continue,
            };
        }
        insert.execute(connection).map(|_| ())
    }

    /// The key of a row in words. Nothing is told of a session: whoever holds its id is logged in.
    fn name_of(&self, cells: &[Cell]) -> String {
        let is_told = |column: &Column| column.in_key && column.kind != Kind::SessionId;
        let parts = self.shared.iter().zip(cells).filter(|(column, _)| is_told(column));
        let parts: Vec<_> = parts.map(|(_, cell)| in_words(cell)).collect();
        fit_for_terminal(&parts.join("/"), LONGEST_NAME)
    }
}

fn in_words(cell: &Cell) -> String {
    match cell.clone().into_text() {
        Ok(Some(text)) => text,
        Ok(None) => "nothing".to_owned(),
        Err(_) => "bytes".to_owned(),
    }
}
