//! The backup that is taken of a central before it is restored, as part of the same job.
//!
//! Does NOT decide whether one is taken.

use crate::ccu_backups::{CcuBackupError, CcuBackups, TakeError};
use crate::central_gateways::ReachedCentral;
use async_trait::async_trait;
use loom_domain::ccu_backup::CcuBackup;
use loom_domain::ports::{Progress, StoreError};
use loom_domain::usecases::{BackUpCentralError, SafetyBackup};
use std::sync::Arc;

/// Takes it in the job that restores.
pub(super) struct WithinJob {
    pub(super) backups: Arc<CcuBackups>,
    pub(super) reached: ReachedCentral,
    pub(super) progress: Arc<dyn Progress>,
}

#[async_trait]
impl SafetyBackup for WithinJob {
    async fn take(&self) -> Result<CcuBackup, BackUpCentralError> {
        let taken = self.backups.take_within(&self.reached, Arc::clone(&self.progress)).await;
        taken.map_err(|error| match error {
            TakeError::Take(error) => error,
            TakeError::Begin(CcuBackupError::Store(error)) => BackUpCentralError::Store(error),
            TakeError::Begin(CcuBackupError::Files(error)) => BackUpCentralError::Files(error),
            TakeError::Begin(error) => BackUpCentralError::Store(StoreError::Unavailable(Box::new(error))),
        })
    }
}
