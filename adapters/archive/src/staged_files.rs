//! Files being staged under one private folder, each at its member path, written on the blocking pool.
//!
//! One chunk is on its way to the disk while the next one is made. Does NOT remove anything; the folder's owner does.

use crate::blocking::blocking;
use crate::durable::{create_private_file, create_private_folders, is_full, parent_of};
use bytes::Bytes;
use loom_domain::archive::MemberPath;
use loom_domain::ports::StagingError;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// How many bytes may wait for the disk before it is told to begin.
const FLUSH_BYTES: u64 = 64 << 20;

/// Stages files one after another.
pub(crate) struct StagedFiles {
    root: PathBuf,
    /// Named when there is no room.
    place: String,
    lasting: bool,
    current: Option<Writing>,
}

/// The file being written.
struct Writing {
    path: PathBuf,
    file: Arc<File>,
    chunk: Option<JoinHandle<io::Result<()>>>,
    flush: Option<JoinHandle<io::Result<()>>>,
    unflushed: u64,
}

impl StagedFiles {
    /// Files that are thrown away: nothing is brought to the disk on purpose.
    pub(crate) fn temporary(root: PathBuf) -> Self {
        let place = parent_of(&root).display().to_string();
        Self { root, place, lasting: false, current: None }
    }

    /// Files that will be synced: the disk begins early, so that the sync at the end finds little left to do.
    pub(crate) fn lasting(root: PathBuf, place: &Path) -> Self {
        Self { root, place: place.display().to_string(), lasting: true, current: None }
    }

    /// Sorts an error on `location` into what a caller can do about it.
    pub(crate) fn sort(place: &str, location: &str, error: io::Error) -> StagingError {
        if is_full(&error) {
            return StagingError::Full(place.to_owned());
        }
        StagingError::Unavailable { location: location.to_owned(), source: error.into() }
    }

    pub(crate) async fn begin_file(&mut self, member: &MemberPath) -> Result<(), StagingError> {
        let path = self.root.join(member.as_str());
        let create = path.clone();
        let created = blocking(move || {
            create_private_folders(parent_of(&create))?;
            create_private_file(&create)
        });
        let file = created.await.map_err(|error| self.failed(&path, error))?;
        self.current = Some(Writing { path, file: Arc::new(file), chunk: None, flush: None, unflushed: 0 });
        Ok(())
    }

    pub(crate) async fn write(&mut self, chunk: Bytes) -> Result<(), StagingError> {
        let Some(writing) = &mut self.current else {
            return Err(self.failed(&self.root, io::Error::other("no file has begun")));
        };
        let (path, written) = (writing.path.clone(), writing.write(chunk, self.lasting).await);
        written.map_err(|error| self.failed(&path, error))
    }

    pub(crate) async fn end_file(&mut self) -> Result<PathBuf, StagingError> {
        let Some(mut writing) = self.current.take() else {
            return Err(self.failed(&self.root, io::Error::other("no file has begun")));
        };
        match writing.settle().await {
            Ok(()) => Ok(writing.path),
            Err(error) => Err(self.failed(&writing.path, error)),
        }
    }

    pub(crate) async fn folder(&mut self, member: &MemberPath) -> Result<(), StagingError> {
        let path = self.root.join(member.as_str());
        let create = path.clone();
        let created = blocking(move || create_private_folders(&create)).await;
        created.map_err(|error| self.failed(&path, error))
    }

    fn failed(&self, path: &Path, error: io::Error) -> StagingError {
        Self::sort(&self.place, &path.display().to_string(), error)
    }
}

impl Writing {
    async fn write(&mut self, chunk: Bytes, lasting: bool) -> io::Result<()> {
        self.settle().await?;
        self.unflushed += chunk.len() as u64;
        let file = Arc::clone(&self.file);
        self.chunk = Some(spawn_blocking(move || (&*file).write_all(&chunk)));
        if lasting && self.unflushed >= FLUSH_BYTES && self.flush.as_ref().is_none_or(JoinHandle::is_finished)
        {
            self.unflushed = 0;
            let file = Arc::clone(&self.file);
            // Its result is not asked for: the sync before the swap would report the same failure.
            self.flush = Some(spawn_blocking(move || file.sync_data()));
        }
        Ok(())
    }

    /// Waits for the chunk that is on its way.
    async fn settle(&mut self) -> io::Result<()> {
        if let Some(chunk) = &mut self.chunk {
            let written = chunk.await;
            self.chunk = None;
            written.map_err(io::Error::other)??;
        }
        Ok(())
    }
}
