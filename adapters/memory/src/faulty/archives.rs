//! A sink and a source of archives that fail at one chosen call.
//!
//! Does NOT damage archives: a failing call never reaches the wrapped port.

use super::{Fault, FaultPlan, Faulty};
use async_trait::async_trait;
use loom_domain::archive::{ArchiveForm, ArchiveLock, Manifest, Openers};
use loom_domain::ports::{
    ArchiveId, ArchiveKind, ArchiveReader, ArchiveSink, ArchiveSource, Item, Receipt, SinkError, SourceError,
    Staging,
};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ArchiveSink for Faulty<dyn ArchiveSink> {
    async fn begin(&self, id: &ArchiveId, form: &ArchiveForm) -> Result<Box<dyn Staging>, SinkError> {
        self.plan.meet("ArchiveSink::begin").map_err(unwritable)?;
        let inner = self.inner.begin(id, form).await?;
        Ok(Box::new(FaultyStaging { inner, plan: self.plan.clone() }))
    }
}

struct FaultyStaging {
    inner: Box<dyn Staging>,
    plan: FaultPlan,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Staging for FaultyStaging {
    async fn push(&mut self, item: Item) -> Result<(), SinkError> {
        self.plan.meet("Staging::push").map_err(unwritable)?;
        self.inner.push(item).await
    }

    async fn commit(self: Box<Self>, manifest: &Manifest) -> Result<Receipt, SinkError> {
        self.plan.meet("Staging::commit").map_err(unwritable)?;
        self.inner.commit(manifest).await
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ArchiveSource for Faulty<dyn ArchiveSource> {
    async fn open(&self, id: &ArchiveId, openers: &Openers) -> Result<Box<dyn ArchiveReader>, SourceError> {
        self.plan.meet("ArchiveSource::open").map_err(unreadable)?;
        let inner = self.inner.open(id, openers).await?;
        Ok(Box::new(FaultyReader { inner, plan: self.plan.clone() }))
    }
}

struct FaultyReader {
    inner: Box<dyn ArchiveReader>,
    plan: FaultPlan,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl ArchiveReader for FaultyReader {
    async fn next(&mut self) -> Result<Option<Item>, SourceError> {
        self.plan.meet("ArchiveReader::next").map_err(unreadable)?;
        self.inner.next().await
    }

    fn kind(&self) -> ArchiveKind {
        self.inner.kind()
    }

    fn lock(&self) -> Option<&ArchiveLock> {
        self.inner.lock()
    }

    fn position(&self) -> (u64, Option<u64>) {
        self.inner.position()
    }
}

fn unwritable(fault: Fault) -> SinkError {
    SinkError::Unavailable { location: "archive".to_owned(), source: fault.into() }
}

fn unreadable(fault: Fault) -> SourceError {
    SourceError::Unavailable { location: "archive".to_owned(), source: fault.into() }
}
