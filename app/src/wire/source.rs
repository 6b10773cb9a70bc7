//! Where an archive is read from: a file by its path, or standard input.
//!
//! Does NOT read it.

use loom_adapter_archive::{FolderSource, StreamSource, parent_of};
use loom_domain::archive::Openers;
use loom_domain::ports::{ArchiveId, ArchiveListing, ArchiveSource, SourceError};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An archive to be read.
pub struct Origin {
    pub(super) source: Arc<dyn ArchiveSource>,
    /// Looks at it from outside, where that is possible.
    pub(super) listing: Option<Arc<dyn ArchiveListing>>,
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
        let source = Arc::new(FolderSource::new(&folder));
        Ok(Self { source: source.clone(), listing: Some(source), id, folder })
    }

    /// The archive that comes over `stream`.
    pub fn stream(stream: Box<dyn Read + Send>) -> Result<Self, SourceError> {
        let id = ArchiveId::parse("-").ok_or_else(|| SourceError::NotFound("-".to_owned()))?;
        let source = Arc::new(StreamSource::new(stream));
        Ok(Self { source, listing: None, id, folder: PathBuf::from(".") })
    }
}

/// The folder of `path`; `.` for a bare file name.
pub(super) fn parent(path: &Path) -> PathBuf {
    parent_of(path).to_owned()
}

/// Lists the archives of a folder; `openers` open sealed ones.
pub fn listing(folder: &Path, openers: Openers) -> Arc<dyn ArchiveListing> {
    Arc::new(FolderSource::new(folder).with_listing_openers(openers))
}
