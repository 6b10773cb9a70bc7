//! One CCU backup on its way into the folder: one thread writes and judges each chunk while the next one is fetched.
//!
//! Does NOT decide what is good (`loom_domain::sbk`).

use super::{EXTENSION, describe, path_in, sort};
use crate::blocking::blocking;
use crate::durable;
use crate::scratch::ScratchFolder;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::{CcuFilesError, SbkStaging, StoredSbk};
use loom_domain::sbk::{SbkJudge, SbkLimits, SbkVerdict};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Chunks waiting for the disk; with 1 MiB chunks this bounds memory, not speed.
const QUEUED_CHUNKS: usize = 3;

/// Dropping it removes the staged file at once, whatever the writing thread is doing.
pub(super) struct FolderStaging {
    folder: Arc<Path>,
    id: CcuBackupId,
    /// Holds the staged file; gone where there was no room.
    scratch: Option<ScratchFolder>,
    stage: Stage,
}

enum Stage {
    /// Chunks are taken.
    Open { chunks: mpsc::Sender<Bytes>, writing: JoinHandle<Written> },
    /// No more bytes can make it good.
    Hopeless(Box<SbkJudge>),
    /// It was judged.
    Judged(SbkVerdict, File),
    /// It failed, or was judged bad.
    Over,
}

/// What the writing thread ends with.
struct Written {
    file: File,
    judge: SbkJudge,
    end: End,
}

enum End {
    /// No more chunks came.
    Closed,
    Hopeless,
    Failed(io::Error),
}

impl FolderStaging {
    /// Blocks the thread.
    pub(super) fn begin(folder: &Arc<Path>, id: CcuBackupId) -> Result<Self, CcuFilesError> {
        let path = path_in(folder, &id);
        if durable::exists(&path).map_err(|error| sort(folder, &path, error))? {
            return Err(CcuFilesError::AlreadyExists(id));
        }
        let failed = |error| sort(folder, folder, error);
        let scratch = ScratchFolder::create_in(folder).map_err(failed)?;
        let create = OpenOptions::new().write(true).create_new(true).mode(0o640).open(staged_in(&scratch));
        let file = create.map_err(failed)?;
        let (chunks, received) = mpsc::channel(QUEUED_CHUNKS);
        let judge = SbkJudge::new(SbkLimits::default());
        let writing = spawn_blocking(move || write(received, file, judge));
        Ok(Self {
            folder: folder.clone(),
            id,
            scratch: Some(scratch),
            stage: Stage::Open { chunks, writing },
        })
    }

    /// Waits for the writing thread, which ended or is about to.
    async fn settle(&mut self) -> Result<(SbkJudge, File), CcuFilesError> {
        let Stage::Open { chunks, writing } = std::mem::replace(&mut self.stage, Stage::Over) else {
            return Err(self.failed(io::Error::other("nothing more was expected")));
        };
        drop(chunks);
        let Written { file, judge, end } = match writing.await {
            Ok(written) => written,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        match end {
            End::Closed => Ok((judge, file)),
            End::Hopeless => {
                self.stage = Stage::Hopeless(Box::new(judge));
                Err(CcuFilesError::Hopeless)
            }
            End::Failed(error) => {
                self.scratch = None;
                Err(self.failed(error))
            }
        }
    }

    fn failed(&self, error: io::Error) -> CcuFilesError {
        sort(&self.folder, &path_in(&self.folder, &self.id), error)
    }
}

#[async_trait]
impl SbkStaging for FolderStaging {
    async fn write(&mut self, chunk: Bytes) -> Result<(), CcuFilesError> {
        match &self.stage {
            Stage::Open { chunks, .. } => {
                if chunks.send(chunk).await.is_ok() {
                    return Ok(());
                }
                self.settle().await?;
                Err(self.failed(io::Error::other("the writing ended too early")))
            }
            Stage::Hopeless(_) => Err(CcuFilesError::Hopeless),
            Stage::Judged(..) | Stage::Over => {
                Err(self.failed(io::Error::other("nothing more was expected")))
            }
        }
    }

    async fn judge(&mut self, announced: Option<u64>) -> Result<SbkVerdict, CcuFilesError> {
        if let Stage::Open { .. } = self.stage {
            match self.settle().await {
                Ok((judge, file)) => {
                    let verdict = judge.finish(announced);
                    self.stage = Stage::Judged(verdict.clone(), file);
                    return Ok(verdict);
                }
                Err(CcuFilesError::Hopeless) => {}
                Err(error) => return Err(error),
            }
        }
        match std::mem::replace(&mut self.stage, Stage::Over) {
            Stage::Hopeless(judge) => Ok(judge.finish(announced)),
            _ => Err(self.failed(io::Error::other("it was judged already, or could not be written"))),
        }
    }

    async fn commit(mut self: Box<Self>) -> Result<StoredSbk, CcuFilesError> {
        let Self { folder, id, scratch, stage } = *self;
        let (Stage::Judged(verdict, file), Some(scratch)) = (stage, scratch) else {
            return Err(CcuFilesError::NotGood);
        };
        if !verdict.is_good() {
            return Err(CcuFilesError::NotGood);
        }
        blocking(move || publish(&folder, id, &file, &scratch)).await
    }
}

fn write(mut chunks: mpsc::Receiver<Bytes>, mut file: File, mut judge: SbkJudge) -> Written {
    while let Some(chunk) = chunks.blocking_recv() {
        if let Err(error) = file.write_all(&chunk) {
            return Written { file, judge, end: End::Failed(error) };
        }
        // Why it is hopeless is told at the end, with everything else that is wrong.
        if judge.push(&chunk).is_err() {
            return Written { file, judge, end: End::Hopeless };
        }
    }
    Written { file, judge, end: End::Closed }
}

fn publish(
    folder: &Path,
    id: CcuBackupId,
    file: &File,
    scratch: &ScratchFolder,
) -> Result<StoredSbk, CcuFilesError> {
    let path = path_in(folder, &id);
    file.sync_all().map_err(|error| sort(folder, &path, error))?;
    match durable::publish_new(&staged_in(scratch), &path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CcuFilesError::AlreadyExists(id));
        }
        Err(error) => return Err(sort(folder, &path, error)),
    }
    let metadata = file.metadata().map_err(|error| sort(folder, &path, error))?;
    Ok(describe(&id, &metadata))
}

fn staged_in(scratch: &ScratchFolder) -> PathBuf {
    scratch.path().join(format!("staged{EXTENSION}"))
}
