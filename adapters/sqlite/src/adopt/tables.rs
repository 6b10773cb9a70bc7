//! Which tables are taken over, and how they make room for ours.
//!
//! Does NOT read rows (`copy`).

use super::Adopted;
use crate::inspect::{TextRow, quoted};
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{QueryResult, RunQueryDsl, SqliteConnection, sql_query};

/// Tables of which a row that cannot be read is left out: what a central can be asked for again, and what costs its
/// user a login or a look.
pub(super) const DISPENSABLE: [&str; 7] = [
    "interfaces",
    "devices",
    "paramsets",
    "master_values",
    "values_cache",
    "auth_sessions",
    "user_preferences",
];

/// The other tables that a Go daemon and we have in common: every row is taken over.
pub(super) const RECORDS: [&str; 15] = [
    "incidents",
    "audit_log",
    "users",
    "tokens",
    "centrals",
    "config_sections",
    "matter_fabrics",
    "matter_node_identities",
    "matter_acl_entries",
    "matter_group_keys",
    "matter_group_key_map",
    "matter_resumption",
    "matter_endpoints",
    "matter_exposures",
    "matter_metadata",
];

/// Tables of ours that a Go daemon does not have, and where it keeps its schema version. Should one be there, it is
/// kept under another name.
pub(super) const NOT_IN_COMMON: [&str; 6] =
    ["paramset_contents", "ccu_backups", "ccu_restores", "state_marks", "sealing_key", "goose_db_version"];

/// What is put before the name of a table while its rows are taken over.
pub(super) const ASIDE: &str = "adopting_";
/// What is put before the name of a table that is kept.
pub(super) const KEPT: &str = "adopted_";

/// Renames the tables that are taken over, and those whose names we need; gives the names of the former. All other
/// tables are kept as they are.
pub(super) fn set_aside(
    connection: &mut SqliteConnection,
    adopted: &mut Adopted,
) -> QueryResult<Vec<String>> {
    let query = r"SELECT name AS value FROM sqlite_schema
                  WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name";
    let found: Vec<TextRow> = sql_query(query).load(connection)?;
    let mut set_aside = Vec::new();
    for TextRow { value: table } in found {
        if DISPENSABLE.contains(&table.as_str()) || RECORDS.contains(&table.as_str()) {
            drop_indexes(connection, &table)?;
            rename(connection, &table, ASIDE)?;
            set_aside.push(table);
        } else if NOT_IN_COMMON.contains(&table.as_str()) {
            rename(connection, &table, KEPT)?;
            adopted.kept_tables.insert(format!("{KEPT}{table}"));
        } else {
            adopted.kept_tables.insert(table);
        }
    }
    Ok(set_aside)
}

/// Drops a table whose rows were taken over.
pub(super) fn drop_aside(connection: &mut SqliteConnection, table: &str) -> QueryResult<()> {
    connection.batch_execute(&format!("DROP TABLE {}", quoted(&format!("{ASIDE}{table}"))))
}

fn rename(connection: &mut SqliteConnection, table: &str, prefix: &str) -> QueryResult<()> {
    let to = quoted(&format!("{prefix}{table}"));
    connection.batch_execute(&format!("ALTER TABLE {} RENAME TO {to}", quoted(table)))
}

/// Indexes keep their names when their table is renamed, and those may be the ones we need.
fn drop_indexes(connection: &mut SqliteConnection, table: &str) -> QueryResult<()> {
    let query =
        "SELECT name AS value FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL";
    let indexes: Vec<TextRow> = sql_query(query).bind::<Text, _>(table).load(connection)?;
    indexes
        .iter()
        .try_for_each(|index| connection.batch_execute(&format!("DROP INDEX {}", quoted(&index.value))))
}
