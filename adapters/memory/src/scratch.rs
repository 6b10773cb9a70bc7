//! Staging areas on a disk in memory: scratch areas, and the part a restore claim shares with them.
//!
//! Does NOT publish anything and does NOT keep permissions: nobody else can reach the disk.

use crate::MemoryDisk;
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use loom_domain::archive::{ArchiveLock, MemberPath};
use loom_domain::ports::{ScratchAreas, StagingArea, StagingError};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Scratch areas in one folder of a disk. Clones share the folder.
#[derive(Debug, Clone)]
pub struct MemoryScratch {
    disk: MemoryDisk,
    folder: PathBuf,
    opened: Arc<AtomicU64>,
}

impl MemoryScratch {
    /// Scratch areas below the folder at an absolute path, which nobody else uses.
    pub fn new(disk: MemoryDisk, folder: impl Into<PathBuf>) -> Self {
        Self { disk, folder: folder.into(), opened: Arc::default() }
    }
}

#[async_trait]
impl ScratchAreas for MemoryScratch {
    async fn open_scratch(&self, _lock: Option<&ArchiveLock>) -> Result<Box<dyn StagingArea>, StagingError> {
        let number = self.opened.fetch_add(1, Ordering::Relaxed);
        let staging = Staged::new(self.disk.clone(), self.folder.join(number.to_string()));
        Ok(Box::new(ScratchArea { staging }))
    }
}

struct ScratchArea {
    staging: Staged,
}

impl Drop for ScratchArea {
    fn drop(&mut self) {
        self.staging.remove();
    }
}

#[async_trait]
impl StagingArea for ScratchArea {
    async fn begin_file(&mut self, path: &MemberPath, _bytes: u64) -> Result<(), StagingError> {
        self.staging.begin_file(path)
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), StagingError> {
        self.staging.write(&chunk)
    }

    async fn end_file(&mut self) -> Result<PathBuf, StagingError> {
        self.staging.end_file()
    }

    async fn folder(&mut self, path: &MemberPath) -> Result<(), StagingError> {
        self.staging.folder(path);
        Ok(())
    }
}

/// Files staged below one folder. They stay until `remove`: whoever holds it decides what a drop means.
pub(crate) struct Staged {
    disk: MemoryDisk,
    folder: PathBuf,
    current: Option<(PathBuf, BytesMut)>,
}

impl Staged {
    pub(crate) fn new(disk: MemoryDisk, folder: PathBuf) -> Self {
        disk.put(&folder, crate::Node::Folder);
        Self { disk, folder, current: None }
    }

    /// Where a staged member lies.
    pub(crate) fn location(&self, member: &MemberPath) -> PathBuf {
        self.folder.join(member.as_str())
    }

    pub(crate) fn begin_file(&mut self, path: &MemberPath) -> Result<(), StagingError> {
        if self.current.is_some() {
            return Err(self.misuse("the file before it has not ended"));
        }
        self.current = Some((self.location(path), BytesMut::new()));
        Ok(())
    }

    pub(crate) fn write(&mut self, chunk: &[u8]) -> Result<(), StagingError> {
        match &mut self.current {
            Some((_, bytes)) => bytes.extend_from_slice(chunk),
            None => return Err(self.misuse("no file has begun")),
        }
        Ok(())
    }

    pub(crate) fn end_file(&mut self) -> Result<PathBuf, StagingError> {
        let (location, bytes) = self.current.take().ok_or_else(|| self.misuse("no file has begun"))?;
        self.disk.write(&location, bytes);
        Ok(location)
    }

    pub(crate) fn folder(&mut self, path: &MemberPath) {
        self.disk.put(&self.location(path), crate::Node::Folder);
    }

    pub(crate) fn remove(&mut self) {
        self.current = None;
        self.disk.remove(&self.folder);
    }

    fn misuse(&self, reason: &'static str) -> StagingError {
        StagingError::Unavailable { location: self.folder.display().to_string(), source: reason.into() }
    }
}
