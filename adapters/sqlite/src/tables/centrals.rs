//! The table `centrals`, for the role of that name.
//!
//! Does NOT touch what is cached of a removed central.

use crate::columns::{checked, instant, instant_text, json, json_texts, number, secret, secret_text};
use crate::error::{Error, not_found, readable};
use crate::schema::centrals;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::{Centrals, StoreError};
use loom_domain::secret::SecretValue;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = centrals, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    name: String,
    host: String,
    port: Option<i32>,
    json_rpc_port: Option<i32>,
    username: Option<String>,
    password_env: Option<String>,
    password_plain: Option<String>,
    tls: bool,
    tls_insecure_skip_verify: bool,
    primary_interface: Option<String>,
    interfaces_json: String,
    ports_json: String,
    visibility_json: String,
    enabled: bool,
    created_at: String,
    updated_at: String,
    behavior_json: String,
    serial: Option<String>,
    system_type: Option<String>,
    api_token_env: Option<String>,
    api_token_plain: Option<String>,
    tls_fingerprint: Option<String>,
    api_token_file: Option<String>,
}

#[async_trait]
impl Centrals for SqliteStateStore {
    async fn list_centrals(&self) -> Result<Vec<Central>, StoreError> {
        self.read(|connection| {
            let rows = centrals::table.order(centrals::name).select(Row::as_select()).load(connection)?;
            rows.into_iter().map(to_central).collect()
        })
        .await
    }

    async fn find_central(&self, name: &CentralName) -> Result<Option<Central>, StoreError> {
        let name = name.to_string();
        self.read(move |connection| {
            let row = centrals::table.find(name).select(Row::as_select()).first(connection).optional()?;
            row.map(to_central).transpose()
        })
        .await
    }

    async fn put_central(&self, central: &Central) -> Result<(), StoreError> {
        let central = central.clone();
        self.write(move |connection| Ok(put(connection, &central)?)).await
    }

    async fn remove_central(&self, name: &CentralName) -> Result<(), StoreError> {
        let name = name.clone();
        self.write(move |connection| match remove(connection, &name)? {
            true => Ok(()),
            false => Err(not_found("central", name)),
        })
        .await
    }
}

/// Inserts or replaces one central; one that is replaced keeps its `created_at`.
pub(super) fn put(connection: &mut SqliteConnection, central: &Central) -> QueryResult<()> {
    let mut row = to_row(central);
    let first = centrals::table.find(&row.name).select(centrals::created_at);
    if let Some(created_at) = first.first(connection).optional()? {
        row.created_at = created_at;
    }
    diesel::replace_into(centrals::table).values(&row).execute(connection).map(|_| ())
}

/// Removes one central; says whether there was one.
pub(super) fn remove(connection: &mut SqliteConnection, name: &CentralName) -> QueryResult<bool> {
    Ok(diesel::delete(centrals::table.find(name.as_str())).execute(connection)? > 0)
}

fn to_row(central: &Central) -> Row {
    let secret = |value: &Option<SecretValue>| value.as_ref().map(|value| secret_text(value).to_owned());
    Row {
        name: central.name.to_string(),
        host: central.host.clone(),
        port: central.port.map(i32::from),
        json_rpc_port: central.json_rpc_port.map(i32::from),
        username: central.username.clone(),
        password_env: central.password_env.clone(),
        password_plain: secret(&central.password),
        tls: central.tls,
        tls_insecure_skip_verify: central.tls_insecure_skip_verify,
        primary_interface: central.primary_interface.clone(),
        interfaces_json: serde_json::Value::from(central.interfaces.clone()).to_string(),
        ports_json: central.ports.to_string(),
        visibility_json: central.visibility.to_string(),
        enabled: central.enabled,
        created_at: instant_text(central.created_at),
        updated_at: instant_text(central.updated_at),
        behavior_json: central.behavior.to_string(),
        serial: central.serial.clone(),
        system_type: central.system_type.clone(),
        api_token_env: central.api_token_env.clone(),
        api_token_plain: secret(&central.api_token),
        tls_fingerprint: central.tls_fingerprint.clone(),
        api_token_file: central.api_token_file.clone(),
    }
}

fn to_central(row: Row) -> Result<Central, Error> {
    let name = row.name.clone();
    readable("central", name, || {
        Ok(Central {
            name: checked("name", CentralName::parse(&row.name))?,
            host: row.host,
            port: row.port.map(|port| number("port", port)).transpose()?,
            json_rpc_port: row.json_rpc_port.map(|port| number("json_rpc_port", port)).transpose()?,
            username: row.username,
            password_env: row.password_env,
            password: secret(row.password_plain),
            tls: row.tls,
            tls_insecure_skip_verify: row.tls_insecure_skip_verify,
            tls_fingerprint: row.tls_fingerprint,
            primary_interface: row.primary_interface,
            interfaces: json_texts("interfaces_json", &row.interfaces_json)?,
            ports: json("ports_json", &row.ports_json)?,
            visibility: json("visibility_json", &row.visibility_json)?,
            behavior: json("behavior_json", &row.behavior_json)?,
            serial: row.serial,
            system_type: row.system_type,
            api_token_env: row.api_token_env,
            api_token: secret(row.api_token_plain),
            api_token_file: row.api_token_file,
            enabled: row.enabled,
            created_at: instant("created_at", &row.created_at)?,
            updated_at: instant("updated_at", &row.updated_at)?,
        })
    })
}
