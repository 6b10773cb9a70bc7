//! The table `audit_log`, for the role of that name.
//!
//! Does NOT change or remove entries.

use crate::columns::{checked, instant, instant_text, json};
use crate::error::{Error, readable};
use crate::schema::audit_log;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use loom_domain::audit::{AuditEntry, AuditFilter, RecordedEntry};
use loom_domain::central::CentralName;
use loom_domain::ports::{AuditLog, StoreError};

diesel::define_sql_function! {
    /// Position of `part` in `text`, 0 where it is not; unlike `LIKE` it knows no wildcards.
    fn instr(text: diesel::sql_types::Nullable<diesel::sql_types::Text>, part: diesel::sql_types::Text)
        -> diesel::sql_types::Nullable<diesel::sql_types::Integer>;
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_log, check_for_backend(Sqlite))]
struct Row {
    id: i64,
    #[diesel(embed)]
    entry: EntryRow,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_log, check_for_backend(Sqlite))]
struct EntryRow {
    timestamp: String,
    user: String,
    action: String,
    central_name: Option<String>,
    device_address: Option<String>,
    channel_no: Option<i32>,
    paramset: Option<String>,
    peer: Option<String>,
    parameter: Option<String>,
    note: Option<String>,
    changes_json: Option<String>,
}

#[async_trait]
impl AuditLog for SqliteStateStore {
    async fn append_audit(&self, entry: &AuditEntry) -> Result<i64, StoreError> {
        let row = to_row(entry);
        self.write(move |connection| Ok(insert(connection, &row)?)).await
    }

    async fn query_audit(&self, filter: &AuditFilter) -> Result<Vec<RecordedEntry>, StoreError> {
        let filter = filter.clone();
        self.read(move |connection| {
            let rows = find_newest(connection, filter)?;
            rows.into_iter().map(to_recorded).collect()
        })
        .await
    }
}

/// Appends one entry in the transaction of something else.
pub(super) fn append(connection: &mut SqliteConnection, entry: &AuditEntry) -> QueryResult<i64> {
    insert(connection, &to_row(entry))
}

fn insert(connection: &mut SqliteConnection, row: &EntryRow) -> QueryResult<i64> {
    diesel::insert_into(audit_log::table).values(row).returning(audit_log::id).get_result(connection)
}

fn find_newest(connection: &mut SqliteConnection, filter: AuditFilter) -> QueryResult<Vec<Row>> {
    let newest = audit_log::table.order(audit_log::id.desc()).limit(i64::from(filter.limit));
    let mut query = newest.select(Row::as_select()).into_boxed();
    if let Some(prefix) = filter.device_prefix {
        query = query.filter(instr(audit_log::device_address, prefix).eq(1));
    }
    if let Some(part) = filter.action_part {
        query = query.filter(instr(audit_log::action.nullable(), part).gt(0));
    }
    if let Some(central) = filter.central {
        query = query.filter(audit_log::central_name.eq(central.to_string()));
    }
    if let Some(since) = filter.since {
        query = query.filter(audit_log::timestamp.ge(instant_text(since)));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit_log::timestamp.lt(instant_text(until)));
    }
    query.load(connection)
}

fn to_row(entry: &AuditEntry) -> EntryRow {
    EntryRow {
        timestamp: instant_text(entry.timestamp),
        user: entry.user.clone(),
        action: entry.action.clone(),
        central_name: entry.central.as_ref().map(CentralName::to_string),
        device_address: entry.device_address.clone(),
        channel_no: entry.channel_no,
        paramset: entry.paramset.clone(),
        peer: entry.peer.clone(),
        parameter: entry.parameter.clone(),
        note: entry.note.clone(),
        changes_json: entry.changes.as_ref().map(ToString::to_string),
    }
}

fn to_recorded(Row { id, entry: row }: Row) -> Result<RecordedEntry, Error> {
    readable("audit entry", id, || {
        let central = row.central_name.as_deref().map(CentralName::parse).transpose();
        let entry = AuditEntry {
            timestamp: instant("timestamp", &row.timestamp)?,
            user: row.user,
            action: row.action,
            central: checked("central_name", central)?,
            device_address: row.device_address,
            channel_no: row.channel_no,
            paramset: row.paramset,
            peer: row.peer,
            parameter: row.parameter,
            note: row.note,
            changes: row.changes_json.as_deref().map(|text| json("changes_json", text)).transpose()?,
        };
        Ok(RecordedEntry { id, entry })
    })
}
