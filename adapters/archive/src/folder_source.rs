//! Archive source over a local folder: every archive in it, whoever wrote it and however it is packed or sealed.
//!
//! Does NOT write and does NOT look into subfolders.

mod candidates;
mod manifest;
mod subfolders;

use crate::format::detect::Kind;
use crate::format::gzip_index::HopMode;
use crate::format::sealed_reader::SealedReader;
use crate::opening::{Looked, locked_words, look};
use crate::unpacking::{Unpacking, sort_io};
use async_trait::async_trait;
use loom_domain::archive::limits::{Limits, MANIFEST_NAME};
use loom_domain::archive::{ArchiveFormat, ArchiveLock, Manifest, Openers};
use loom_domain::ports::{
    ArchiveId, ArchiveListing, ArchiveReader, ArchiveSource, Item, ListedArchive, SourceError, Undescribed,
};
use loom_domain::secret::MasterKey;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use candidates::{Candidate, candidates, look_at};
pub(crate) use candidates::{archive_kind, known_kind, path_in};
use manifest::manifest_at_end;
pub use subfolders::subfolders_with_archives;

/// Reads the archives of one folder.
pub struct FolderSource {
    folder: PathBuf,
    limits: Limits,
    listing_openers: Openers,
    listing_mode: HopMode,
}

impl FolderSource {
    /// A source over `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            limits: Limits::default(),
            listing_openers: Openers::default(),
            listing_mode: HopMode::Checked,
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same with openers for sealed archives while listing.
    #[must_use]
    pub fn with_listing_openers(self, openers: Openers) -> Self {
        Self { listing_openers: openers, ..self }
    }

    /// The same with a listing that reads a small part of each of our archives. It finds those that were cut off, and
    /// no flipped bits; who wants to know those verifies. Sealed ones are not unpacked: of those for a master key only the
    /// beginning is tried.
    #[must_use]
    pub fn with_quick_listing(self) -> Self {
        Self { listing_mode: HopMode::Quick, ..self }
    }

    fn unreadable(&self, path: &Path, error: io::Error) -> SourceError {
        match error.kind() {
            io::ErrorKind::NotFound => SourceError::NotFound(path.display().to_string()),
            _ => SourceError::Unavailable { location: path.display().to_string(), source: error.into() },
        }
    }

    async fn describe(&self, Candidate { id, bytes, kind }: Candidate) -> ListedArchive {
        let (lock, manifest) = match kind {
            Ok(Kind::LoomGzip) => (None, self.hop_to_manifest(&id, ArchiveFormat::TarGz).await),
            Ok(Kind::Zstd) => (None, self.hop_to_manifest(&id, ArchiveFormat::TarZst).await),
            Ok(Kind::Zip) => (None, self.hop_to_manifest(&id, ArchiveFormat::Zip).await),
            Ok(Kind::ForeignGzip) => (None, self.read_manifest(&id).await.map_err(Undescribed::from)),
            Ok(Kind::Sealed | Kind::Age | Kind::ArmoredAge) => self.describe_sealed(&id).await,
            Err(why) => (None, Err(Undescribed::Unreadable(why))),
        };
        ListedArchive { id, bytes, lock, manifest }
    }

    async fn hop_to_manifest(&self, id: &ArchiveId, format: ArchiveFormat) -> Result<Manifest, Undescribed> {
        let (path, limits, mode) = (path_in(&self.folder, id), self.limits, self.listing_mode);
        let hopped = tokio::task::spawn_blocking(move || {
            let location = path.display().to_string();
            let file = File::open(&path).map_err(|error| sort_io(&location, error))?;
            manifest_at_end(file, &location, format, limits, mode)
        });
        let stopped = |_| Err(Undescribed::Unreadable("looking at it stopped unexpectedly".to_owned()));
        hopped.await.unwrap_or_else(stopped)
    }

    async fn describe_sealed(&self, id: &ArchiveId) -> (Option<ArchiveLock>, Result<Manifest, Undescribed>) {
        let lock = match self.lock_of(id).await {
            Ok(lock) => lock,
            Err(error) => return (None, Err(error.into())),
        };
        if let (HopMode::Quick, Some(lock)) = (self.listing_mode, &lock) {
            let unopened = self.try_beginning(id, lock).await;
            return (Some(lock.clone()), Err(unopened));
        }
        let manifest = self.read_manifest(id).await.map_err(|error| {
            let locked = lock.as_ref().and_then(|lock| locked_words(lock, &error));
            locked.map_or_else(|| error.into(), Undescribed::Locked)
        });
        (lock, manifest)
    }

