//! The scratch file a snapshot is written to: private, and gone whatever happens.
//!
//! Does NOT write it (`source`) or read it (`content`).

use loom_domain::archive::layout::WORK_PREFIX;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use tempfile::{NamedTempFile, TempPath};

/// An empty file that `VACUUM INTO` accepts as its target. Dropping it removes it and its journal.
#[derive(Debug)]
pub(super) struct Scratch {
    file: File,
    name: Name,
}

impl Scratch {
    /// Creates one, readable by its owner only.
    pub(super) fn create_in(folder: &Path) -> io::Result<Self> {
        let named: NamedTempFile =
            tempfile::Builder::new().prefix(WORK_PREFIX).suffix(".db").tempfile_in(folder)?;
        let (file, path) = named.into_parts();
        Ok(Self { file, name: Name(path) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.name.0
    }

    /// Tries whether the file may have this many bytes, which may change its size; meant for one that is about to go.
    pub(super) fn try_size(&self, bytes: u64) -> io::Result<()> {
        self.file.write_all_at(&[0], bytes.saturating_sub(1))
    }

    /// The file from its beginning, under no name any more: it goes when it is closed, even by a kill.
    pub(super) fn into_nameless_file(self) -> File {
        self.file
    }
}

#[derive(Debug)]
struct Name(TempPath);

impl Drop for Name {
    fn drop(&mut self) {
        let mut journal = OsString::from(&*self.0);
        journal.push("-journal");
        // As a rule there is none; SQLite removes it itself unless it failed at that too.
        drop(std::fs::remove_file(journal));
    }
}
