//! Give up a CCU backup that somebody cancelled: nothing of it is kept, and its record says why.
//!
//! Does NOT stop anything: whoever ran the backup has dropped it before. Does NOT end what broke off by itself, whose file
//! may be good (`TakeUpCcuBackups`).

use crate::ccu_backup::{CcuBackup, CcuBackupId, CcuBackupState};
use crate::ccu_failure::CcuFailure;
use crate::ports::{CcuBackupFiles, CcuBackups, CcuFilesError, Clock, RecordWatch, StoreError};
use std::sync::Arc;

/// Gives up CCU backups.
#[derive(Clone)]
pub struct GiveUpCcuBackup {
    /// Where its file may be.
    pub files: Arc<dyn CcuBackupFiles>,
    /// Where its record is.
    pub records: Arc<dyn CcuBackups>,
    /// Tells when it was given up.
    pub clock: Arc<dyn Clock>,
    /// Is told of the record.
    pub watch: Arc<dyn RecordWatch>,
}

/// Why a backup could not be given up. Fragments read after "failed to give up the CCU backup: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the error of the port it is named after")]
pub enum GiveUpError {
    #[error(transparent)]
    Files(#[from] CcuFilesError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl GiveUpCcuBackup {
    /// Removes the file, if there is one already, then records the failure. `None` if there is no such record, or it had
    /// ended.
    pub async fn run(&self, id: &CcuBackupId, failure: CcuFailure) -> Result<Option<CcuBackup>, GiveUpError> {
        let Some(record) = self.records.find_ccu_backup(id).await? else { return Ok(None) };
        if record.has_ended() {
            return Ok(None);
        }
        // In this order, so that a crash in between leaves a record that is looked at when the daemon starts.
        match self.files.remove(id).await {
            Ok(()) | Err(CcuFilesError::NotFound(_)) => {}
            Err(other) => return Err(other.into()),
        }
        let updated_at = self.clock.now();
        let state = CcuBackupState::Failed(failure);
        let record = CcuBackup { state, contents: None, filename: None, updated_at, ..record };
        self.records.update_ccu_backup(&record).await?;
        self.watch.backup_changed(&record);
        Ok(Some(record))
    }
}
