//! A place for CCU backups that fails at one chosen call; writing fails for want of room.
//!
//! Does NOT damage files: a failing call never reaches the wrapped port.

use super::content::FaultyContent;
use super::{Fault, FaultPlan, Faulty};
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::{CcuBackupFiles, CcuBackupJudging, CcuFilesError, Content, SbkStaging, StoredSbk};
use loom_domain::sbk::SbkVerdict;

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CcuBackupFiles for Faulty<dyn CcuBackupFiles> {
    async fn begin(&self, id: &CcuBackupId) -> Result<Box<dyn SbkStaging>, CcuFilesError> {
        self.plan.meet("CcuBackupFiles::begin").map_err(out_of_reach)?;
        let inner = self.inner.begin(id).await?;
        Ok(Box::new(FaultyStaging { inner, plan: self.plan.clone() }))
    }

    async fn find(&self, id: &CcuBackupId) -> Result<Option<StoredSbk>, CcuFilesError> {
        self.plan.meet("CcuBackupFiles::find").map_err(out_of_reach)?;
        self.inner.find(id).await
    }

    async fn read(
        &self,
        file: &StoredSbk,
        offset: u64,
        length: u64,
    ) -> Result<Box<dyn Content>, CcuFilesError> {
        self.plan.meet("CcuBackupFiles::read").map_err(out_of_reach)?;
        let inner = self.inner.read(file, offset, length).await?;
        Ok(Box::new(FaultyContent { inner, plan: self.plan.clone() }))
    }

    async fn remove(&self, id: &CcuBackupId) -> Result<(), CcuFilesError> {
        self.plan.meet("CcuBackupFiles::remove").map_err(out_of_reach)?;
        self.inner.remove(id).await
    }

    async fn list(&self) -> Result<Vec<StoredSbk>, CcuFilesError> {
        self.plan.meet("CcuBackupFiles::list").map_err(out_of_reach)?;
        self.inner.list().await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl CcuBackupJudging for Faulty<dyn CcuBackupJudging> {
    async fn judge(&self, id: &CcuBackupId) -> Result<SbkVerdict, CcuFilesError> {
        self.plan.meet("CcuBackupJudging::judge").map_err(out_of_reach)?;
        self.inner.judge(id).await
    }
}

struct FaultyStaging {
    inner: Box<dyn SbkStaging>,
    plan: FaultPlan,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl SbkStaging for FaultyStaging {
    async fn write(&mut self, chunk: Bytes) -> Result<(), CcuFilesError> {
        self.plan.meet("SbkStaging::write").map_err(|_fault| CcuFilesError::Full("backups".to_owned()))?;
        self.inner.write(chunk).await
    }

    async fn judge(&mut self, announced: Option<u64>) -> Result<SbkVerdict, CcuFilesError> {
        self.plan.meet("SbkStaging::judge").map_err(out_of_reach)?;
        self.inner.judge(announced).await
    }

    async fn commit(self: Box<Self>) -> Result<StoredSbk, CcuFilesError> {
        self.plan.meet("SbkStaging::commit").map_err(out_of_reach)?;
        self.inner.commit().await
    }
}

fn out_of_reach(fault: Fault) -> CcuFilesError {
    CcuFilesError::Unavailable { location: "backups".to_owned(), source: fault.into() }
}
