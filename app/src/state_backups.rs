//! Archives of the daemon's own state: taken, listed, looked into, verified, handed out and removed.
//!
//! Does NOT restore one (that needs the daemon stopped), schedule or prune, and does NOT speak HTTP. Everything is done
//! through ports; which adapters stand behind them is said in `folder` and `memory`.

mod claims;
mod creating;
mod failure;
mod folder;
mod memory;
mod verdict;
mod verifying;

pub(crate) use folder::default_folder;
pub(crate) use folder::{FolderError, FolderPlace};
pub(crate) use verdict::{Verdict, VerifiedArchive};

use crate::jobs::{Job, JobRefused, Jobs};
use crate::sealing::SealingSettings;
use crate::telemetry::metrics::{BackupSubject, BackupSuccess, Metrics};
use crate::wire::{CreateError, HeldDataDir};
use bytes::Bytes;
use claims::Claims;
use jiff::Timestamp;
use loom_domain::archive::{ArchiveLock, FormOrder, Manifest, MemberPath};
use loom_domain::ports::{
    ArchiveId, ArchiveListing, ArchiveShelf, ArchiveSink, ArchiveSource, Clock, Content, DatabaseJudge,
    KeyProvider, ListedArchive, OldKeys, ScratchAreas, ShelfError, SourceError, StoredArchive, Undescribed,
};
use loom_domain::usecases::time_in_name;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Word for the jobs that take a backup of the state.
pub(crate) const BACKUP_JOB: &str = "state_backup";
/// Word for the jobs that verify one.
pub(crate) const VERIFY_JOB: &str = "state_verify";
/// What these jobs have to themselves, and those that change its key with them: no backup is taken meanwhile.
pub(crate) const LANE: &str = "state";

/// Holds a data dir for one backup of a form.
pub(crate) type HoldDataDir = dyn Fn(&FormOrder) -> Result<HeldDataDir, CreateError> + Send + Sync;

