//! The sealed values of a database: what stands in its secret-classed places and claims to be an envelope.
//!
//! Does NOT open envelopes, and keeps no secret that stands there in clear.

use super::Failure;
use super::facts::{has_columns, quoted};
use diesel::connection::DefaultLoadingMode;
use diesel::sql_types::Binary;
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use loom_domain::archive::{DatabaseFacts, SealedValue};
use loom_domain::secret::classify::{ColumnShape, SECRET_COLUMNS, SecretColumn, visit_leaves};
use loom_domain::secret::envelope;

/// Longest value looked at in bytes. No envelope and no config section comes near it; what a stranger made longer is
/// not worth the memory.
const MAX_VALUE_BYTES: usize = 4 << 20;

/// Reads the sealed values of the tables in `facts`, in the order of the secret-classed columns and their rows' names.
pub(crate) fn sealed_values(
    connection: &mut SqliteConnection,
    facts: &DatabaseFacts,
) -> Result<Vec<SealedValue>, Failure> {
    let mut found = Vec::new();
    for column in &SECRET_COLUMNS {
        if facts.tables.contains_key(column.table)
            && has_columns(connection, column.table, &[column.name_column, column.column])?
        {
            read_column(connection, column, &mut found)?;
        }
    }
    Ok(found)
}

fn read_column(
    connection: &mut SqliteConnection,
    column: &SecretColumn,
    found: &mut Vec<SealedValue>,
) -> Result<(), Failure> {
    let [table, name, value] = [column.table, column.name_column, column.column].map(quoted);
    // As bytes, for a database may hold text that is none.
    let query = format!(
        "SELECT CAST({name} AS BLOB) AS name, CAST({value} AS BLOB) AS value FROM {table}
         WHERE typeof({value}) = 'text' AND {name} IS NOT NULL AND octet_length({value}) <= {MAX_VALUE_BYTES}
         ORDER BY {name}"
    );
    for row in sql_query(query).load_iter::<ValueRow, DefaultLoadingMode>(connection)? {
        let row = row?;
        let name = String::from_utf8_lossy(&row.name);
        let mut keep = |field: &str, text: &str| {
            if envelope::is_sealed(text) {
                let place = format!("{}/{name}/{field}", column.table);
                found.push(SealedValue { place, envelope: text.to_owned() });
            }
        };
        match column.shape {
            ColumnShape::Whole => keep(column.column, &String::from_utf8_lossy(&row.value)),
            ColumnShape::SectionJson => {
                // What is no JSON holds no leaf, so it holds no sealed value either.
                let Ok(mut section) = serde_json::from_slice(&row.value) else { continue };
                visit_leaves(&name, &mut section, &mut |path, _, leaf| {
                    keep(path, leaf.as_str().unwrap_or_default());
                });
            }
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct ValueRow {
    #[diesel(sql_type = Binary)]
    name: Vec<u8>,
    #[diesel(sql_type = Binary)]
    value: Vec<u8>,
}
