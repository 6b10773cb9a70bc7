//! The table `devices`, for the role of that name.
//!
//! Does NOT hold paramsets (`paramsets`); those of a removed device go with it.

use super::paramsets;
use crate::columns::{checked, instant, instant_text, json};
use crate::error::{Error, readable};
use crate::packed::{StoredText, fits};
use crate::schema::devices;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::dsl::auto_type;
use diesel::prelude::*;
use loom_domain::central::CentralName;
use loom_domain::device::{Device, InterfaceRef};
use loom_domain::ports::{Devices, StoreError};

const DESCRIPTION: &str = "description_json";

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = devices, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    central_name: String,
    interface_id: String,
    address: String,
    device_type: String,
    parent: String,
    firmware: String,
    model: String,
    manufacturer: String,
    product_group: String,
    hash: String,
    description_json: StoredText,
    updated_at: String,
}

#[async_trait]
impl Devices for SqliteStateStore {
    async fn list_devices(&self, interface: &InterfaceRef) -> Result<Vec<Device>, StoreError> {
        let interface = interface.clone();
        self.read(move |connection| {
            let found = devices::table.filter(on(interface.central.as_str(), &interface.interface_id));
            let rows = found.order(devices::address).select(Row::as_select()).load(connection)?;
            rows.into_iter().map(to_device).collect()
        })
        .await
    }

    async fn find_device(
        &self,
        interface: &InterfaceRef,
        address: &str,
    ) -> Result<Option<Device>, StoreError> {
        let key = (interface.central.to_string(), interface.interface_id.clone(), address.to_owned());
        self.read(move |connection| {
            let row = devices::table.find(key).select(Row::as_select()).first(connection).optional()?;
            row.map(to_device).transpose()
        })
        .await
    }

    async fn put_devices(&self, devices: &[Device]) -> Result<(), StoreError> {
        let rows = devices.iter().map(to_row).collect::<Result<Vec<_>, _>>()?;
        self.write_relaxed(move |connection| {
            for row in &rows {
                diesel::replace_into(devices::table).values(row).execute(connection)?;
            }
            Ok(())
        })
        .await
    }

    async fn remove_device(&self, interface: &InterfaceRef, address: &str) -> Result<u64, StoreError> {
        let (interface, address) = (interface.clone(), address.to_owned());
        self.write_relaxed(move |connection| {
            paramsets::remove_of_device(connection, &interface, &address)?;
            let (first, end) = channels_of(&address);
            let channel = devices::address.ge(first).and(devices::address.lt(end));
            let goes = devices::table
                .filter(on(interface.central.as_str(), &interface.interface_id))
                .filter(devices::address.eq(&address).or(channel));
            Ok(diesel::delete(goes).execute(connection)? as u64)
        })
        .await
    }

    async fn list_interfaces(&self) -> Result<Vec<InterfaceRef>, StoreError> {
        self.read(|connection| {
            let key = (devices::central_name, devices::interface_id);
            let found: Vec<(String, String)> =
                devices::table.select(key).distinct().order(key).load(connection)?;
            found.into_iter().map(|(central, interface_id)| to_interface(&central, interface_id)).collect()
        })
        .await
    }
}

/// Removes every device of one interface.
pub(super) fn remove_all(connection: &mut SqliteConnection, interface: &InterfaceRef) -> QueryResult<()> {
    let goes = devices::table.filter(on(interface.central.as_str(), &interface.interface_id));
    diesel::delete(goes).execute(connection).map(|_| ())
}

/// Where the channels of a device begin and end: `ADDRESS:` and `ADDRESS;`, since `;` follows `:`.
pub(super) fn channels_of(address: &str) -> (String, String) {
    (format!("{address}:"), format!("{address};"))
}

#[auto_type(no_type_alias)]
fn on<'a>(central: &'a str, interface_id: &'a str) -> _ {
    devices::central_name.eq(central).and(devices::interface_id.eq(interface_id))
}

fn to_row(device: &Device) -> Result<Row, StoreError> {
    let description = device.description.to_string();
    fits("device", || device.address.clone(), &description)?;
    Ok(Row {
        central_name: device.interface.central.to_string(),
        interface_id: device.interface.interface_id.clone(),
        address: device.address.clone(),
        device_type: device.device_type.clone(),
        parent: device.parent.clone(),
        firmware: device.firmware.clone(),
        model: device.model.clone(),
        manufacturer: device.manufacturer.clone(),
        product_group: device.product_group.clone(),
        hash: device.hash.clone(),
        description_json: StoredText::Plain(description),
        updated_at: instant_text(device.updated_at),
    })
}

fn to_device(row: Row) -> Result<Device, Error> {
    readable("device", row.address.clone(), || {
        Ok(Device {
            interface: InterfaceRef {
                central: checked("central_name", CentralName::parse(&row.central_name))?,
                interface_id: row.interface_id,
            },
            address: row.address,
            device_type: row.device_type,
            parent: row.parent,
            firmware: row.firmware,
            model: row.model,
            manufacturer: row.manufacturer,
            product_group: row.product_group,
            hash: row.hash,
            description: json(DESCRIPTION, &row.description_json.into_text(DESCRIPTION)?)?,
            updated_at: instant("updated_at", &row.updated_at)?,
        })
    })
}

fn to_interface(central: &str, interface_id: String) -> Result<InterfaceRef, Error> {
    readable("interface", format!("{central}/{interface_id}"), || {
        Ok(InterfaceRef { central: checked("central_name", CentralName::parse(central))?, interface_id })
    })
}
