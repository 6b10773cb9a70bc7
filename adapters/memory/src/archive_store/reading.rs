//! Reading an archive in memory: records to items, under the limits every archive has to keep to.
//!
//! Does NOT unpack records itself (`record`).

use super::record::{Record, Unpacker, damaged};
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::limits::{Limits, MANIFEST_NAME, Watch};
use loom_domain::archive::{ArchiveFormat, ArchiveLock, Manifest, MemberPath};
use loom_domain::ports::{ArchiveKind, ArchiveReader, Item, SourceError};

/// One archive being read.
pub(super) struct Reading {
    records: Unpacker,
    watch: Watch,
    current: Option<(MemberPath, u64)>,
    /// Bytes as stored.
    total: u64,
    lock: Option<ArchiveLock>,
    ended: bool,
}

impl Reading {
    /// An archive that has `total` bytes as it is stored, behind `lock`.
    pub(super) fn open(
        packed: Bytes,
        total: u64,
        lock: Option<ArchiveLock>,
        limits: Limits,
    ) -> Result<Self, SourceError> {
        let records = Unpacker::new(packed)?;
        Ok(Self { records, watch: Watch::new(limits), current: None, total, lock, ended: false })
    }

    /// Reads to the end for the manifest.
    pub(super) fn manifest(mut self) -> Result<Manifest, SourceError> {
        let mut json: Option<Vec<u8>> = None;
        while let Some(item) = self.next_item()? {
            match (item, &mut json) {
                (Item::File { path, .. }, None) if path.as_str() == MANIFEST_NAME => json = Some(Vec::new()),
                (Item::Chunk(chunk), Some(json)) => json.extend_from_slice(&chunk),
                _ => {}
            }
        }
        let json = json.ok_or_else(|| damaged("it holds no `manifest.json`"))?;
        Manifest::from_json(&json).map_err(|error| damaged(error.to_string()))
    }

    fn next_item(&mut self) -> Result<Option<Item>, SourceError> {
        if self.ended {
            return Ok(None);
        }
        match self.records.next()? {
            Record::Folder(name) => {
                self.end_file()?;
                Ok(Some(Item::Folder(self.watch.folder(&name)?)))
            }
            Record::File { name, bytes } => {
                self.end_file()?;
                let path = self.watch.file(&name, bytes)?;
                self.current = Some((path.clone(), bytes));
                Ok(Some(Item::File { path, bytes }))
            }
            Record::Chunk(chunk) => match &mut self.current {
                Some((_, left)) if *left >= chunk.len() as u64 => {
                    *left -= chunk.len() as u64;
                    Ok(Some(Item::Chunk(chunk)))
                }
                _ => Err(damaged("a chunk belongs to no file")),
            },
            Record::End => {
                self.end_file()?;
                self.ended = true;
                Ok(None)
            }
        }
    }

    fn end_file(&mut self) -> Result<(), SourceError> {
        match self.current.take() {
            Some((path, left)) if left > 0 => Err(damaged(format!("member `{path}` lacks {left} bytes"))),
            _ => Ok(()),
        }
    }
}

#[async_trait]
impl ArchiveReader for Reading {
    async fn next(&mut self) -> Result<Option<Item>, SourceError> {
        self.next_item()
    }

    fn kind(&self) -> ArchiveKind {
        match self.records.format() {
            ArchiveFormat::TarGz => ArchiveKind::Loom,
            ArchiveFormat::TarZst => ArchiveKind::TarZst,
            ArchiveFormat::Zip => ArchiveKind::Zip,
        }
    }

    fn lock(&self) -> Option<&ArchiveLock> {
        self.lock.as_ref()
    }

    fn position(&self) -> (u64, Option<u64>) {
        (self.total - self.records.rest(), Some(self.total))
    }
}
