//! The table `paramsets`, for the role of that name. A row points at its content in `paramset_contents`.
//!
//! A row may also carry its content itself, as those of the Go daemon do; it reads the same. Does NOT write such rows.

use super::devices::channels_of;
use super::paramset_contents as contents;
use crate::columns::{checked, instant, instant_text};
use crate::error::{Error, readable};
use crate::schema::{paramset_contents, paramsets};
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::dsl::{auto_type, count};
use diesel::prelude::*;
use loom_domain::central::CentralName;
use loom_domain::device::{InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::{ParamsetCounts, Paramsets, StoreError};
use std::collections::BTreeSet;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = paramsets, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    central_name: String,
    interface_id: String,
    channel_address: String,
    paramset_key: String,
    hash: String,
    paramset_json: String,
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
        let batch = paramsets.to_vec();
        self.write(move |connection| Ok(put(connection, &batch)?)).await
    }

    async fn remove_paramsets_of(&self, interface: &InterfaceRef) -> Result<u64, StoreError> {
        let interface = interface.clone();
        self.write(move |connection| Ok(remove_all(connection, &interface)?)).await
    }

    async fn count_paramsets(&self) -> Result<ParamsetCounts, StoreError> {
        self.read(|connection| {
            let rows: i64 = paramsets::table.count().get_result(connection)?;
            let inline: i64 = paramsets::table
                .filter(paramsets::paramset_json.ne(""))
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
    let hashes: Vec<String> = goes.select(paramsets::hash).distinct().load(connection)?;
    let removed = diesel::delete(goes).execute(connection)? as u64;
    remove_orphans(connection, &hashes)?;
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
    let hashes: Vec<String> = goes.clone().select(paramsets::hash).distinct().load(connection)?;
    diesel::delete(goes).execute(connection)?;
    remove_orphans(connection, &hashes)
}

fn remove_orphans(connection: &mut SqliteConnection, hashes: &[String]) -> QueryResult<()> {
    hashes.iter().try_for_each(|hash| contents::remove_orphan(connection, hash))
}

fn put(connection: &mut SqliteConnection, batch: &[Paramset]) -> QueryResult<()> {
    let mut kept = BTreeSet::new();
    let mut left = BTreeSet::new();
    for paramset in batch {
        let row = to_row(paramset);
        if !kept.contains(&row.hash) {
            contents::keep(connection, &row.hash, &paramset.content)?;
            kept.insert(row.hash.clone());
        }
        left.extend(find_hash(connection, &row)?.filter(|before| *before != row.hash));
        diesel::replace_into(paramsets::table).values(&row).execute(connection)?;
    }
    left.iter().try_for_each(|hash| contents::remove_orphan(connection, hash))
}

fn find_hash(connection: &mut SqliteConnection, row: &Row) -> QueryResult<Option<String>> {
    let key = (&row.central_name, &row.interface_id, &row.channel_address, &row.paramset_key);
    paramsets::table.find(key).select(paramsets::hash).first(connection).optional()
}

/// Every paramset beside its shared content, if it has one.
#[auto_type(no_type_alias)]
fn with_content() -> _ {
    let select: diesel::dsl::AsSelect<Row, diesel::sqlite::Sqlite> = Row::as_select();
    paramsets::table
        .left_join(paramset_contents::table.on(paramset_contents::hash.eq(paramsets::hash)))
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

fn to_row(paramset: &Paramset) -> Row {
    Row {
        central_name: paramset.id.interface.central.to_string(),
        interface_id: paramset.id.interface.interface_id.clone(),
        channel_address: paramset.id.channel_address.clone(),
        paramset_key: paramset.id.paramset_key.clone(),
        hash: paramset.content_hash(),
        paramset_json: String::new(),
        updated_at: instant_text(paramset.updated_at),
    }
}

fn to_paramset((row, shared): (Row, Option<String>)) -> Result<Paramset, Error> {
    let name = format!("{} {}", row.channel_address, row.paramset_key);
    readable("paramset", name, || {
        let inline = Some(row.paramset_json).filter(|inline| !inline.is_empty());
        let content = inline.or(shared).ok_or_else(|| format!("its content `{}` is missing", row.hash))?;
        let interface = InterfaceRef {
            central: checked("central_name", CentralName::parse(&row.central_name))?,
            interface_id: row.interface_id,
        };
        let id =
            ParamsetId { interface, channel_address: row.channel_address, paramset_key: row.paramset_key };
        Ok(Paramset { id, content, updated_at: instant("updated_at", &row.updated_at)? })
    })
}
