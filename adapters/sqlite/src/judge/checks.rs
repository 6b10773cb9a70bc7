//! The two checks of SQLite and how their findings become lines.
//!
//! Does NOT weigh the findings.

use crate::inspect::Failure;
use diesel::connection::DefaultLoadingMode;
use diesel::sql_types::{Nullable, Text};
use diesel::{QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use loom_domain::terminal::fit_for_terminal;
use std::collections::BTreeMap;

/// How many lines either check gives at the most.
const MAX_LINES: usize = 20;
/// Longest line in characters; names in a stranger's schema have no limit.
const MAX_LINE_CHARS: usize = 200;

/// Runs `integrity_check`; not getting to its end is a finding too.
pub(super) fn integrity(
    connection: &mut SqliteConnection,
    problems: &mut Vec<String>,
) -> Result<(), Failure> {
    // As a table-valued function it would take the number for the name of a table.
    let query = format!("PRAGMA integrity_check({MAX_LINES})");
    let found: Result<Vec<FindingRow>, _> = sql_query(query).load(connection);
    match found.map_err(Failure::from) {
        Ok(rows) => {
            for line in rows.iter().flat_map(|row| row.integrity_check.lines()).filter(|line| *line != "ok") {
                note(problems, line);
            }
            Ok(())
        }
        Err(Failure::Damaged(words) | Failure::Senseless(words)) => {
            note(problems, &words);
            Ok(())
        }
        Err(other) => Err(other),
    }
}

/// Runs `foreign_key_check`; a line for each pair of tables.
pub(super) fn foreign_keys(
    connection: &mut SqliteConnection,
    orphans: &mut Vec<String>,
) -> Result<(), Failure> {
    // Counted here: SQLite would sort every single row for it.
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    let query = "SELECT \"table\" AS child, parent FROM pragma_foreign_key_check";
    for row in sql_query(query).load_iter::<OrphanRow, DefaultLoadingMode>(connection)? {
        let row = match row.map_err(Failure::from) {
            Ok(row) => row,
            // Foreign keys that point at something unfit lose no row.
            Err(Failure::Senseless(words)) => {
                note(orphans, &format!("foreign keys cannot be checked: {words}"));
                break;
            }
            Err(failure) => return Err(failure),
        };
        *counts.entry((row.child.unwrap_or_default(), row.parent.unwrap_or_default())).or_default() += 1;
    }
    for ((child, parent), count) in counts {
        let (rows, have) = if count == 1 { ("row", "has") } else { ("rows", "have") };
        note(orphans, &format!("{count} {rows} of `{child}` {have} no row in `{parent}`"));
    }
    Ok(())
}

/// Keeps a line, fit for a terminal, as long as there are not too many.
pub(super) fn note(lines: &mut Vec<String>, line: &str) {
    let shown = fit_for_terminal(line, MAX_LINE_CHARS);
    if lines.len() < MAX_LINES && !lines.contains(&shown) {
        lines.push(shown);
    }
}

#[derive(QueryableByName)]
struct FindingRow {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

#[derive(QueryableByName)]
struct OrphanRow {
    #[diesel(sql_type = Nullable<Text>)]
    child: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    parent: Option<String>,
}
