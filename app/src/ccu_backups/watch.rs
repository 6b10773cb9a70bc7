//! Records told as events: each change of a CCU backup or restore reaches whoever listens.
//!
//! Does NOT decide who may listen (`http::events`).

use super::{BackupBody, ShownCcuBackup};
use crate::ccu_restores::RestoreBody;
use crate::events::{EventHub, Kind};
use loom_domain::ccu_backup::{CcuBackup, CcuBackupState};
use loom_domain::ccu_restore::CcuRestore;
use loom_domain::ports::RecordWatch;
use std::sync::Arc;

/// Publishes `backups/<id>` and `restores/<id>`.
pub(crate) struct RecordEvents(Arc<EventHub>);

impl RecordEvents {
    /// Publishes to `events`.
    pub(crate) fn new(events: Arc<EventHub>) -> Self {
        Self(events)
    }
}

impl RecordWatch for RecordEvents {
    fn backup_changed(&self, backup: &CcuBackup) {
        let shown = ShownCcuBackup {
            available: matches!(backup.state, CcuBackupState::Completed { .. }),
            record: backup.clone(),
            job: None,
            checked: None,
        };
        // Texts, numbers and lists always have a JSON form.
        let payload = serde_json::to_value(BackupBody::from(&shown)).unwrap_or_default();
        self.0.publish(&format!("backups/{}", backup.id), Kind::Change, "BackupChanged", &payload);
    }

    fn restore_changed(&self, restore: &CcuRestore) {
        let payload = serde_json::to_value(RestoreBody::from(restore)).unwrap_or_default();
        self.0.publish(&format!("restores/{}", restore.id), Kind::Change, "RestoreChanged", &payload);
    }
}