    /// Why a quick listing does not show what an archive behind `lock` says of itself.
    async fn try_beginning(&self, id: &ArchiveId, lock: &ArchiveLock) -> Undescribed {
        if *lock != ArchiveLock::MasterKey {
            return Undescribed::Locked(format!("sealed for {lock}; `backup inspect` opens it"));
        }
        let (path, keys) = (path_in(&self.folder, id), self.listing_openers.master_keys.clone());
        let tried = tokio::task::spawn_blocking(move || {
            let location = path.display().to_string();
            if keys.is_empty() {
                return Err(SourceError::KeyNeeded);
            }
            let begin = || {
                let keys = keys.iter().map(MasterKey::bytes);
                SealedReader::new(File::open(&path)?, keys).read(&mut [0])
            };
            begin().map_err(|error| sort_io(&location, error))
        });
        match tried.await {
            Ok(Ok(_)) => Undescribed::Unopened(format!("sealed for {lock}; `backup inspect` opens it")),
            Ok(Err(error)) => locked_words(lock, &error).map_or_else(|| error.into(), Undescribed::Locked),
            Err(stopped) => Undescribed::Unreadable(stopped.to_string()),
        }
    }

    async fn lock_of(&self, id: &ArchiveId) -> Result<Option<ArchiveLock>, SourceError> {
        let path = path_in(&self.folder, id);
        let location = path.display().to_string();
        let looked = tokio::task::spawn_blocking(move || {
            let file = File::open(&path).map_err(|error| sort_io(&location, error))?;
            Ok(match look(Box::new(file), &location)? {
                Looked::Open(_) => None,
                Looked::Closed(closed) => Some(closed.lock()),
            })
        });
        looked.await.unwrap_or_else(|stopped| Err(self.unreadable(&self.folder, io::Error::other(stopped))))
    }

    async fn read_manifest(&self, id: &ArchiveId) -> Result<Manifest, SourceError> {
        let mut reader = self.open(id, &self.listing_openers).await?;
        let (mut json, mut in_manifest) = (None, false);
        while let Some(item) = reader.next().await? {
            match item {
                Item::Chunk(chunk) if in_manifest => {
                    json.get_or_insert_with(Vec::new).extend_from_slice(&chunk)
                }
                Item::Chunk(_) => {}
                Item::File { path, .. } => in_manifest = path.as_str() == MANIFEST_NAME,
                Item::Folder(_) => in_manifest = false,
            }
        }
        let damaged = |part| SourceError::Damaged { part };
        let json = json.ok_or_else(|| damaged("it holds no `manifest.json`".to_owned()))?;
        Manifest::from_json(&json).map_err(|error| damaged(error.to_string()))
    }
}

#[async_trait]
impl ArchiveListing for FolderSource {
    async fn list_archives(&self) -> Result<Vec<ListedArchive>, SourceError> {
        let folder = self.folder.clone();
        let found = tokio::task::spawn_blocking(move || candidates(&folder)).await;
        let found = found.unwrap_or_else(|_| Err(io::Error::other("listing stopped unexpectedly")));
        let mut listed = Vec::new();
        for candidate in found.map_err(|error| self.unreadable(&self.folder, error))? {
            listed.push(self.describe(candidate).await);
        }
        Ok(listed)
    }

    async fn describe_archive(&self, id: &ArchiveId) -> Result<Option<ListedArchive>, SourceError> {
        let (path, candidate) = (path_in(&self.folder, id), id.clone());
        let looked = tokio::task::spawn_blocking(move || look_at(&path, candidate)).await;
        Ok(match looked.ok().flatten() {
            Some(candidate) => Some(self.describe(candidate).await),
            None => None,
        })
    }
}

#[async_trait]
impl ArchiveSource for FolderSource {
    async fn open(&self, id: &ArchiveId, openers: &Openers) -> Result<Box<dyn ArchiveReader>, SourceError> {
        let path = path_in(&self.folder, id);
        let opened = File::open(&path).and_then(|file| {
            let facts = file.metadata()?;
            if facts.is_dir() { Err(io::ErrorKind::IsADirectory.into()) } else { Ok((file, facts.len())) }
        });
        let (file, bytes) = opened.map_err(|error| self.unreadable(&path, error))?;
        let location = path.display().to_string();
        Ok(Box::new(Unpacking::start(file, location, Some(bytes), openers, self.limits).await?))
    }
}
