//! The table `ccu_backups`, for the role of that name.
//!
//! Does NOT hold the bytes of a CCU backup.

use super::ccu_backup_contents as contents;
use crate::columns::{checked, instant, instant_text, number};
use crate::error::{Error, already_exists, not_found, readable};
use crate::schema::ccu_backups;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId, CcuBackupState};
use loom_domain::ccu_failure::{CcuFailure, CcuFailureKind};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuBackups, StoreError};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = ccu_backups, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_null = true)]
struct Row {
    id: String,
    central_name: Option<String>,
    filename: Option<String>,
    state: String,
    size_bytes: Option<i64>,
    sha256: Option<String>,
    failure_reason: Option<String>,
    created_at: String,
    updated_at: String,
    contents_json: Option<String>,
    failure_hint: Option<String>,
    failure_kind: Option<String>,
}

#[async_trait]
impl CcuBackups for SqliteStateStore {
    async fn list_ccu_backups(&self) -> Result<Vec<CcuBackup>, StoreError> {
        self.read(|connection| {
            let newest_first = ccu_backups::table.order((ccu_backups::created_at.desc(), ccu_backups::id));
            let rows = newest_first.select(Row::as_select()).load(connection)?;
            rows.into_iter().map(to_backup).collect()
        })
        .await
    }

    async fn find_ccu_backup(&self, id: &CcuBackupId) -> Result<Option<CcuBackup>, StoreError> {
        let id = id.to_string();
        self.read(move |connection| {
            let row = ccu_backups::table.find(id).select(Row::as_select()).first(connection).optional()?;
            row.map(to_backup).transpose()
        })
        .await
    }

    async fn create_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError> {
        let row = to_row(backup)?;
        self.write(move |connection| {
            let new = diesel::insert_into(ccu_backups::table)
                .values(&row)
                .on_conflict(ccu_backups::id)
                .do_nothing();
            match new.execute(connection)? {
                0 => Err(already_exists("CCU backup", row.id)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn update_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError> {
        let mut row = to_row(backup)?;
        self.write(move |connection| {
            let stored = ccu_backups::table.find(&row.id);
            let created_at = stored.select(ccu_backups::created_at).first(connection).optional()?;
            let Some(created_at) = created_at else {
                return Err(not_found("CCU backup", row.id));
            };
            row.created_at = created_at;
            diesel::update(stored).set(&row).execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn remove_ccu_backup(&self, id: &CcuBackupId) -> Result<(), StoreError> {
        let id = id.to_string();
        self.write(move |connection| {
            match diesel::delete(ccu_backups::table.find(&id)).execute(connection)? {
                0 => Err(not_found("CCU backup", id)),
                _ => Ok(()),
            }
        })
        .await
    }
}

fn to_row(backup: &CcuBackup) -> Result<Row, Error> {
    let mut row = Row {
        id: backup.id.to_string(),
        central_name: backup.central.as_ref().map(CentralName::to_string),
        filename: backup.filename.clone(),
        state: String::new(),
        size_bytes: None,
        sha256: None,
        failure_reason: None,
        created_at: instant_text(backup.created_at),
        updated_at: instant_text(backup.updated_at),
        contents_json: backup.contents.as_ref().map(contents::to_text),
        failure_hint: None,
        failure_kind: None,
    };
    let state = match &backup.state {
        CcuBackupState::Queued => "queued",
        CcuBackupState::Running => "running",
        CcuBackupState::Completed { size_bytes, sha256 } => {
            row.size_bytes = Some(i64::try_from(*size_bytes).map_err(|_| Error::TooLarge(*size_bytes))?);
            row.sha256 = Some(sha256.clone());
            "completed"
        }
        CcuBackupState::Failed(CcuFailure { kind, reason, hint }) => {
            row.failure_kind = Some(kind.as_str().to_owned());
            row.failure_reason = Some(reason.clone());
            row.failure_hint.clone_from(hint);
            "failed"
        }
    };
    state.clone_into(&mut row.state);
    Ok(row)
}

fn to_backup(row: Row) -> Result<CcuBackup, Error> {
    readable("CCU backup", row.id.clone(), || {
        let central = row.central_name.as_deref().map(CentralName::parse).transpose();
        let state = match (row.state.as_str(), row.size_bytes, row.sha256, row.failure_reason) {
            ("queued", ..) => CcuBackupState::Queued,
            ("running", ..) => CcuBackupState::Running,
            ("completed", Some(size), Some(sha256), _) => {
                CcuBackupState::Completed { size_bytes: number("size_bytes", size)?, sha256 }
            }
            ("failed", _, _, Some(reason)) => CcuBackupState::Failed(CcuFailure {
                kind: failure_kind(row.failure_kind.as_deref())?,
                reason,
                hint: row.failure_hint,
            }),
            (other, ..) => return Err(format!("state: `{other}` is no state, or lacks what belongs to it")),
        };
        Ok(CcuBackup {
            id: checked("id", CcuBackupId::parse(&row.id))?,
            central: checked("central_name", central)?,
            filename: row.filename,
            state,
            contents: row.contents_json.as_deref().map(contents::from_text).transpose()?,
            created_at: instant("created_at", &row.created_at)?,
            updated_at: instant("updated_at", &row.updated_at)?,
        })
    })
}

/// The kind of a failure; one of an earlier schema has none.
pub(super) fn failure_kind(word: Option<&str>) -> Result<CcuFailureKind, String> {
    let Some(word) = word else { return Ok(CcuFailureKind::Other) };
    CcuFailureKind::parse(word).ok_or_else(|| format!("failure_kind: `{word}` is no kind"))
}
