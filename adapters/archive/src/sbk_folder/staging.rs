//! One CCU backup on its way into the folder: a piece is written and judged while the next one is fetched.
//!
//! A central may need minutes for its first byte and an upload may trickle, so no thread is held between two pieces.
//! Does NOT decide what is good (`loom_domain::sbk`).

use super::growing::{Growing, Grown, new_judge};
use super::publishing::{leave, publish, staged_in};
use super::{path_in, sort};
use crate::blocking::{blocking, ended};
use crate::durable;
use crate::scratch::ScratchFolder;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::{CcuFilesError, SbkStaging, StoredSbk};
use loom_domain::sbk::{SbkJudge, SbkVerdict};
use rustix::fs::Access;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::task::{JoinHandle, spawn_blocking};

/// Fewest bytes that are worth a thread.
const PIECE_BYTES: usize = 256 << 10;

/// Dropping it removes the staged file at once, even while a piece is written: that goes to a file without a name.
pub(super) struct FolderStaging {
    folder: Arc<Path>,
    id: CcuBackupId,
    /// Holds the staged file; there is none before the first piece, nor where there was no room.
    scratch: Option<ScratchFolder>,
    /// Bytes that are no piece yet.
    gathered: Vec<u8>,
    stage: Stage,
}

enum Stage {
    /// There is nothing on the disk.
    Fresh,
    /// The last piece is being written and judged, or was.
    Growing(JoinHandle<Grown>),
    /// No more bytes can make it good.
    Hopeless(Box<SbkJudge>),
    /// It was judged good.
    Good(File),
    /// It failed, or was judged bad.
    Over,
}

impl FolderStaging {
    /// Blocks the thread. Nothing is made yet, but a folder that cannot be written is told now.
    pub(super) fn begin(folder: &Arc<Path>, id: CcuBackupId) -> Result<Self, CcuFilesError> {
        let path = path_in(folder, &id);
        if durable::exists(&path).map_err(|error| sort(folder, &path, error))? {
            return Err(CcuFilesError::AlreadyExists(id));
        }
        rustix::fs::access(&**folder, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|error| sort(folder, folder, error.into()))?;
        Ok(Self { folder: folder.clone(), id, scratch: None, gathered: Vec::new(), stage: Stage::Fresh })
    }

    /// Lets a thread write and judge a piece, after the one before.
    async fn hand_over(&mut self, piece: Bytes) -> Result<(), CcuFilesError> {
        let growing = match self.stage {
            Stage::Fresh => self.create().await?,
            _ => self.grown().await?,
        };
        self.stage = Stage::Growing(spawn_blocking(move || growing.by(&piece)));
        Ok(())
    }

    async fn create(&mut self) -> Result<Growing, CcuFilesError> {
        let folder = self.folder.clone();
        let created = blocking(move || {
            let scratch = ScratchFolder::create_in(&folder)?;
            let growing = Growing::create(&staged_in(&scratch))?;
            io::Result::Ok((scratch, growing))
        });
        match created.await {
            Ok((scratch, growing)) => {
                self.scratch = Some(scratch);
                Ok(growing)
            }
            Err(error) => {
                self.stage = Stage::Over;
                Err(sort(&self.folder, &self.folder, error))
            }
        }
    }

    /// The file with the piece that was handed over last.
    async fn grown(&mut self) -> Result<Growing, CcuFilesError> {
        self.takes_more()?;
        let Stage::Growing(piece) = std::mem::replace(&mut self.stage, Stage::Over) else {
            return Err(self.nothing_expected());
        };
        match ended(piece).await {
            Grown::On(growing) => Ok(growing),
            Grown::Hopeless(judge) => {
                self.stage = Stage::Hopeless(judge);
                Err(CcuFilesError::Hopeless)
            }
            Grown::Failed(error) => {
                self.scratch = None;
                Err(self.failed(error))
            }
        }
    }

    /// The file with everything that came.
    async fn whole(&mut self, rest: Vec<u8>) -> Result<Growing, CcuFilesError> {
        if !rest.is_empty() {
            self.hand_over(rest.into()).await?;
        }
        self.grown().await
    }

    fn takes_more(&self) -> Result<(), CcuFilesError> {
        match self.stage {
            Stage::Fresh | Stage::Growing(_) => Ok(()),
            Stage::Hopeless(_) => Err(CcuFilesError::Hopeless),
            Stage::Good(_) | Stage::Over => Err(self.nothing_expected()),
        }
    }

    fn nothing_expected(&self) -> CcuFilesError {
        self.failed(io::Error::other("it was judged already, or could not be written"))
    }

    fn failed(&self, error: io::Error) -> CcuFilesError {
        sort(&self.folder, &path_in(&self.folder, &self.id), error)
    }
}

#[async_trait]
impl SbkStaging for FolderStaging {
    async fn write(&mut self, chunk: Bytes) -> Result<(), CcuFilesError> {
        self.takes_more()?;
        if self.gathered.is_empty() {
            if chunk.len() >= PIECE_BYTES {
                return self.hand_over(chunk).await;
            }
            self.gathered.reserve(PIECE_BYTES);
        }
        self.gathered.extend_from_slice(&chunk);
        if self.gathered.len() < PIECE_BYTES {
            return Ok(());
        }
        let piece = std::mem::take(&mut self.gathered);
        self.hand_over(piece.into()).await
    }

    async fn judge(&mut self, announced: Option<u64>) -> Result<SbkVerdict, CcuFilesError> {
        let rest = std::mem::take(&mut self.gathered);
        if rest.is_empty() && matches!(self.stage, Stage::Fresh) {
            self.stage = Stage::Over;
            return Ok(new_judge().finish(announced));
        }
        match self.whole(rest).await {
            Ok(growing) => {
                let (verdict, file) = growing.finish(announced);
                if verdict.is_good() {
                    self.stage = Stage::Good(file);
                }
                Ok(verdict)
            }
            Err(CcuFilesError::Hopeless) => match std::mem::replace(&mut self.stage, Stage::Over) {
                Stage::Hopeless(judge) => Ok(judge.finish(announced)),
                _ => Err(self.nothing_expected()),
            },
            Err(error) => Err(error),
        }
    }

    async fn commit(mut self: Box<Self>) -> Result<StoredSbk, CcuFilesError> {
        let Self { folder, id, scratch, stage, .. } = *self;
        let (Stage::Good(file), Some(scratch)) = (stage, scratch) else {
            return Err(CcuFilesError::NotGood);
        };
        let (leave, _waiting) = leave();
        blocking(move || publish(File::sync_all, &folder, id, &file, &scratch, &leave)).await
    }
}
