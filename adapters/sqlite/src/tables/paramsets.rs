//! The table `paramsets`, for the role of that name. A row points at its content in `paramset_contents`.
//!
//! A row may also carry its content itself, as those of the Go daemon do; it reads the same. Does NOT write such rows.

use super::devices::channels_of;
use super::paramset_contents::{self as contents, Uses};
use crate::columns::{checked, instant, instant_text};
use crate::error::{Error, readable};
use crate::packed::{StoredText, fits};
use crate::schema::{paramset_contents, paramsets};
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::dsl::{auto_type, count, count_star};
use diesel::prelude::*;
use loom_domain::central::CentralName;
use loom_domain::device::{InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::{ParamsetCounts, Paramsets, StoreError};
use std::collections::BTreeMap;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = paramsets, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    central_name: String,
    interface_id: String,
    channel_address: String,
    paramset_key: String,
    content_id: Option<i64>,
    paramset_json: Option<String>,
    updated_at: String,
}

#[async_trait]
impl Paramsets for SqliteStateStore {
    async fn find_paramset(&self, id: &ParamsetId) -> Result<Option<Paramset>, StoreError> {
        let id = id.clone();
        self.read(move |connection| {
            let one = with_content()
                .filter(of_channel(
                    id.interface.central.as_str(),
                    &id.interface.interface_id,
                    &id.channel_address,
                ))
                .filter(paramsets::paramset_key.eq(&id.paramset_key));
            one.first(connection).optional()?.map(to_paramset).transpose()
        })
        .await
    }

    async fn list_paramsets(
        &self,
        interface: &InterfaceRef,
        channel_address: &str,
    ) -> Result<Vec<Paramset>, StoreError> {
        let (interface, channel) = (interface.clone(), channel_address.to_owned());
        self.read(move |connection| {
            let found = with_content()
                .filter(of_channel(interface.central.as_str(), &interface.interface_id, &channel))
                .order(paramsets::paramset_key);
            found.load(connection)?.into_iter().map(to_paramset).collect()
        })
        .await
    }

    async fn put_paramsets(&self, paramsets: &[Paramset]) -> Result<(), StoreError> {
        for Paramset { id, content, .. } in paramsets {
            fits("paramset", || name(&id.channel_address, &id.paramset_key), content)?;
        }
        let batch = paramsets.to_vec();
        self.write_relaxed(move |connection| Ok(put(connection, batch)?)).await
    }

    async fn remove_paramsets_of(&self, interface: &InterfaceRef) -> Result<u64, StoreError> {
        let interface = interface.clone();
        self.write_relaxed(move |connection| Ok(remove_all(connection, &interface)?)).await
    }

    async fn count_paramsets(&self) -> Result<ParamsetCounts, StoreError> {
        self.read(|connection| {
            let rows: i64 = paramsets::table.count().get_result(connection)?;
            let inline: i64 = paramsets::table
                .select(count(paramsets::paramset_json).aggregate_distinct())
                .get_result(connection)?;
            let contents = contents::count(connection)? + inline;
            Ok(ParamsetCounts { paramsets: rows.unsigned_abs(), contents: contents.unsigned_abs() })
        })
        .await
    }
}

/// Removes every paramset of one interface; returns how many.
pub(super) fn remove_all(connection: &mut SqliteConnection, interface: &InterfaceRef) -> QueryResult<u64> {
    let goes = paramsets::table.filter(on(interface.central.as_str(), &interface.interface_id));
    let used = goes.group_by(paramsets::content_id).select((paramsets::content_id, count_star()));
    let uses = no_longer(used.load(connection)?);
    let removed = diesel::delete(goes).execute(connection)? as u64;
    uses.settle(connection)?;
    Ok(removed)
}

/// Removes the paramsets of a device and of its channels.
pub(super) fn remove_of_device(
    connection: &mut SqliteConnection,
    interface: &InterfaceRef,
    address: &str,
) -> QueryResult<()> {
    let (first, end) = channels_of(address);
    let channel = paramsets::channel_address.ge(first).and(paramsets::channel_address.lt(end));
    let goes = paramsets::table
        .filter(on(interface.central.as_str(), &interface.interface_id))
        .filter(paramsets::channel_address.eq(address).or(channel));
    let used = goes.clone().group_by(paramsets::content_id).select((paramsets::content_id, count_star()));
    let uses = no_longer(used.load(connection)?);
    diesel::delete(goes).execute(connection)?;
    uses.settle(connection)
}

