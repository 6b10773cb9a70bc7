//! Where an archive is read from: a file by its path, or standard input.
//!
//! Does NOT read it.

use super::Environment;
use loom_adapter_archive::{FolderSource, StreamSource};
use loom_domain::archive::Openers;
use loom_domain::ports::{ArchiveId, ArchiveListing, ArchiveSource, SourceError};
use loom_domain::usecases::{InspectArchive, KeyRing};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An archive to be read.
pub struct Origin {
    pub(super) source: Arc<dyn ArchiveSource>,
    pub(super) id: ArchiveId,
    /// The folder it lies in; for a stream, the current one.
    pub(super) folder: PathBuf,
}

impl Origin {
    /// The archive at `path`.
    pub fn file(path: &Path) -> Result<Self, SourceError> {
        let name = path.file_name().and_then(|name| name.to_str()).and_then(ArchiveId::parse);
        let id = name.ok_or_else(|| SourceError::NotFound(path.display().to_string()))?;
        let folder = parent(path);
        Ok(Self { source: Arc::new(FolderSource::new(&folder)), id, folder })
    }

    /// The archive that comes over `stream`.
    pub fn stream(stream: Box<dyn Read + Send>) -> Result<Self, SourceError> {
        let id = ArchiveId::parse("-").ok_or_else(|| SourceError::NotFound("-".to_owned()))?;
        Ok(Self { source: Arc::new(StreamSource::new(stream)), id, folder: PathBuf::from(".") })
    }
}

/// The folder of `path`; `.` for a bare file name.
pub(super) fn parent(path: &Path) -> PathBuf {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}

/// Lists the archives of a folder; `openers` open sealed ones.
pub fn listing(folder: &Path, openers: Openers) -> Arc<dyn ArchiveListing> {
    Arc::new(FolderSource::new(folder).with_listing_openers(openers))
}

/// Inspects one archive: the use case, the archive's id, the keys at hand and a note on them.
pub async fn inspection(
    origin: Origin,
    key_file: Option<&Path>,
    data_dir: &Path,
    environment: &Environment,
) -> Result<(InspectArchive, ArchiveId, KeyRing, Option<String>), loom_domain::ports::KeyError> {
    let (keys, note) = super::keys::for_verify(key_file, data_dir, environment).await?;
    Ok((InspectArchive { source: origin.source }, origin.id, keys, note))
}
