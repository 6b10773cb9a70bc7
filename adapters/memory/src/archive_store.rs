//! Archives in memory: sink, source, listing and shelf over one shared map of stored bytes.
//!
//! Does NOT compress and does NOT know how files are packed or sealed elsewhere: whatever the form, its own packing is
//! `record` and its own sealing is `vault`.

mod reading;
mod record;
mod shelf;
mod vault;

use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::limits::{Limits, MANIFEST_NAME};
use loom_domain::archive::{ArchiveForm, ArchiveFormat, Manifest, MemberPath, Openers, Seal, hex};
use loom_domain::ports::{
    ArchiveId, ArchiveListing, ArchiveReader, ArchiveSink, ArchiveSource, Item, ListedArchive,
    MAX_CHUNK_BYTES, Receipt, SinkError, SourceError, Staging, Undescribed,
};
use reading::Reading;
use record::{Packer, is_archive};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use vault::{Vault, is_sealed};

/// A place for archives. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct MemoryArchives {
    stored: Arc<Mutex<BTreeMap<ArchiveId, Bytes>>>,
    limits: Limits,
}

impl MemoryArchives {
    /// An empty place.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names of everything stored, archives or not.
    pub fn names(&self) -> Vec<ArchiveId> {
        self.lock().keys().cloned().collect()
    }

    /// The stored bytes of that name.
    pub fn bytes(&self, id: &ArchiveId) -> Option<Bytes> {
        self.lock().get(id).cloned()
    }

    /// Stores bytes under that name, in place of what is there: how damage is planted.
    pub fn put_bytes(&self, id: ArchiveId, bytes: impl Into<Bytes>) {
        self.lock().insert(id, bytes.into());
    }

    /// Stores an archive of exactly these files, by raw name and bytes, in place of what is there. Nothing is checked:
    /// how hostile and incomplete archives are planted.
    pub fn plant(&self, id: ArchiveId, files: &[(&[u8], &[u8])]) {
        let mut packer = Packer::new(ArchiveFormat::default());
        for (name, bytes) in files {
            packer.file(name, bytes.len() as u64);
            bytes.chunks(MAX_CHUNK_BYTES).for_each(|chunk| packer.chunk(chunk));
        }
        self.put_bytes(id, packer.finish());
    }

    fn describe(&self, id: ArchiveId, stored: Bytes) -> Option<ListedArchive> {
        let bytes = stored.len() as u64;
        let damaged = |error: SourceError| Undescribed::Damaged(error.to_string());
        let (lock, manifest) = if is_sealed(&stored) {
            match Vault::read(&stored).and_then(|vault| vault.lock()) {
                Ok(lock) => {
                    let locked = Undescribed::Locked(format!("sealed for {lock}"));
                    (Some(lock), Err(locked))
                }
                Err(error) => (None, Err(damaged(error))),
            }
        } else if is_archive(&stored) {
            let reading = Reading::open(stored, bytes, None, self.limits);
            (None, reading.and_then(Reading::manifest).map_err(damaged))
        } else {
            return None;
        };
        Some(ListedArchive { id, bytes, lock, manifest })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ArchiveId, Bytes>> {
        // Each call makes one change, so a poisoned map is still whole.
        self.stored.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ArchiveSink for MemoryArchives {
    async fn begin(&self, id: &ArchiveId, form: &ArchiveForm) -> Result<Box<dyn Staging>, SinkError> {
        form.check().map_err(SinkError::Form)?;
        if self.lock().contains_key(id) {
            return Err(SinkError::AlreadyExists(id.to_string()));
        }
        Ok(Box::new(MemoryStaging {
            archives: self.clone(),
            id: id.clone(),
            packer: Packer::new(form.format),
            seal: form.seal.clone(),
            current: None,
        }))
    }
}

#[async_trait]
impl ArchiveSource for MemoryArchives {
    async fn open(&self, id: &ArchiveId, openers: &Openers) -> Result<Box<dyn ArchiveReader>, SourceError> {
        let stored = self.bytes(id).ok_or_else(|| SourceError::NotFound(id.to_string()))?;
        let total = stored.len() as u64;
        if !is_sealed(&stored) {
            return Ok(Box::new(Reading::open(stored, total, None, self.limits)?));
        }
        let vault = Vault::read(&stored)?;
        let (packed, lock) = (vault.open(openers).await?, vault.lock()?);
        Ok(Box::new(Reading::open(packed, total, Some(lock), self.limits)?))
    }
}

#[async_trait]
impl ArchiveListing for MemoryArchives {
    async fn list_archives(&self) -> Result<Vec<ListedArchive>, SourceError> {
        let stored = self.lock().clone();
        Ok(stored.into_iter().filter_map(|(id, bytes)| self.describe(id, bytes)).collect())
    }

    async fn describe_archive(&self, id: &ArchiveId) -> Result<Option<ListedArchive>, SourceError> {
        Ok(self.bytes(id).and_then(|bytes| self.describe(id.clone(), bytes)))
    }
}

/// An archive on its way in; it is kept apart until `commit`.
struct MemoryStaging {
    archives: MemoryArchives,
    id: ArchiveId,
    packer: Packer,
    seal: Option<Seal>,
    current: Option<Announced>,
}

/// The file that began last.
struct Announced {
    path: MemberPath,
    want: u64,
    got: u64,
}

impl MemoryStaging {
    fn end_file(&mut self) -> Result<(), SinkError> {
        match self.current.take() {
            Some(file) if file.got != file.want => Err(file.mismatch()),
            _ => Ok(()),
        }
    }
}

impl Announced {
    fn mismatch(&self) -> SinkError {
        SinkError::SizeMismatch { path: self.path.as_str().to_owned(), want: self.want, got: self.got }
    }
}

#[async_trait]
impl Staging for MemoryStaging {
    async fn push(&mut self, item: Item) -> Result<(), SinkError> {
        match item {
            Item::Folder(path) => {
                self.end_file()?;
                self.packer.folder(path.as_str().as_bytes());
            }
            Item::File { path, bytes } => {
                self.end_file()?;
                self.packer.file(path.as_str().as_bytes(), bytes);
                self.current = Some(Announced { path, want: bytes, got: 0 });
            }
            Item::Chunk(chunk) => {
                let Some(file) = &mut self.current else {
                    let source = "a chunk came before any file".into();
                    return Err(SinkError::Unavailable { location: self.id.to_string(), source });
                };
                file.got += chunk.len() as u64;
                if file.got > file.want {
                    return Err(file.mismatch());
                }
                self.packer.chunk(&chunk);
            }
        }
        Ok(())
    }

    async fn commit(mut self: Box<Self>, manifest: &Manifest) -> Result<Receipt, SinkError> {
        self.end_file()?;
        let json = manifest.to_json();
        self.packer.file(MANIFEST_NAME.as_bytes(), json.len() as u64);
        json.chunks(MAX_CHUNK_BYTES).for_each(|chunk| self.packer.chunk(chunk));
        let packed = self.packer.finish();
        let stored = match &self.seal {
            None => packed,
            Some(seal) => vault::seal(seal, &packed),
        };
        let receipt = Receipt {
            location: self.id.to_string(),
            bytes: stored.len() as u64,
            sha256: hex(&Sha256::digest(&stored)),
        };
        let mut archives = self.archives.lock();
        if archives.contains_key(&self.id) {
            return Err(SinkError::AlreadyExists(self.id.to_string()));
        }
        archives.insert(self.id.clone(), stored.into());
        drop(archives);
        Ok(receipt)
    }
}