/// What archives of the state are taken from, kept in and read with.
pub struct StateBackupPorts {
    /// Holds the data dir for one backup of this form. May block the thread.
    pub hold: Arc<HoldDataDir>,
    /// The master key of the state.
    pub keys: Arc<dyn KeyProvider>,
    /// Those it had earlier, where they are kept: archives may be sealed with them.
    pub old_keys: Option<Arc<dyn OldKeys>>,
    /// Where archives are put.
    pub sink: Arc<dyn ArchiveSink>,
    /// Where they are listed; a quick look is enough.
    pub listing: Arc<dyn ArchiveListing>,
    /// Where they are read.
    pub source: Arc<dyn ArchiveSource>,
    /// Where they are handed out and removed.
    pub shelf: Arc<dyn ArchiveShelf>,
    /// Where databases are unpacked while an archive is verified.
    pub scratch: Arc<dyn ScratchAreas>,
    /// Judges those databases.
    pub judge: Arc<dyn DatabaseJudge>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Archives of the daemon's own state.
pub struct StateBackups {
    inner: Arc<Inner>,
    jobs: Arc<Jobs>,
}

struct Inner {
    ports: StateBackupPorts,
    metrics: Metrics,
    /// The config file the daemon was started with.
    config: Option<Bytes>,
    /// Files of variables in the data dir, beside `.env`.
    env_files: Vec<MemberPath>,
    /// How archives are packed and sealed here.
    sealing: SealingSettings,
    host: Option<String>,
    claims: Claims,
    /// The newest verdict on each archive, and on which bytes.
    verified: Mutex<BTreeMap<ArchiveId, (String, VerifiedArchive)>>,
    /// The last backup of this life of the daemon, and how long it took: no archive tells that.
    last_taken: Mutex<Option<(ArchiveId, Duration)>>,
}

/// One archive as it is shown.
#[derive(Debug, Clone)]
pub struct StateBackup {
    /// Its name, size, time of writing and tag.
    pub stored: StoredArchive,
    /// What it says of itself, or why that is not known.
    pub manifest: Result<Manifest, Undescribed>,
    /// For whom it is sealed, if it is.
    pub lock: Option<ArchiveLock>,
    /// What the newest verification in this life of the daemon found, if the bytes are still those.
    pub verified: Option<VerifiedArchive>,
}

/// Everything there is to show.
#[derive(Debug, Clone)]
pub struct StateBackupsOverview {
    /// Archives, newest first, damaged ones last.
    pub archives: Vec<StateBackup>,
    /// Jobs that wait, run or failed, newest first.
    pub jobs: Vec<Job>,
}

/// Why something cannot be done with an archive. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateBackupError {
    /// There is none of that name.
    #[error("there is no archive `{0}`")]
    NotFound(ArchiveId),
    /// Something is being done with it.
    #[error("archive `{id}` is in use by {by}\nhint: try again when that is over")]
    InUse {
        /// The archive.
        id: ArchiveId,
        /// By what, such as `a verification`.
        by: &'static str,
    },
    /// No job is taken.
    #[error(transparent)]
    Refused(#[from] JobRefused),
    /// It changed, the range does not fit, or its place cannot be reached.
    #[error(transparent)]
    Shelf(ShelfError),
    /// The place of archives cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl StateBackups {
    /// Archives behind `ports`, sealed as `sealing` says. `config` is the config file the daemon was started with; it goes
    /// into each archive. `env_files` may name files of variables in the data dir; they go into none.
    pub fn new(
        ports: StateBackupPorts,
        sealing: SealingSettings,
        config: Option<Bytes>,
        env_files: Vec<MemberPath>,
        metrics: Metrics,
        jobs: Arc<Jobs>,
    ) -> Self {
        let inner = Inner {
            ports,
            metrics,
            config,
            env_files,
            sealing,
            host: crate::host_name(),
            claims: Claims::default(),
            verified: Mutex::default(),
            last_taken: Mutex::default(),
        };
        Self { inner: Arc::new(inner), jobs }
    }

    /// Begins to take a backup. The job's object is the name its archive will have, its result what was stored.
    ///
    /// With `include_secrets_note` the archive tells which secrets of the environment are not in it.
    pub async fn create(&self, include_secrets_note: bool) -> Result<Job, StateBackupError> {
        creating::start(&self.inner, &self.jobs, include_secrets_note).await
    }

    /// Every archive, and the jobs of which there is none.
    pub async fn list(&self) -> Result<StateBackupsOverview, StateBackupError> {
        // Before the archives: a backup that ends meanwhile is seen as the one or the other, never as nothing.
        let mut jobs = self.open_jobs();
        let archives = self.inner.list().await?;
        let is_archive = |job: &Job| archives.iter().any(|archive| archive.stored.id.as_str() == job.object);
        jobs.retain(|job| job.kind != BACKUP_JOB || !is_archive(job));
        Ok(StateBackupsOverview { archives, jobs })
    }

    /// The backup that waits, runs or failed and was to become this archive. Ask before [`Self::inspect`]: it may
    /// become the archive meanwhile.
    pub fn open_backup(&self, id: &ArchiveId) -> Option<Job> {
        self.open_jobs().into_iter().find(|job| job.kind == BACKUP_JOB && job.object == id.as_str())
    }

    fn open_jobs(&self) -> Vec<Job> {
        let of_ours = |job: &Job| matches!(job.kind, BACKUP_JOB | VERIFY_JOB);
        let open = |job: &Job| job.result.is_none();
        self.jobs.list().into_iter().filter(|job| of_ours(job) && open(job)).collect()
    }

    /// One archive.
    pub async fn inspect(&self, id: &ArchiveId) -> Result<StateBackup, StateBackupError> {
        let listed = self.inner.ports.listing.describe_archive(id).await?;
        let shown = match listed {
            Some(listed) => self.inner.shown(listed).await?,
            None => None,
        };
        shown.ok_or_else(|| StateBackupError::NotFound(id.clone()))
    }

    /// Begins to verify an archive. The job completes with a verdict, whatever that is; it fails if there is none.
    pub async fn verify(&self, id: &ArchiveId) -> Result<Job, StateBackupError> {
        verifying::start(&self.inner, &self.jobs, id).await
    }

    /// Looks an archive up before it is read.
    pub async fn find(&self, id: &ArchiveId) -> Result<StoredArchive, StateBackupError> {
        let found = self.inner.ports.shelf.find(id).await.map_err(StateBackupError::Shelf)?;
        found.ok_or_else(|| StateBackupError::NotFound(id.clone()))
    }

    /// Opens `length` bytes from byte `offset` on of an archive that was looked up. Removing it meanwhile does no harm.
    pub async fn read(
        &self,
        archive: &StoredArchive,
        offset: u64,
        length: u64,
    ) -> Result<Box<dyn Content>, StateBackupError> {
        let opened = self.inner.ports.shelf.read(archive, offset, length).await;
        opened.map_err(|error| sort(&archive.id, error))
    }

    /// Removes an archive for good; refused while a job works on it.
    pub async fn remove(&self, id: &ArchiveId) -> Result<(), StateBackupError> {
        let _claim = self.inner.claims.take(id, "a removal")?;
        self.inner.ports.shelf.remove(id).await.map_err(|error| sort(id, error))?;
        tracing::info!(archive = %id, "state backup removed");
        self.inner.lock_verified().remove(id);
        self.refresh_figures().await;
        Ok(())
    }

    /// Tells the figures which archive is the newest good one: to be called once after the start.
    pub async fn refresh_figures(&self) {
        self.inner.refresh_figures().await;
    }
}

impl StateBackup {
    /// When it was taken; `None` for damaged ones and those that cannot be read. One that is sealed does not say: its name
    /// does, else its file.
    pub fn taken_at(&self) -> Option<Timestamp> {
        match &self.manifest {
            Ok(manifest) => Some(manifest.created_at),
            Err(Undescribed::Locked(_) | Undescribed::Unopened(_)) => {
                time_in_name(&self.stored.id).or(self.stored.modified_at)
            }
            Err(Undescribed::Damaged(_) | Undescribed::Unreadable(_)) => None,
        }
    }
}

impl Inner {
    async fn list(&self) -> Result<Vec<StateBackup>, StateBackupError> {
        let listed = match self.ports.listing.list_archives().await {
            // The folder was removed; the next backup makes it again.
            Err(SourceError::NotFound(_)) => Vec::new(),
            listed => listed?,
        };
        let mut shown = Vec::new();
        for archive in listed {
            shown.extend(self.shown(archive).await?);
        }
        shown.sort_by_cached_key(|archive| (Reverse(archive.taken_at()), archive.stored.id.clone()));
        Ok(shown)
    }

