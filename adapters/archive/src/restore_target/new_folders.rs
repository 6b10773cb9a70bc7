//! The folders a claim created to have a data dir: they go again if nothing comes to lie in them.
//!
//! Does NOT remove a folder that was there before, or one that somebody uses.

use crate::durable::{exists, parent_of, sync_folder};
use crate::swap::Steps;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Created folders, parents first. Dropping it removes them as long as they are empty.
#[derive(Debug)]
pub(super) struct NewFolders {
    made: Vec<PathBuf>,
    steps: Steps,
}

impl NewFolders {
    /// Creates a folder, 0700, with its parents, all durable when it returns; none if it exists.
    pub(super) fn create(path: &Path, steps: &Steps) -> io::Result<Self> {
        let mut new = Self { made: Vec::new(), steps: steps.clone() };
        let mut missing = Vec::new();
        let mut above = Some(path);
        while let Some(folder) = above.filter(|folder| !folder.as_os_str().is_empty())
            && !exists(folder)?
        {
            missing.push(folder);
            above = folder.parent();
        }
        for folder in missing.into_iter().rev() {
            match DirBuilder::new().mode(0o700).create(folder) {
                // Somebody else was faster, or it is a `..`.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                created => created?,
            }
            new.made.push(folder.to_owned());
            sync_folder(parent_of(folder))?;
        }
        Ok(new)
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.made.is_empty()
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            // What cannot be removed is in use, or an empty private folder.
            if self.steps.remove_folder(folder).is_err() {
                return;
            }
        }
    }
}
