//! A restore target, its claim and scratch areas that fail at one chosen call.
//!
//! Does NOT interrupt a call in its middle; a target that dies on the way does.

use super::{Fault, FaultPlan, Faulty};
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::{ArchiveLock, MemberPath};
use loom_domain::ports::{
    Claim, Recovery, RestoreTarget, ScratchAreas, StagingArea, StagingError, TargetError, Undone,
};
use loom_domain::restore_plan::{Survey, Swap};
use std::path::PathBuf;

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl RestoreTarget for Faulty<dyn RestoreTarget> {
    async fn survey(&self) -> Result<Survey, TargetError> {
        self.plan.meet("RestoreTarget::survey").map_err(unusable)?;
        self.inner.survey().await
    }

    async fn claim(&self) -> Result<Box<dyn Claim>, TargetError> {
        self.plan.meet("RestoreTarget::claim").map_err(unusable)?;
        let inner = self.inner.claim().await?;
        Ok(Box::new(FaultyArea { inner, plan: self.plan.clone() }))
    }

    async fn recover(&self) -> Result<Recovery, TargetError> {
        self.plan.meet("RestoreTarget::recover").map_err(unusable)?;
        self.inner.recover().await
    }

    async fn undo(&self) -> Result<Undone, TargetError> {
        self.plan.meet("RestoreTarget::undo").map_err(unusable)?;
        self.inner.undo().await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ScratchAreas for Faulty<dyn ScratchAreas> {
    async fn open_scratch(&self, lock: Option<&ArchiveLock>) -> Result<Box<dyn StagingArea>, StagingError> {
        self.plan.meet("ScratchAreas::open_scratch").map_err(unwritable)?;
        let inner = self.inner.open_scratch(lock).await?;
        Ok(Box::new(FaultyArea { inner, plan: self.plan.clone() }))
    }
}

/// A claim or a scratch area.
struct FaultyArea<A: ?Sized> {
    plan: FaultPlan,
    inner: Box<A>,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl<A: StagingArea + ?Sized> StagingArea for FaultyArea<A> {
    async fn begin_file(&mut self, path: &MemberPath, bytes: u64) -> Result<(), StagingError> {
        self.plan.meet("StagingArea::begin_file").map_err(unwritable)?;
        self.inner.begin_file(path, bytes).await
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), StagingError> {
        self.plan.meet("StagingArea::write").map_err(unwritable)?;
        self.inner.write(chunk).await
    }

    async fn end_file(&mut self) -> Result<PathBuf, StagingError> {
        self.plan.meet("StagingArea::end_file").map_err(unwritable)?;
        self.inner.end_file().await
    }

    async fn folder(&mut self, path: &MemberPath) -> Result<(), StagingError> {
        self.plan.meet("StagingArea::folder").map_err(unwritable)?;
        self.inner.folder(path).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Claim for FaultyArea<dyn Claim> {
    async fn apply(self: Box<Self>, swap: &Swap) -> Result<Vec<MemberPath>, TargetError> {
        self.plan.meet("Claim::apply").map_err(unusable)?;
        self.inner.apply(swap).await
    }
}

fn unusable(fault: Fault) -> TargetError {
    TargetError::Unavailable { dir: "data dir".to_owned(), source: fault.into() }
}

fn unwritable(fault: Fault) -> StagingError {
    StagingError::Unavailable { location: "staging".to_owned(), source: fault.into() }
}
