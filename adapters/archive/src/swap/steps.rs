//! The steps of a swap on the disk, each one a thing a crash can come before.
//!
//! Does NOT know their order.

use super::SwapError;
use crate::durable::{self, create_private_file, exists};
use std::ffi::OsStr;
use std::fs::{DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Makes steps. A test can have the process die before any one of them: that step and all later ones then fail
/// without doing anything, cleaning up included.
#[derive(Debug, Clone, Default)]
pub(crate) struct Steps {
    #[cfg(test)]
    left: Option<std::sync::Arc<std::sync::atomic::AtomicI64>>,
    #[cfg(test)]
    lives_on: bool,
    #[cfg(test)]
    for_good: Option<std::sync::Arc<std::sync::OnceLock<std::path::PathBuf>>>,
}

impl Steps {
    /// Dies before step `step`, counted from 0.
    #[cfg(test)]
    pub(crate) fn dying_before(step: usize) -> Self {
        let left = i64::try_from(step).unwrap();
        Self { left: Some(std::sync::Arc::new(left.into())), lives_on: false, for_good: None }
    }

    /// Fails at step `step`, counted from 0, and works before and after.
    #[cfg(test)]
    pub(crate) fn failing_at(step: usize) -> Self {
        Self { lives_on: true, ..Self::dying_before(step) }
    }

    /// Fails at step `step`, counted from 0, and at every later one on the same path.
    #[cfg(test)]
    pub(crate) fn failing_for_good_at(step: usize) -> Self {
        Self { for_good: Some(std::sync::Arc::default()), ..Self::failing_at(step) }
    }

    /// The same, and every step on this path fails.
    #[cfg(test)]
    pub(crate) fn refusing(self, path: &Path) -> Self {
        let failed = std::sync::OnceLock::from(path.to_owned());
        Self { for_good: Some(std::sync::Arc::new(failed)), ..self }
    }

    /// Whether it is the steps on this path that fail for good.
    #[cfg(test)]
    pub(crate) fn fail_for_good_at(&self, path: &Path) -> bool {
        self.for_good.as_ref().and_then(|failed| failed.get()).is_some_and(|failed| failed == path)
    }

    /// Creates one folder, 0700.
    pub(crate) fn create_folder(&self, path: &Path) -> Result<(), SwapError> {
        self.step(path, || DirBuilder::new().mode(0o700).create(path))
    }

    /// Creates a private file with these bytes and brings it to the disk.
    pub(crate) fn write_file(&self, path: &Path, bytes: &[u8]) -> Result<(), SwapError> {
        let mut file = None;
        self.step(path, || create_private_file(path).map(|created| file = Some(created)))?;
        let Some(mut file) = file else { return Ok(()) };
        self.step(path, || file.write_all(bytes))?;
        self.step(path, || file.sync_all())
    }

    /// Copies a file into a new private one and brings it to the disk.
    pub(crate) fn copy_file(&self, from: &Path, to: &Path) -> Result<(), SwapError> {
        let mut file = File::open(from).map_err(|error| SwapError::failed(from, error))?;
        self.step(to, || io::copy(&mut file, &mut create_private_file(to)?).map(|_| ()))?;
        self.sync_file(to)
    }

    /// Makes another link to where a link leads, as it says it.
    pub(crate) fn copy_link(&self, from: &Path, to: &Path) -> Result<(), SwapError> {
        self.step(to, || std::os::unix::fs::symlink(from.read_link()?, to))
    }

    /// Renames without replacing anything.
    pub(crate) fn rename(&self, from: &Path, to: &Path) -> Result<(), SwapError> {
        self.step(from, || durable::rename_no_replace(from, to))
    }

    /// Renames a file over another one.
    pub(crate) fn rename_over(&self, from: &Path, to: &Path) -> Result<(), SwapError> {
        self.step(to, || std::fs::rename(from, to))
    }

    /// Brings the bytes of a file to the disk.
    pub(crate) fn sync_file(&self, path: &Path) -> Result<(), SwapError> {
        self.step(path, || File::open(path)?.sync_all())
    }

    /// Brings the names in a folder to the disk.
    pub(crate) fn sync_folder(&self, path: &Path) -> Result<(), SwapError> {
        self.step(path, || durable::sync_folder(path))
    }

    /// Removes a file, if it exists.
    pub(crate) fn remove_file(&self, path: &Path) -> Result<(), SwapError> {
        self.step(path, || match std::fs::remove_file(path) {
            Err(error) if durable::is_absent(&error) => Ok(()),
            removed => removed,
        })
    }

    /// Removes a folder with all it holds, if it exists, entry by entry; links are removed, not followed.
    pub(crate) fn remove_tree(&self, path: &Path) -> Result<(), SwapError> {
        let failed = |error| SwapError::failed(path, error);
        if !exists(path).map_err(failed)? {
            return Ok(());
        }
        if !path.symlink_metadata().map_err(failed)?.is_dir() {
            return self.remove_file(path);
        }
        self.remove_entries(path, |_| true)?;
        self.remove_folder(path)
    }

    /// Removes the entries of a folder that are chosen by their name, with all they hold.
    pub(crate) fn remove_entries(&self, folder: &Path, chosen: fn(&OsStr) -> bool) -> Result<(), SwapError> {
        let failed = |error| SwapError::failed(folder, error);
        for entry in folder.read_dir().map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if chosen(&entry.file_name()) {
                self.remove_tree(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes an empty folder.
    pub(crate) fn remove_folder(&self, path: &Path) -> Result<(), SwapError> {
        self.step(path, || std::fs::remove_dir(path))
    }

    fn step(&self, path: &Path, act: impl FnOnce() -> io::Result<()>) -> Result<(), SwapError> {
        #[cfg(test)]
        if let Some(left) = &self.left {
            let left = left.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
            if let Some(failed) = self.for_good.as_ref().filter(|_| left == 0) {
                _ = failed.set(path.to_owned());
            }
            if left == 0 || left < 0 && !self.lives_on || self.fail_for_good_at(path) {
                return Err(SwapError::failed(path, io::Error::other("this step fails")));
            }
        }
        act().map_err(|error| SwapError::failed(path, error))
    }
}
