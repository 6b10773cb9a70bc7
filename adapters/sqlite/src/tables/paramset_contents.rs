//! The table `paramset_contents`: each distinct content of a paramset once, named by its SHA-256.
//!
//! Does NOT know which channels share a content; it asks `paramsets` only whether any row does.

use crate::schema::{paramset_contents, paramsets};
use diesel::dsl::{exists, not};
use diesel::prelude::*;

/// Keeps a content; one that is there already stays as it is.
pub(super) fn keep(connection: &mut SqliteConnection, hash: &str, content: &str) -> QueryResult<()> {
    let row = (paramset_contents::hash.eq(hash), paramset_contents::paramset_json.eq(content));
    let new = diesel::insert_into(paramset_contents::table).values(row);
    new.on_conflict(paramset_contents::hash).do_nothing().execute(connection)?;
    Ok(())
}

/// Removes a content if no paramset refers to it any more.
pub(super) fn remove_orphan(connection: &mut SqliteConnection, hash: &str) -> QueryResult<()> {
    let users = paramsets::table.filter(paramsets::hash.eq(hash)).filter(paramsets::paramset_json.eq(""));
    let orphan = paramset_contents::table.find(hash).filter(not(exists(users)));
    diesel::delete(orphan).execute(connection)?;
    Ok(())
}

/// Counts the distinct contents.
pub(super) fn count(connection: &mut SqliteConnection) -> QueryResult<i64> {
    paramset_contents::table.count().get_result(connection)
}
