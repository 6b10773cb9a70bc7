//! The table `matter_fabrics`, for the role of that name. What hangs on a fabric goes with it by foreign keys.
//!
//! Does NOT hold identities and access lists (`matter_node_identities`, `matter_acl_entries`).

use crate::columns::{checked, instant, instant_text, number};
use crate::error::{Error, already_exists, not_found, readable};
use crate::schema::matter_fabrics;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use loom_domain::fabric::{Fabric, FabricIndex};
use loom_domain::ports::{MatterFabrics, StoreError};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = matter_fabrics, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    fabric_index: i32,
    fabric_id: Vec<u8>,
    node_id: Vec<u8>,
    root_public_key: Vec<u8>,
    vendor_id: i32,
    label: String,
    compressed_id: Vec<u8>,
    created_at: String,
    updated_at: String,
    root_cert: Option<Vec<u8>>,
}

#[async_trait]
impl MatterFabrics for SqliteStateStore {
    async fn list_fabrics(&self) -> Result<Vec<Fabric>, StoreError> {
        self.read(|connection| {
            let ordered = matter_fabrics::table.order(matter_fabrics::fabric_index);
            let rows = ordered.select(Row::as_select()).load(connection)?;
            rows.into_iter().map(to_fabric).collect()
        })
        .await
    }

    async fn create_fabric(&self, fabric: &Fabric) -> Result<(), StoreError> {
        let row = to_row(fabric);
        self.write(move |connection| {
            if let Some(index) = find_clash(connection, &row)? {
                return Err(already_exists("fabric", index));
            }
            diesel::insert_into(matter_fabrics::table).values(&row).execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn remove_fabric(&self, index: FabricIndex) -> Result<(), StoreError> {
        self.write(move |connection| {
            let fabric = matter_fabrics::table.find(i32::from(index.get()));
            match diesel::delete(fabric).execute(connection)? {
                0 => Err(not_found("fabric", index.get())),
                _ => Ok(()),
            }
        })
        .await
    }
}

/// Refuses an index that no fabric has.
pub(super) fn require(connection: &mut SqliteConnection, index: FabricIndex) -> Result<(), Error> {
    let fabric = matter_fabrics::table.find(i32::from(index.get()));
    let found: Option<i32> = fabric.select(matter_fabrics::fabric_index).first(connection).optional()?;
    found.map(|_| ()).ok_or_else(|| not_found("fabric", index.get()))
}

/// The index of the fabric that stands in the way of a new one.
fn find_clash(connection: &mut SqliteConnection, new: &Row) -> QueryResult<Option<i32>> {
    let same_pair = matter_fabrics::fabric_id
        .eq(&new.fabric_id)
        .and(matter_fabrics::root_public_key.eq(&new.root_public_key));
    matter_fabrics::table
        .filter(matter_fabrics::fabric_index.eq(new.fabric_index).or(same_pair))
        .select(matter_fabrics::fabric_index)
        .first(connection)
        .optional()
}

fn to_row(fabric: &Fabric) -> Row {
    Row {
        fabric_index: i32::from(fabric.index.get()),
        fabric_id: fabric.fabric_id.clone(),
        node_id: fabric.node_id.clone(),
        root_public_key: fabric.root_public_key.clone(),
        vendor_id: i32::from(fabric.vendor_id),
        label: fabric.label.clone(),
        compressed_id: fabric.compressed_id.clone(),
        created_at: instant_text(fabric.created_at),
        updated_at: instant_text(fabric.updated_at),
        root_cert: fabric.root_cert.clone(),
    }
}

fn to_fabric(row: Row) -> Result<Fabric, Error> {
    readable("fabric", row.fabric_index, || {
        Ok(Fabric {
            index: checked("fabric_index", FabricIndex::parse(row.fabric_index.into()))?,
            fabric_id: row.fabric_id,
            node_id: row.node_id,
            root_public_key: row.root_public_key,
            root_cert: row.root_cert,
            vendor_id: number("vendor_id", row.vendor_id)?,
            label: row.label,
            compressed_id: row.compressed_id,
            created_at: instant("created_at", &row.created_at)?,
            updated_at: instant("updated_at", &row.updated_at)?,
        })
    })
}
