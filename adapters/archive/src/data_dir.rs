//! Data dir on the local file system: its folders listed, its plain files read at an instant.
//!
//! Does NOT decide what goes into an archive, and does NOT write into the data dir.

pub(crate) mod listing;
mod spool;

use crate::blocking::blocking;
use crate::{durable, kept_open};
use async_trait::async_trait;
use listing::list_folder;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{DataDirFiles, Entry, FilesError, OpenFile};
use spool::open_at_an_instant;
use std::io;
use std::path::{Path, PathBuf};

/// A data dir in a local folder.
///
/// Closing a file ends all record locks this process holds on it, so databases that were looked into stay open until
/// the process ends or they are removed. That makes it safe to read the data dir of a daemon from within.
pub struct LocalDataDir {
    dir: PathBuf,
    spool_dir: PathBuf,
}

impl LocalDataDir {
    /// The data dir `dir`. Files over 1 MiB are copied into nameless files in `spool_dir` before they are handed out;
    /// they may hold secrets, so that should be in the data dir itself, or where an archive lies that is not sealed.
    pub fn new(dir: impl Into<PathBuf>, spool_dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), spool_dir: spool_dir.into() }
    }
}

#[async_trait]
impl DataDirFiles for LocalDataDir {
    async fn list(&self, folder: Option<&MemberPath>) -> Result<Vec<Entry>, FilesError> {
        let (dir, folder) = (self.dir.clone(), folder.cloned());
        blocking(move || {
            let mut entries: Vec<_> =
                list_folder(&dir, folder.as_ref())?.into_iter().collect::<Result<_, _>>()?;
            entries.sort_by(|a: &Entry, b| a.path.cmp(&b.path));
            Ok(entries)
        })
        .await
    }

    async fn head(&self, path: &MemberPath, bytes: usize) -> Result<Vec<u8>, FilesError> {
        let (location, path) = (self.dir.join(path.as_str()), path.clone());
        blocking(move || kept_open::head(&location, bytes).map_err(|error| sort(&path, &location, error)))
            .await
    }

    async fn open(&self, path: &MemberPath) -> Result<OpenFile, FilesError> {
        let (location, path, spool_dir) =
            (self.dir.join(path.as_str()), path.clone(), self.spool_dir.clone());
        blocking(move || {
            open_at_an_instant(&location, &spool_dir).map_err(|error| sort(&path, &location, error))
        })
        .await
    }
}

/// Sorts an error on a file; the message names it with its folder, for a person to find.
fn sort(path: &MemberPath, location: &Path, error: io::Error) -> FilesError {
    if durable::is_absent(&error) {
        return FilesError::Vanished(path.as_str().to_owned());
    }
    FilesError::Unreadable { path: location.display().to_string(), source: error.into() }
}
