//! The table `matter_node_identities`, and the role for all that hangs on a fabric.
//!
//! Does NOT check certificates. The rows of access lists are in `matter_acl_entries`.

use super::{matter_acl_entries as acl, matter_fabrics as fabrics};
use crate::columns::{checked, instant, instant_text};
use crate::error::{Error, readable};
use crate::schema::matter_node_identities as identities;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use loom_domain::fabric::{AclEntry, FabricIndex, NodeIdentity};
use loom_domain::ports::{MatterIdentities, StoreError};
use loom_domain::secret::SecretBytes;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = identities, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    fabric_index: i32,
    noc: Vec<u8>,
    icac: Option<Vec<u8>>,
    private_key: Vec<u8>,
    ipk: Vec<u8>,
    created_at: String,
}

#[async_trait]
impl MatterIdentities for SqliteStateStore {
    async fn find_identity(&self, index: FabricIndex) -> Result<Option<NodeIdentity>, StoreError> {
        self.read(move |connection| {
            let found = identities::table.find(i32::from(index.get())).select(Row::as_select());
            found.first(connection).optional()?.map(to_identity).transpose()
        })
        .await
    }

    async fn put_identity(&self, identity: &NodeIdentity) -> Result<(), StoreError> {
        let fabric = identity.fabric;
        let row = to_row(identity);
        self.write(move |connection| {
            fabrics::require(connection, fabric)?;
            diesel::replace_into(identities::table).values(&row).execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn list_acl(&self, index: FabricIndex) -> Result<Vec<AclEntry>, StoreError> {
        self.read(move |connection| acl::list(connection, index)).await
    }

    async fn put_acl(&self, index: FabricIndex, entries: &[AclEntry]) -> Result<(), StoreError> {
        let rows = acl::to_rows(index, entries);
        self.write(move |connection| {
            fabrics::require(connection, index)?;
            Ok(acl::replace(connection, index, &rows)?)
        })
        .await
    }
}

fn to_row(identity: &NodeIdentity) -> Row {
    Row {
        fabric_index: i32::from(identity.fabric.get()),
        noc: identity.noc.clone(),
        icac: identity.icac.clone(),
        private_key: identity.private_key.reveal().to_vec(),
        ipk: identity.ipk.reveal().to_vec(),
        created_at: instant_text(identity.created_at),
    }
}

fn to_identity(row: Row) -> Result<NodeIdentity, Error> {
    readable("node identity", row.fabric_index, || {
        Ok(NodeIdentity {
            fabric: checked("fabric_index", FabricIndex::parse(row.fabric_index.into()))?,
            noc: row.noc,
            icac: row.icac,
            private_key: SecretBytes::new(row.private_key),
            ipk: SecretBytes::new(row.ipk),
            created_at: instant("created_at", &row.created_at)?,
        })
    })
}
