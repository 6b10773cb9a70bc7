//! The table `state_marks`: what happened once to this state, and when.
//!
//! Does NOT serve a role of its own; `config_batches` keeps its seeding here.

use crate::columns::{instant, instant_text};
use crate::error::{Error, readable};
use crate::schema::state_marks;
use diesel::prelude::*;
use jiff::Timestamp;

/// A first run seeded the configuration.
pub(crate) const SEEDED: &str = "seeded";

/// Sets a mark; one that is set already stays as it is.
pub(crate) fn set(connection: &mut SqliteConnection, mark: &str, at: Timestamp) -> QueryResult<()> {
    let row = (state_marks::mark.eq(mark), state_marks::at.eq(instant_text(at)));
    diesel::insert_or_ignore_into(state_marks::table).values(row).execute(connection).map(|_| ())
}

/// When a mark was set, if it was.
pub(crate) fn find(connection: &mut SqliteConnection, mark: &str) -> Result<Option<Timestamp>, Error> {
    let found = state_marks::table.find(mark).select(state_marks::at);
    let at: Option<String> = found.first(connection).optional()?;
    at.map(|at| readable("mark", mark, || instant("at", &at))).transpose()
}
