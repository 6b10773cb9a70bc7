//! The table `paramset_contents`: each distinct content of a paramset once, numbered, found by its SHA-256, and with the
//! number of paramsets that refer to it.
//!
//! Does NOT know which paramsets those are; whoever writes or removes some counts them ([`Uses`]).

use crate::packed::StoredText;
use crate::schema::paramset_contents;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// The number of a content, which is kept if it is not there yet.
pub(super) fn keep(connection: &mut SqliteConnection, hash: &str, content: &str) -> QueryResult<i64> {
    let known = paramset_contents::table.filter(paramset_contents::hash.eq(hash));
    if let Some(id) = known.select(paramset_contents::id).first(connection).optional()? {
        return Ok(id);
    }
    let row = (
        paramset_contents::hash.eq(hash),
        paramset_contents::uses.eq(0),
        paramset_contents::paramset_json.eq(StoredText::Plain(content.to_owned())),
    );
    let new = diesel::insert_into(paramset_contents::table).values(row);
    new.returning(paramset_contents::id).get_result(connection)
}

/// Counts the distinct contents.
pub(super) fn count(connection: &mut SqliteConnection) -> QueryResult<i64> {
    paramset_contents::table.count().get_result(connection)
}

/// How many more or fewer paramsets refer to each content than before.
#[derive(Default)]
pub(super) struct Uses(BTreeMap<i64, i64>);

impl Uses {
    /// Counts paramsets that refer to a content now, or negative ones that did before.
    pub(super) fn add(&mut self, content_id: i64, more: i64) {
        *self.0.entry(content_id).or_default() += more;
    }

    /// Writes down what was counted, and removes the contents that nothing refers to any more.
    pub(super) fn settle(self, connection: &mut SqliteConnection) -> QueryResult<()> {
        for (id, more) in self.0 {
            let content = paramset_contents::table.find(id);
            let uses = paramset_contents::uses.eq(paramset_contents::uses + more);
            diesel::update(content).set(uses).execute(connection)?;
            if more <= 0 {
                diesel::delete(content.filter(paramset_contents::uses.eq(0))).execute(connection)?;
            }
        }
        Ok(())
    }
}
