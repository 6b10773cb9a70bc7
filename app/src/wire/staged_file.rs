//! A file on its way: written beside its place, and there under its name only when it is whole and on the disk.
//!
//! Does NOT know what is in it.

use super::source::parent;
use loom_adapter_archive::ScratchFolder;
use std::fs::{File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Whether a file that is there may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Overwrite {
    /// It stays, and nothing is written.
    Refused,
    /// It is replaced as a whole.
    Allowed,
}

/// One file on its way, readable by its owner only. Dropping it before `publish` leaves nothing. Calls block.
pub struct StagedFile {
    // Dropped before the folder it lies in.
    file: NamedTempFile,
    _scratch: ScratchFolder,
    path: PathBuf,
}

impl StagedFile {
    /// Begins the file for `path`, in a private folder beside it; what killed runs left there is removed.
    pub fn beside(path: &Path) -> io::Result<Self> {
        let scratch = ScratchFolder::create_in(&parent(path))?;
        let private = Permissions::from_mode(0o600);
        let file = tempfile::Builder::new().permissions(private).tempfile_in(scratch.path())?;
        Ok(Self { file, _scratch: scratch, path: path.to_owned() })
    }

    /// Gives it its name: bytes and name are on disk before this returns.
    ///
    /// # Errors
    /// `AlreadyExists` where there is one that must stay; whatever the disk says.
    pub fn publish(self, overwrite: Overwrite) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        match overwrite {
            Overwrite::Refused => self.file.persist_noclobber(&self.path),
            Overwrite::Allowed => self.file.persist(&self.path),
        }?;
        File::open(parent(&self.path))?.sync_all()
    }
}

impl Write for StagedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
