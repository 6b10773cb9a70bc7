//! The sealed values of a database: what stands in its secret-classed places and claims to be an envelope.
//!
//! Does NOT open envelopes, and keeps no secret that stands there in clear. Whatever a stranger put there, little of it
//! is read at a time and little is kept; what is not read is counted all the same.

mod encoding;
mod found;

use super::Failure;
use super::facts::{has_columns, quoted};
use diesel::connection::DefaultLoadingMode;
use diesel::sql_types::{Binary, Bool, Nullable};
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use encoding::Encoding;
use found::{Enough, Found};
use loom_domain::archive::{DatabaseFacts, SealedValue};
use loom_domain::secret::SecretPlace;
use loom_domain::secret::classify::{ColumnShape, SECRET_COLUMNS, SECRET_LEAVES, SecretColumn, visit_leaves};
use loom_domain::secret::envelope::{self, PREFIX};

/// Longest envelope that is read, in bytes.
const MAX_ENVELOPE_BYTES: usize = 64 << 10;
/// Longest config section that is read, in bytes; once parsed it can take a hundred times that.
const MAX_SECTION_BYTES: usize = 512 << 10;
/// Longest value that SQLite is asked to look into, in bytes; it takes that much memory to do so.
const MAX_SEARCHED_BYTES: usize = 4 << 20;
/// Longest name of a row that is read, in bytes.
const MAX_NAME_BYTES: usize = 64 << 10;
/// What a row without a name is called.
const NO_NAME: &str = "(no name)";

/// Reads the sealed values of the tables in `facts`, in the order of the secret-classed columns and the rows as stored.
///
/// One that is too long is `SealedValue::unread`, and so is a last one that stands for all that were too many.
pub(crate) fn sealed_values(
    connection: &mut SqliteConnection,
    facts: &DatabaseFacts,
) -> Result<Vec<SealedValue>, Failure> {
    let encoding = Encoding::of(connection)?;
    let mut found = Found::default();
    for column in &SECRET_COLUMNS {
        if facts.tables.contains_key(column.table)
            && has_columns(connection, column.table, &[column.name_column, column.column])?
            && read_column(connection, column, encoding, &mut found)? == Err(Enough)
        {
            break;
        }
    }
    Ok(found.into_values())
}

/// Reads one column, row by row; ends early when there is enough.
fn read_column(
    connection: &mut SqliteConnection,
    column: &SecretColumn,
    encoding: Encoding,
    found: &mut Found,
) -> Result<Result<(), Enough>, Failure> {
    for row in sql_query(query(column)).load_iter::<ValueRow, DefaultLoadingMode>(connection)? {
        let row = row?.decode(encoding);
        let kept = match column.shape {
            ColumnShape::Whole => keep_whole(column, &row, found),
            ColumnShape::SectionJson => keep_section(column, &row, found),
        };
        if kept.is_err() {
            return Ok(kept);
        }
    }
    Ok(Ok(()))
}

/// Leaves out the rows that are too long to be read but short enough to see that they hold no sealed value. Neither
/// the length nor the type of a value makes SQLite load it, and nothing is sorted.
fn query(column: &SecretColumn) -> String {
    let [table, name, value] = [column.table, column.name_column, column.column].map(quoted);
    let (max_bytes, claims) = match column.shape {
        ColumnShape::Whole => (MAX_ENVELOPE_BYTES, "= 1"),
        ColumnShape::SectionJson => (MAX_SECTION_BYTES, "> 0"),
    };
    // As bytes, for a database may hold text that is none.
    format!(
        "SELECT typeof({name}) = 'blob' AS name_is_blob, typeof({value}) = 'blob' AS value_is_blob,
                CASE WHEN octet_length({name}) <= {MAX_NAME_BYTES} THEN CAST({name} AS BLOB) END AS name,
                CASE WHEN octet_length({value}) <= {max_bytes} THEN CAST({value} AS BLOB) END AS value
         FROM {table}
         WHERE typeof({value}) IN ('text', 'blob')
           AND CASE WHEN octet_length({value}) BETWEEN {max_bytes} + 1 AND {MAX_SEARCHED_BYTES}
                    THEN instr({value}, '{PREFIX}') {claims} ELSE 1 END"
    )
}

fn keep_whole(column: &SecretColumn, row: &Row, found: &mut Found) -> Result<(), Enough> {
    let place = || SecretPlace::new(column.table, row.name.as_deref().unwrap_or(NO_NAME), column.column);
    match &row.value {
        None => found.keep(SealedValue::unread(place())),
        Some(text) if envelope::is_sealed(text) => {
            found.keep(SealedValue { place: place(), envelope: text.clone() })
        }
        Some(_) => Ok(()),
    }
}

fn keep_section(column: &SecretColumn, row: &Row, found: &mut Found) -> Result<(), Enough> {
    let Some(name) = &row.name else {
        // Without the name of the section nobody knows which leaves are secret.
        let is_harmless = row.value.as_ref().is_some_and(|value| !value.contains(PREFIX));
        let place = SecretPlace::new(column.table, NO_NAME, column.column);
        return if is_harmless { Ok(()) } else { found.keep(SealedValue::unread(place)) };
    };
    if SECRET_LEAVES.iter().all(|leaf| leaf.section != *name) {
        return Ok(());
    }
    let Some(value) = &row.value else {
        let place = SecretPlace::new(column.table, name, column.column);
        return found.keep(SealedValue::unread(place));
    };
    // What is no JSON holds no leaf, so it holds no sealed value either.
    let Ok(mut section) = serde_json::from_str(value) else { return Ok(()) };
    let mut kept = Ok(());
    visit_leaves(name, &mut section, &mut |path, _, leaf| {
        let text = leaf.as_str().unwrap_or_default();
        if kept.is_ok() && envelope::is_sealed(text) {
            let place = SecretPlace::new(column.table, name, path);
            kept = found.keep(match text.len() {
                0..=MAX_ENVELOPE_BYTES => SealedValue { place, envelope: text.to_owned() },
                _ => SealedValue::unread(place),
            });
        }
    });
    kept
}

/// A row as text.
struct Row {
    /// `None` if there is none or it is too long.
    name: Option<String>,
    /// `None` if it is too long.
    value: Option<String>,
}

#[derive(QueryableByName)]
struct ValueRow {
    #[diesel(sql_type = Nullable<Binary>)]
    name: Option<Vec<u8>>,
    #[diesel(sql_type = Bool)]
    name_is_blob: bool,
    #[diesel(sql_type = Nullable<Binary>)]
    value: Option<Vec<u8>>,
    #[diesel(sql_type = Bool)]
    value_is_blob: bool,
}

impl ValueRow {
    fn decode(self, encoding: Encoding) -> Row {
        let of = |is_blob| if is_blob { Encoding::Utf8 } else { encoding };
        Row {
            name: self.name.map(|name| of(self.name_is_blob).decode(&name)),
            value: self.value.map(|value| of(self.value_is_blob).decode(&value)),
        }
    }
}