    /// What a listed archive is shown as; `None` if it cannot be handed out, or went meanwhile.
    async fn shown(&self, listed: ListedArchive) -> Result<Option<StateBackup>, StateBackupError> {
        let found = match (self.ports.shelf.find(&listed.id).await, &listed.manifest) {
            // The others are shown all the same.
            (Err(_), Err(Undescribed::Unreadable(_))) => Some(StoredArchive {
                id: listed.id.clone(),
                bytes: listed.bytes,
                modified_at: None,
                tag: "unreadable".to_owned(),
            }),
            (found, _) => found.map_err(StateBackupError::Shelf)?,
        };
        Ok(found.map(|stored| {
            let verified = self.lock_verified().get(&listed.id).cloned();
            let verified = verified.filter(|(tag, _)| *tag == stored.tag).map(|(_, verified)| verified);
            StateBackup { stored, manifest: listed.manifest, lock: listed.lock, verified }
        }))
    }

    async fn refresh_figures(&self) {
        let archives = match self.list().await {
            Ok(archives) => archives,
            Err(error) => return tracing::warn!(%error, "the archives of the state cannot be listed"),
        };
        // Something else may take archives away.
        self.lock_verified().retain(|id, _| archives.iter().any(|archive| archive.stored.id == *id));
        let good = archives.iter().find_map(|archive| {
            let damaged = archive.verified.as_ref().is_some_and(|verified| verified.verdict.is_damaged());
            let finished_at = archive.taken_at().filter(|_| !damaged)?;
            let StoredArchive { id, bytes, .. } = &archive.stored;
            let duration = self.duration_of(id);
            Some(BackupSuccess { finished_at, bytes: *bytes, duration })
        });
        self.metrics.newest_backup(&BackupSubject::State, good);
    }

    fn remember_duration(&self, id: &ArchiveId, took: Duration) {
        let mut last = self.last_taken.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((id.clone(), took));
    }

    fn duration_of(&self, id: &ArchiveId) -> Option<Duration> {
        let last = self.last_taken.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(of, _)| of == id).map(|(_, took)| *took)
    }

    fn lock_verified(&self) -> MutexGuard<'_, BTreeMap<ArchiveId, (String, VerifiedArchive)>> {
        // Each call makes one change.
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn sort(id: &ArchiveId, error: ShelfError) -> StateBackupError {
    match error {
        ShelfError::NotFound(_) => StateBackupError::NotFound(id.clone()),
        other => StateBackupError::Shelf(other),
    }
}

#[cfg(test)]
mod tests;
