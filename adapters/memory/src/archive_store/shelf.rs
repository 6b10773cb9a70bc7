//! Archives in memory as the bytes they are stored as.
//!
//! Does NOT look inside them beyond what tells an archive from other bytes.

use super::MemoryArchives;
use super::record::is_archive;
use super::vault::is_sealed;
use crate::MemoryContent;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::hex;
use loom_domain::ports::{ArchiveId, ArchiveShelf, Content, ShelfError, StoredArchive};
use sha2::{Digest, Sha256};

#[async_trait]
impl ArchiveShelf for MemoryArchives {
    async fn find(&self, id: &ArchiveId) -> Result<Option<StoredArchive>, ShelfError> {
        let bytes = self.bytes(id).filter(|bytes| is_archive(bytes) || is_sealed(bytes));
        Ok(bytes.map(|bytes| describe(id, &bytes)))
    }

    async fn read(
        &self,
        archive: &StoredArchive,
        offset: u64,
        length: u64,
    ) -> Result<Box<dyn Content>, ShelfError> {
        let id = &archive.id;
        let bytes = self.bytes(id).ok_or_else(|| ShelfError::NotFound(id.to_string()))?;
        if describe(id, &bytes) != *archive {
            return Err(ShelfError::Changed(id.to_string()));
        }
        let range = usize::try_from(offset).ok().zip(usize::try_from(length).ok());
        let range = range.and_then(|(offset, length)| Some(offset..offset.checked_add(length)?));
        match range.filter(|range| range.end <= bytes.len()) {
            Some(range) => Ok(Box::new(MemoryContent::new(bytes.slice(range)))),
            None => {
                let (id, bytes) = (id.to_string(), archive.bytes);
                Err(ShelfError::OutOfRange { id, bytes, offset, length })
            }
        }
    }

    async fn remove(&self, id: &ArchiveId) -> Result<(), ShelfError> {
        let mut stored = self.lock();
        if stored.get(id).is_some_and(|bytes| is_archive(bytes) || is_sealed(bytes)) {
            stored.remove(id);
            return Ok(());
        }
        Err(ShelfError::NotFound(id.to_string()))
    }
}

fn describe(id: &ArchiveId, bytes: &Bytes) -> StoredArchive {
    StoredArchive {
        id: id.clone(),
        bytes: bytes.len() as u64,
        modified_at: None,
        tag: hex(&Sha256::digest(bytes)),
    }
}
