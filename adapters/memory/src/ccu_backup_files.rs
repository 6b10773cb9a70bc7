//! CCU backup files in memory, judged as they come.
//!
//! Does NOT keep their records (`state`).

use crate::MemoryContent;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use loom_domain::archive::hex;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::{CcuBackupFiles, CcuBackupJudging, CcuFilesError, Content, SbkStaging, StoredSbk};
use loom_domain::sbk::{SbkJudge, SbkLimits, SbkVerdict};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A place for CCU backups. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryCcuBackupFiles(Arc<Mutex<BTreeMap<CcuBackupId, Bytes>>>);

impl MemoryCcuBackupFiles {
    /// An empty place.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ids of all that is stored, in byte order.
    pub fn ids(&self) -> Vec<CcuBackupId> {
        self.lock().keys().cloned().collect()
    }

    /// The stored bytes of that id.
    pub fn bytes(&self, id: &CcuBackupId) -> Option<Bytes> {
        self.lock().get(id).cloned()
    }

    /// Stores bytes under that id, in place of what is there, whatever they are: how damage is planted.
    pub fn put_bytes(&self, id: CcuBackupId, bytes: impl Into<Bytes>) {
        self.lock().insert(id, bytes.into());
    }

    fn stored(&self, id: &CcuBackupId) -> Result<Bytes, CcuFilesError> {
        self.bytes(id).ok_or_else(|| CcuFilesError::NotFound(id.clone()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CcuBackupId, Bytes>> {
        // Each call makes one change, so a poisoned map is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl CcuBackupFiles for MemoryCcuBackupFiles {
    async fn begin(&self, id: &CcuBackupId) -> Result<Box<dyn SbkStaging>, CcuFilesError> {
        if self.lock().contains_key(id) {
            return Err(CcuFilesError::AlreadyExists(id.clone()));
        }
        let judge = Some(SbkJudge::new(SbkLimits::default()));
        let (files, id) = (self.clone(), id.clone());
        Ok(Box::new(MemoryStaging { files, id, bytes: BytesMut::new(), judge, verdict: None }))
    }

    async fn find(&self, id: &CcuBackupId) -> Result<Option<StoredSbk>, CcuFilesError> {
        Ok(self.bytes(id).map(|bytes| describe(id, &bytes)))
    }

    async fn read(
        &self,
        file: &StoredSbk,
        offset: u64,
        length: u64,
    ) -> Result<Box<dyn Content>, CcuFilesError> {
        let bytes = self.stored(&file.id)?;
        if describe(&file.id, &bytes) != *file {
            return Err(CcuFilesError::Changed(file.id.clone()));
        }
        let range = usize::try_from(offset).ok().zip(usize::try_from(length).ok());
        let range = range.and_then(|(offset, length)| Some(offset..offset.checked_add(length)?));
        match range.filter(|range| range.end <= bytes.len()) {
            Some(range) => Ok(Box::new(MemoryContent::new(bytes.slice(range)))),
            None => {
                let (id, bytes) = (file.id.clone(), file.bytes);
                Err(CcuFilesError::OutOfRange { id, bytes, offset, length })
            }
        }
    }

    async fn remove(&self, id: &CcuBackupId) -> Result<(), CcuFilesError> {
        let removed = self.lock().remove(id);
        removed.map(drop).ok_or_else(|| CcuFilesError::NotFound(id.clone()))
    }

    async fn list(&self) -> Result<Vec<StoredSbk>, CcuFilesError> {
        Ok(self.lock().iter().map(|(id, bytes)| describe(id, bytes)).collect())
    }
}

#[async_trait]
impl CcuBackupJudging for MemoryCcuBackupFiles {
    async fn judge(&self, id: &CcuBackupId) -> Result<SbkVerdict, CcuFilesError> {
        let bytes = self.stored(id)?;
        let mut judge = SbkJudge::new(SbkLimits::default());
        // What is wrong with it is told at the end.
        _ = judge.push(&bytes);
        Ok(judge.finish(None))
    }
}

/// A file on its way in; it is kept apart until `commit`.
struct MemoryStaging {
    files: MemoryCcuBackupFiles,
    id: CcuBackupId,
    bytes: BytesMut,
    judge: Option<SbkJudge>,
    verdict: Option<SbkVerdict>,
}

#[async_trait]
impl SbkStaging for MemoryStaging {
    async fn write(&mut self, chunk: Bytes) -> Result<(), CcuFilesError> {
        let Some(judge) = &mut self.judge else { return Err(self.ended()) };
        judge.push(&chunk).map_err(|_damage| CcuFilesError::Hopeless)?;
        self.bytes.extend_from_slice(&chunk);
        Ok(())
    }

    async fn judge(&mut self, announced: Option<u64>) -> Result<SbkVerdict, CcuFilesError> {
        let Some(judge) = self.judge.take() else { return Err(self.ended()) };
        Ok(self.verdict.insert(judge.finish(announced)).clone())
    }

    async fn commit(mut self: Box<Self>) -> Result<StoredSbk, CcuFilesError> {
        if !self.verdict.as_ref().is_some_and(SbkVerdict::is_good) {
            return Err(CcuFilesError::NotGood);
        }
        let bytes = self.bytes.split().freeze();
        let mut files = self.files.lock();
        if files.contains_key(&self.id) {
            return Err(CcuFilesError::AlreadyExists(self.id.clone()));
        }
        files.insert(self.id.clone(), bytes.clone());
        Ok(describe(&self.id, &bytes))
    }
}

impl MemoryStaging {
    fn ended(&self) -> CcuFilesError {
        let source = "it was judged already".into();
        CcuFilesError::Unavailable { location: self.id.to_string(), source }
    }
}

fn describe(id: &CcuBackupId, bytes: &Bytes) -> StoredSbk {
    StoredSbk {
        id: id.clone(),
        bytes: bytes.len() as u64,
        modified_at: None,
        tag: hex(&Sha256::digest(bytes)),
    }
}
