//! Whom restored files belong to: what root restores must be readable by the daemon, which owns the data dir.
//!
//! Does NOT change modes, and does nothing for anybody but root.

use std::fs::File;
use std::io;
use std::os::unix::fs::{MetadataExt, fchown, lchown};
use std::path::Path;

/// The owner new files are given, if they have to be given one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner(Option<(u32, u32)>);

impl Owner {
    /// The owner of the existing `like`, where this process may give files away.
    pub(crate) fn of_new_files(like: &Path) -> io::Result<Self> {
        let metadata = like.metadata()?;
        let root = rustix::process::geteuid().is_root();
        Ok(Self(root.then(|| (metadata.uid(), metadata.gid()))))
    }

    /// Gives an open file to the owner.
    pub(crate) fn adopt_open(self, file: &File) -> io::Result<()> {
        let Some((user, group)) = self.0 else { return Ok(()) };
        fchown(file, Some(user), Some(group))
    }

    /// Gives a file or folder to the owner.
    pub(crate) fn adopt(self, path: &Path) -> io::Result<()> {
        let Some((user, group)) = self.0 else { return Ok(()) };
        lchown(path, Some(user), Some(group))
    }
}
