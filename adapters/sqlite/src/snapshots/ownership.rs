//! Whether a main database is OpenCCU-Loom's: the wrong data dir must not become a backup that looks like one.
//!
//! Does NOT look at any other database; those may hold anything.

use crate::inspect::{Failure, ordinary_tables};
use diesel::SqliteConnection;

/// The tables of OpenCCU-Loom, this project's and the Go daemon's; one of them is enough.
const LOOM_TABLES: [&str; 26] = [
    "__diesel_schema_migrations",
    "goose_db_version",
    "interfaces",
    "devices",
    "paramsets",
    "paramset_contents",
    "incidents",
    "audit_log",
    "master_values",
    "values_cache",
    "users",
    "tokens",
    "centrals",
    "config_sections",
    "auth_sessions",
    "user_preferences",
    "ccu_backups",
    "matter_fabrics",
    "matter_node_identities",
    "matter_group_keys",
    "matter_group_key_map",
    "matter_acl_entries",
    "matter_endpoints",
    "matter_resumption",
    "matter_exposures",
    "matter_metadata",
];
/// How many of a stranger's tables are named.
const SHOWN: usize = 3;

/// Refuses a database without a single OpenCCU-Loom table as foreign, naming what it has instead.
pub(super) fn check(connection: &mut SqliteConnection) -> Result<(), Failure> {
    let tables = ordinary_tables(connection)?;
    if tables.iter().any(|table| LOOM_TABLES.contains(&table.as_str())) {
        return Ok(());
    }
    let shown: Vec<_> =
        tables.iter().take(SHOWN).map(|table| format!("`{}`", table.escape_debug())).collect();
    Err(Failure::Foreign(match (shown.join(", "), tables.len().saturating_sub(SHOWN)) {
        (shown, _) if shown.is_empty() => "it holds no tables".to_owned(),
        (shown, 0) => format!("its tables are {shown}"),
        (shown, more) => format!("its tables are {shown} and {more} more"),
    }))
}
