//! The table `ccu_restores`, for the role of that name.
//!
//! Does NOT restore anything.

use super::ccu_backups::failure_kind;
use crate::columns::{checked, instant, instant_text, json_texts};
use crate::error::{Error, already_exists, not_found, readable};
use crate::schema::ccu_restores;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ccu_failure::CcuFailure;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreState, CcuRestoreStep};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuRestores, StoreError};
use serde_json::json;

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = ccu_restores, check_for_backend(diesel::sqlite::Sqlite), treat_none_as_null = true)]
struct Row {
    id: String,
    backup_id: String,
    central_name: String,
    step: String,
    state: String,
    reason: Option<String>,
    hint: Option<String>,
    failure_kind: Option<String>,
    differences_json: Option<String>,
    safety_backup_id: Option<String>,
    created_at: String,
    updated_at: String,
}

#[async_trait]
impl CcuRestores for SqliteStateStore {
    async fn list_ccu_restores(&self) -> Result<Vec<CcuRestore>, StoreError> {
        self.read(|connection| {
            let newest_first = ccu_restores::table.order((ccu_restores::created_at.desc(), ccu_restores::id));
            let rows = newest_first.select(Row::as_select()).load(connection)?;
            rows.into_iter().map(to_restore).collect()
        })
        .await
    }

    async fn find_ccu_restore(&self, id: &CcuRestoreId) -> Result<Option<CcuRestore>, StoreError> {
        let id = id.to_string();
        self.read(move |connection| {
            let row = ccu_restores::table.find(id).select(Row::as_select()).first(connection).optional()?;
            row.map(to_restore).transpose()
        })
        .await
    }

    async fn create_ccu_restore(&self, restore: &CcuRestore) -> Result<(), StoreError> {
        let row = to_row(restore);
        self.write(move |connection| {
            let new = diesel::insert_into(ccu_restores::table)
                .values(&row)
                .on_conflict(ccu_restores::id)
                .do_nothing();
            match new.execute(connection)? {
                0 => Err(already_exists("CCU restore", row.id)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn update_ccu_restore(&self, restore: &CcuRestore) -> Result<(), StoreError> {
        let mut row = to_row(restore);
        self.write(move |connection| {
            let stored = ccu_restores::table.find(&row.id);
            let created_at = stored.select(ccu_restores::created_at).first(connection).optional()?;
            let Some(created_at) = created_at else {
                return Err(not_found("CCU restore", row.id));
            };
            row.created_at = created_at;
            diesel::update(stored).set(&row).execute(connection)?;
            Ok(())
        })
        .await
    }
}

fn to_row(restore: &CcuRestore) -> Row {
    let (reason, hint, kind, differences) = match &restore.state {
        CcuRestoreState::Queued | CcuRestoreState::Running => (None, None, None, None),
        CcuRestoreState::Interrupted { reason, hint } => (Some(reason), Some(hint), None, None),
        CcuRestoreState::Completed { differences } => {
            (None, None, None, Some(json!(differences).to_string()))
        }
        CcuRestoreState::Failed(CcuFailure { kind, reason, hint }) => {
            (Some(reason), hint.as_ref(), Some(kind.as_str()), None)
        }
    };
    Row {
        id: restore.id.to_string(),
        backup_id: restore.backup.to_string(),
        central_name: restore.target.to_string(),
        step: restore.step.as_str().to_owned(),
        state: restore.state.as_str().to_owned(),
        reason: reason.cloned(),
        hint: hint.cloned(),
        failure_kind: kind.map(str::to_owned),
        differences_json: differences,
        safety_backup_id: restore.safety_backup.as_ref().map(CcuBackupId::to_string),
        created_at: instant_text(restore.created_at),
        updated_at: instant_text(restore.updated_at),
    }
}

fn to_restore(row: Row) -> Result<CcuRestore, Error> {
    readable("CCU restore", row.id.clone(), || {
        let state = match (row.state.as_str(), row.reason, row.hint, row.differences_json) {
            ("queued", ..) => CcuRestoreState::Queued,
            ("running", ..) => CcuRestoreState::Running,
            ("interrupted", Some(reason), Some(hint), _) => CcuRestoreState::Interrupted { reason, hint },
            ("completed", _, _, Some(text)) => {
                CcuRestoreState::Completed { differences: json_texts("differences_json", &text)? }
            }
            ("failed", Some(reason), hint, _) => {
                let kind = failure_kind(row.failure_kind.as_deref())?;
                CcuRestoreState::Failed(CcuFailure { kind, reason, hint })
            }
            (other, ..) => return Err(format!("state: `{other}` is no state, or lacks what belongs to it")),
        };
        let step = CcuRestoreStep::parse(&row.step);
        let safety_backup = row.safety_backup_id.as_deref().map(CcuBackupId::parse).transpose();
        Ok(CcuRestore {
            id: checked("id", CcuRestoreId::parse(&row.id))?,
            backup: checked("backup_id", CcuBackupId::parse(&row.backup_id))?,
            target: checked("central_name", CentralName::parse(&row.central_name))?,
            step: step.ok_or_else(|| format!("step: `{}` is no step", row.step))?,
            state,
            safety_backup: checked("safety_backup_id", safety_backup)?,
            created_at: instant("created_at", &row.created_at)?,
            updated_at: instant("updated_at", &row.updated_at)?,
        })
    })
}
