//! The table `matter_acl_entries`: the access list of each fabric, in order.
//!
//! Does NOT implement a role; `matter_node_identities` does for both.

use crate::columns::{json, number};
use crate::error::{Error, readable};
use crate::schema::matter_acl_entries as entries;
use diesel::prelude::*;
use loom_domain::fabric::{AclEntry, FabricIndex};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = entries, check_for_backend(diesel::sqlite::Sqlite))]
pub(super) struct Row {
    fabric_index: i32,
    privilege: i32,
    auth_mode: i32,
    subjects_json: String,
    targets_json: String,
    position: i32,
}

/// The rows of a whole list, numbered from 0.
pub(super) fn to_rows(index: FabricIndex, list: &[AclEntry]) -> Vec<Row> {
    let row = |(position, entry): (i32, &AclEntry)| Row {
        fabric_index: i32::from(index.get()),
        privilege: i32::from(entry.privilege),
        auth_mode: i32::from(entry.auth_mode),
        subjects_json: entry.subjects.to_string(),
        targets_json: entry.targets.to_string(),
        position,
    };
    (0..).zip(list).map(row).collect()
}

/// The list of one fabric, in order.
pub(super) fn list(connection: &mut SqliteConnection, index: FabricIndex) -> Result<Vec<AclEntry>, Error> {
    let rows: Vec<Row> = entries::table
        .filter(entries::fabric_index.eq(i32::from(index.get())))
        .order(entries::position)
        .select(Row::as_select())
        .load(connection)?;
    rows.into_iter().map(to_entry).collect()
}

/// Puts `rows` in the place of a fabric's list.
pub(super) fn replace(
    connection: &mut SqliteConnection,
    index: FabricIndex,
    rows: &[Row],
) -> QueryResult<()> {
    let old = entries::table.filter(entries::fabric_index.eq(i32::from(index.get())));
    diesel::delete(old).execute(connection)?;
    for row in rows {
        diesel::insert_into(entries::table).values(row).execute(connection)?;
    }
    Ok(())
}

fn to_entry(row: Row) -> Result<AclEntry, Error> {
    let name = format!("{} of fabric {}", row.position, row.fabric_index);
    readable("access list entry", name, || {
        Ok(AclEntry {
            privilege: number("privilege", row.privilege)?,
            auth_mode: number("auth_mode", row.auth_mode)?,
            subjects: json("subjects_json", &row.subjects_json)?,
            targets: json("targets_json", &row.targets_json)?,
        })
    })
}
