//! Archive source over a local folder: every archive in it, whoever wrote it and however it is packed.
//!
//! Does NOT write and does NOT look into subfolders.

use crate::format::detect::{Kind, PREFIX_BYTES, detect};
use crate::format::gzip_index::{HopMode, hop, read_from};
use crate::format::tar_reader::{MemberKind, TarReader};
use crate::kept_open;
use crate::unpacking::{Unpacking, sort_io, sort_tar};
use async_trait::async_trait;
use loom_domain::archive::limits::{Limits, MANIFEST_NAME};
use loom_domain::archive::{ArchiveLock, Manifest, Openers};
use loom_domain::ports::{
    ArchiveId, ArchiveListing, ArchiveReader, ArchiveSource, Item, ListedArchive, SourceError, Undescribed,
};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

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
    /// no flipped bits; who wants to know those verifies.
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

    async fn describe(&self, id: ArchiveId, kind: Kind, bytes: u64) -> ListedArchive {
        let manifest = if kind == Kind::LoomGzip {
            let (path, limits, mode) = (path_in(&self.folder, &id), self.limits, self.listing_mode);
            let hopped = tokio::task::spawn_blocking(move || hop_to_manifest(&path, limits, mode)).await;
            hopped.unwrap_or_else(|_| Err("looking at it stopped unexpectedly".to_owned()))
        } else {
            self.read_manifest(&id).await.map_err(|error| error.to_string())
        };
        let lock = (kind == Kind::Sealed).then_some(ArchiveLock::MasterKey);
        ListedArchive { id, bytes, lock, manifest: manifest.map_err(Undescribed::Damaged) }
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
        for (id, kind, bytes) in found.map_err(|error| self.unreadable(&self.folder, error))? {
            listed.push(self.describe(id, kind, bytes).await);
        }
        Ok(listed)
    }

    async fn describe_archive(&self, id: &ArchiveId) -> Result<Option<ListedArchive>, SourceError> {
        let (path, candidate) = (path_in(&self.folder, id), id.clone());
        let looked = tokio::task::spawn_blocking(move || look_at(&path, candidate)).await;
        Ok(match looked.ok().flatten() {
            Some((id, kind, bytes)) => Some(self.describe(id, kind, bytes).await),
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

/// The path of an archive in its folder. In the current folder a bare name stays a bare name in messages.
pub(crate) fn path_in(folder: &Path, id: &ArchiveId) -> PathBuf {
    if folder == Path::new(".") { PathBuf::from(id.as_str()) } else { folder.join(id.as_str()) }
}

/// Files of the folder that are archives by their first bytes or claim to be by their name.
fn candidates(folder: &Path) -> io::Result<Vec<(ArchiveId, Kind, u64)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if let Some(id) = name.to_str().and_then(ArchiveId::parse) {
            found.extend(look_at(&entry.path(), id));
        }
    }
    Ok(found)
}

/// One file, if it is an archive.
fn look_at(path: &Path, id: ArchiveId) -> Option<(ArchiveId, Kind, u64)> {
    let facts = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let kind = archive_kind(path, &id)?;
    Some((id, kind, facts.len()))
}

/// What kind of archive a regular file is by its first bytes; one that only claims to be by its name counts too, for
/// the operator wants to know.
pub(crate) fn archive_kind(path: &Path, id: &ArchiveId) -> Option<Kind> {
    let name = id.as_str();
    if name.starts_with('.') {
        return None;
    }
    // Looked at in a way that is safe for a database which this process has open.
    let head = kept_open::head(path, PREFIX_BYTES);
    if head.as_ref().is_ok_and(|head| head.starts_with(b"SQLite format 3\0")) {
        return None;
    }
    let named = name.starts_with("backup-") && name.ends_with(".tar.gz");
    match head.ok().and_then(|head| Some(detect(head.as_slice()).ok()?.0)) {
        Some(Kind::ForeignGzip) if !name.ends_with("gz") => None,
        Some(kind) => Some(kind),
        None => named.then_some(Kind::ForeignGzip),
    }
}

/// Hops over the members of one of our archives and unpacks the manifest only.
fn hop_to_manifest(path: &Path, limits: Limits, mode: HopMode) -> Result<Manifest, String> {
    let location = path.display().to_string();
    let words = |error: SourceError| error.to_string();
    let in_words = |error| words(sort_io(&location, error));
    let mut file = File::open(path).map_err(in_words)?;
    let index = hop(&mut file, mode).map_err(in_words)?;
    let start = index.manifest.ok_or("the archive is damaged: it ends before its manifest")?;
    let mut tar = TarReader::new(read_from(file, start).map_err(in_words)?);
    let member = tar.next().map_err(|error| words(sort_tar(&location, error)))?;
    let manifest = member.filter(|member| {
        member.kind == MemberKind::File
            && member.path == MANIFEST_NAME.as_bytes()
            && member.size <= limits.manifest_bytes
    });
    let manifest = manifest.ok_or("the archive is damaged: its last member is no `manifest.json`")?;
    let mut json = vec![0; usize::try_from(manifest.size).map_err(|error| error.to_string())?];
    let mut filled = 0;
    while filled < json.len() {
        match tar.read_chunk(&mut json[filled..]).map_err(|error| words(sort_tar(&location, error)))? {
            0 => break,
            read => filled += read,
        }
    }
    // Reads on to the end mark, so that a cut after the manifest shows.
    if tar.next().map_err(|error| words(sort_tar(&location, error)))?.is_some() {
        return Err("the archive is refused: a member comes after `manifest.json`".to_owned());
    }
    Manifest::from_json(&json).map_err(|error| error.to_string())
}
