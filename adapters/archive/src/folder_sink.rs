//! Archive sink into a local folder: staged beside its final name, durable and public by one rename.
//!
//! Does NOT list or read archives (`folder_source`) and never replaces one.

use crate::durable;
use crate::folder_source::path_in;
use crate::format::age_writer::PASSPHRASE_WORK;
use crate::packing::{Output, Packing};
use crate::scratch::ScratchFolder;
use crate::sealing::CheckedForm;
use async_trait::async_trait;
use loom_domain::archive::{ArchiveForm, Manifest};
use loom_domain::ports::{ArchiveId, ArchiveSink, Clock, Item, Receipt, SinkError, Staging};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Keeps archives in one folder.
pub struct FolderSink {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    passphrase_work: u8,
}

impl FolderSink {
    /// A sink into `folder`, which must exist.
    pub fn new(folder: impl Into<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { folder: folder.into(), clock, passphrase_work: PASSPHRASE_WORK }
    }

    /// The same, where a passphrase asks for 2^`work` rounds of work (1 to 20) instead of 2^18. Each one less halves the
    /// memory it takes, 256 MiB at 18, and the time of whoever guesses.
    #[must_use]
    pub fn with_passphrase_work(self, work: u8) -> Self {
        Self { passphrase_work: work, ..self }
    }

    fn stage(&self, id: &ArchiveId) -> Result<(FileOutput, ScratchFolder), SinkError> {
        let target = path_in(&self.folder, id);
        if std::fs::symlink_metadata(&target).is_ok() {
            return Err(SinkError::AlreadyExists(target.display().to_string()));
        }
        let failed = |error| FileOutput::sort(&target.display().to_string(), error);
        let scratch = ScratchFolder::create_in(&self.folder).map_err(failed)?;
        let staged = scratch.path().join("archive");
        let file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged).map_err(failed)?;
        Ok((FileOutput { file, staged, target }, scratch))
    }
}

#[async_trait]
impl ArchiveSink for FolderSink {
    async fn begin(&self, id: &ArchiveId, form: &ArchiveForm) -> Result<Box<dyn Staging>, SinkError> {
        let form = CheckedForm::new(form, self.passphrase_work)?;
        let (output, scratch) = self.stage(id)?;
        let location = output.target.display().to_string();
        let mtime = u64::try_from(self.clock.now().as_second()).unwrap_or(0);
        Ok(Box::new(FolderStaging {
            packing: Packing::start(location, mtime, form, output),
            _scratch: scratch,
        }))
    }
}

/// Dropping it removes the staged file at once, whatever the packing thread is doing.
struct FolderStaging {
    packing: Packing,
    _scratch: ScratchFolder,
}

#[async_trait]
impl Staging for FolderStaging {
    async fn push(&mut self, item: Item) -> Result<(), SinkError> {
        self.packing.push(item).await
    }

    async fn commit(self: Box<Self>, manifest: &Manifest) -> Result<Receipt, SinkError> {
        self.packing.finish(manifest).await
    }
}

/// The staged file and the name it is to get.
struct FileOutput {
    file: File,
    staged: PathBuf,
    target: PathBuf,
}

impl Write for FileOutput {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.file.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Output for FileOutput {
    fn publish(self, receipt: &Receipt) -> Result<(), SinkError> {
        let failed = |error| Self::sort(&receipt.location, error);
        self.file.sync_all().map_err(failed)?;
        match durable::publish_new(&self.staged, &self.target) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(SinkError::AlreadyExists(receipt.location.clone()))
            }
            published => published.map_err(failed),
        }
    }

    fn sort(location: &str, error: io::Error) -> SinkError {
        if durable::is_full(&error) {
            return SinkError::Full(durable::parent_of(Path::new(location)).display().to_string());
        }
        SinkError::Unavailable { location: location.to_owned(), source: error.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_by_the_folder_the_archive_was_to_lie_in() {
        let errors = [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded, io::ErrorKind::FileTooLarge];
        for (location, folder) in [("a.tar.gz", "."), ("./a.tar.gz", "."), ("/mnt/a.tar.gz", "/mnt")] {
            for error in errors {
                let told = FileOutput::sort(location, error.into()).to_string();
                assert_eq!(told, SinkError::Full(folder.to_owned()).to_string(), "{location}: {error}");
            }
        }
    }
}
