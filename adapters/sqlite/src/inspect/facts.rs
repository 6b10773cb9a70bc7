//! The facts of a database: its schema lineage and version, its tables and their row counts.
//!
//! Looks at ordinary tables only. Virtual tables and views are never opened: they would run what a stranger wrote.

use super::{Failure, NumberRow, TextRow};
use diesel::sql_types::Text;
use diesel::{RunQueryDsl, SqliteConnection, sql_query};
use loom_domain::archive::{DatabaseFacts, SchemaLineage};
use std::collections::BTreeMap;

/// What a virtual table appends to its name for the tables that it keeps its content in.
const SHADOW_ENDINGS: [&str; 11] =
    ["data", "idx", "content", "docsize", "config", "segments", "segdir", "stat", "node", "parent", "rowid"];

/// Reads lineage, version and row counts.
pub(crate) fn read_facts(connection: &mut SqliteConnection) -> Result<DatabaseFacts, Failure> {
    let mut tables = BTreeMap::new();
    for table in ordinary_tables(connection)? {
        let rows = number(connection, &format!("SELECT count(*) AS value FROM {}", quoted(&table)))?;
        tables.insert(table, rows.and_then(|rows| u64::try_from(rows).ok()).unwrap_or(0));
    }
    let (lineage, schema_version) = read_version(connection, &tables)?;
    Ok(DatabaseFacts { lineage, schema_version, tables })
}

/// The names of the ordinary tables, in byte order: neither SQLite's own, nor virtual ones and their content.
pub(crate) fn ordinary_tables(connection: &mut SqliteConnection) -> Result<Vec<String>, Failure> {
    let virtual_tables = names(connection, "coalesce(rootpage, 0) = 0")?;
    let is_shadow = |table: &str| {
        let rests =
            virtual_tables.iter().filter_map(|name| table.strip_prefix(name.as_str())?.strip_prefix('_'));
        rests.into_iter().any(|rest| SHADOW_ENDINGS.contains(&rest))
    };
    let mut tables = names(connection, r"rootpage > 0 AND name NOT LIKE 'sqlite\_%' ESCAPE '\'")?;
    tables.retain(|table| !is_shadow(table));
    Ok(tables)
}

/// Says whether an ordinary table has all of these columns, stored ones at that.
pub(super) fn has_columns(
    connection: &mut SqliteConnection,
    table: &str,
    columns: &[&str],
) -> Result<bool, Failure> {
    let has: Vec<TextRow> = sql_query("SELECT name AS value FROM pragma_table_info(?)")
        .bind::<Text, _>(table)
        .load(connection)?;
    Ok(columns.iter().all(|column| has.iter().any(|row| row.value == *column)))
}

/// Quotes the name of a table or column.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn read_version(
    connection: &mut SqliteConnection,
    tables: &BTreeMap<String, u64>,
) -> Result<(SchemaLineage, Option<i64>), Failure> {
    let ours = "__diesel_schema_migrations";
    if tables.contains_key(ours) && has_columns(connection, ours, &["version"])? {
        let newest = "SELECT max(CAST(version AS INTEGER)) AS value FROM __diesel_schema_migrations";
        return Ok((SchemaLineage::Loom, number(connection, newest)?));
    }
    let goose = "goose_db_version";
    if tables.contains_key(goose) && has_columns(connection, goose, &["version_id", "is_applied"])? {
        let newest =
            "SELECT CAST(max(version_id) AS INTEGER) AS value FROM goose_db_version WHERE is_applied = 1";
        return Ok((SchemaLineage::Goose, number(connection, newest)?));
    }
    Ok((SchemaLineage::Unknown, None))
}

fn names(connection: &mut SqliteConnection, condition: &str) -> Result<Vec<String>, Failure> {
    let query =
        format!("SELECT name AS value FROM sqlite_schema WHERE type = 'table' AND {condition} ORDER BY name");
    let rows: Vec<TextRow> = sql_query(query).load(connection)?;
    Ok(rows.into_iter().map(|row| row.value).collect())
}

fn number(connection: &mut SqliteConnection, query: &str) -> Result<Option<i64>, Failure> {
    Ok(sql_query(query).get_result::<NumberRow>(connection)?.value)
}
