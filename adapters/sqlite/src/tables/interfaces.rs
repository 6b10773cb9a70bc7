//! The table `interfaces`, for the role of that name.
//!
//! A row of a Go daemon says nothing of when descriptions were read, so nothing is remembered of its interface. Does NOT
//! hold devices; forgetting an interface drops them.

use super::{devices, paramsets};
use crate::columns::{instant, instant_text};
use crate::error::{Error, readable};
use crate::schema::interfaces;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use loom_domain::device::{CachedInterface, InterfaceRef};
use loom_domain::ports::{Interfaces, StoreError};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = interfaces, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    central_name: String,
    interface_id: String,
    interface_name: String,
    url: String,
    last_seen_version: Option<String>,
    updated_at: String,
    serial: Option<String>,
    simplified: Option<bool>,
    read_at: Option<String>,
    compared_at: Option<String>,
}

#[async_trait]
impl Interfaces for SqliteStateStore {
    async fn find_interface(&self, interface: &InterfaceRef) -> Result<Option<CachedInterface>, StoreError> {
        let interface = interface.clone();
        self.read(move |connection| {
            let key = (interface.central.as_str(), &interface.interface_id);
            let row = interfaces::table.find(key).select(Row::as_select()).first(connection).optional()?;
            row.map_or(Ok(None), |row| to_cached(row, interface))
        })
        .await
    }

    async fn put_interface(&self, interface: &CachedInterface) -> Result<(), StoreError> {
        let row = to_row(interface);
        self.write_relaxed(move |connection| {
            diesel::replace_into(interfaces::table).values(&row).execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn drop_interface(&self, interface: &InterfaceRef) -> Result<(), StoreError> {
        let interface = interface.clone();
        self.write_relaxed(move |connection| {
            let key = (interface.central.as_str(), &interface.interface_id);
            diesel::delete(interfaces::table.find(key)).execute(connection)?;
            devices::remove_all(connection, &interface)?;
            paramsets::remove_all(connection, &interface)?;
            Ok(())
        })
        .await
    }
}

fn to_row(cached: &CachedInterface) -> Row {
    Row {
        central_name: cached.interface.central.to_string(),
        interface_id: cached.interface.interface_id.clone(),
        interface_name: cached.interface.interface_id.clone(),
        url: String::new(),
        last_seen_version: Some(cached.firmware.clone()),
        updated_at: instant_text(cached.compared_at),
        serial: Some(cached.serial.clone()),
        simplified: Some(cached.simplified),
        read_at: Some(instant_text(cached.read_at)),
        compared_at: Some(instant_text(cached.compared_at)),
    }
}

fn to_cached(row: Row, interface: InterfaceRef) -> Result<Option<CachedInterface>, Error> {
    let Some(read_at) = row.read_at else { return Ok(None) };
    readable("interface", format!("{}/{}", interface.central, interface.interface_id), || {
        let lacks = |column| format!("{column}: is missing");
        Ok(Some(CachedInterface {
            interface,
            firmware: row.last_seen_version.ok_or_else(|| lacks("last_seen_version"))?,
            serial: row.serial.ok_or_else(|| lacks("serial"))?,
            simplified: row.simplified.ok_or_else(|| lacks("simplified"))?,
            read_at: instant("read_at", &read_at)?,
            compared_at: instant("compared_at", &row.compared_at.ok_or_else(|| lacks("compared_at"))?)?,
        }))
    })
}