fn no_longer(used: Vec<(Option<i64>, i64)>) -> Uses {
    let mut uses = Uses::default();
    for (content_id, count) in used {
        content_id.into_iter().for_each(|id| uses.add(id, -count));
    }
    uses
}

fn put(connection: &mut SqliteConnection, mut batch: Vec<Paramset>) -> QueryResult<()> {
    // Rows that come in the order of their key fill their pages. Those of one key stay in theirs: the last one counts.
    batch.sort_by(|one, other| one.id.cmp(&other.id));
    let mut ids = BTreeMap::new();
    let mut uses = Uses::default();
    for paramset in &batch {
        let hash = paramset.content_hash();
        let content_id = match ids.get(&hash) {
            Some(id) => *id,
            None => contents::keep(connection, &hash, &paramset.content)?,
        };
        ids.insert(hash, content_id);
        let row = to_row(paramset, content_id);
        let before = find_content_id(connection, &row)?;
        if before != Some(content_id) {
            uses.add(content_id, 1);
            before.into_iter().for_each(|id| uses.add(id, -1));
        }
        diesel::replace_into(paramsets::table).values(&row).execute(connection)?;
    }
    uses.settle(connection)
}

fn find_content_id(connection: &mut SqliteConnection, row: &Row) -> QueryResult<Option<i64>> {
    let key = (&row.central_name, &row.interface_id, &row.channel_address, &row.paramset_key);
    let found = paramsets::table.find(key).select(paramsets::content_id).first(connection).optional()?;
    Ok(found.flatten())
}

/// Every paramset beside its shared content, if it has one.
#[auto_type(no_type_alias)]
fn with_content() -> _ {
    let select: diesel::dsl::AsSelect<Row, diesel::sqlite::Sqlite> = Row::as_select();
    paramsets::table
        .left_join(paramset_contents::table.on(paramsets::content_id.eq(paramset_contents::id.nullable())))
        .select((select, paramset_contents::paramset_json.nullable()))
}

#[auto_type(no_type_alias)]
fn on<'a>(central: &'a str, interface_id: &'a str) -> _ {
    paramsets::central_name.eq(central).and(paramsets::interface_id.eq(interface_id))
}

#[auto_type(no_type_alias)]
fn of_channel<'a>(central: &'a str, interface_id: &'a str, channel: &'a str) -> _ {
    paramsets::central_name
        .eq(central)
        .and(paramsets::interface_id.eq(interface_id))
        .and(paramsets::channel_address.eq(channel))
}

fn to_row(paramset: &Paramset, content_id: i64) -> Row {
    Row {
        central_name: paramset.id.interface.central.to_string(),
        interface_id: paramset.id.interface.interface_id.clone(),
        channel_address: paramset.id.channel_address.clone(),
        paramset_key: paramset.id.paramset_key.clone(),
        content_id: Some(content_id),
        paramset_json: None,
        updated_at: instant_text(paramset.updated_at),
    }
}

fn to_paramset((row, shared): (Row, Option<StoredText>)) -> Result<Paramset, Error> {
    readable("paramset", name(&row.channel_address, &row.paramset_key), || {
        let content = match (row.paramset_json, shared) {
            (Some(own), _) => own,
            (None, Some(shared)) => shared.into_text("paramset_json")?,
            (None, None) => return Err("its content is missing".to_owned()),
        };
        let interface = InterfaceRef {
            central: checked("central_name", CentralName::parse(&row.central_name))?,
            interface_id: row.interface_id,
        };
        let id =
            ParamsetId { interface, channel_address: row.channel_address, paramset_key: row.paramset_key };
        Ok(Paramset { id, content, updated_at: instant("updated_at", &row.updated_at)? })
    })
}

fn name(channel_address: &str, paramset_key: &str) -> String {
    format!("{channel_address} {paramset_key}")
}
