//! CCU backups: taken, listed, verified, uploaded, handed out, cancelled and removed.
//!
//! Does NOT restore one (`ccu_restores`), schedule or prune, and does NOT speak HTTP. What it does to a central is the use
//! case's (`usecases::BackUpCentral`).

mod at_work;
mod body;
mod creating;
mod figures;
mod ids;
mod refusal;
mod taking_up;
mod uploading;
mod verifying;
mod watch;

pub(crate) use at_work::{OpenWork, is_at_work, open_work};
pub(crate) use body::{BackupBody, VerdictBody};
pub(crate) use creating::TakeError;
pub(crate) use refusal::CcuBackupError;
pub(crate) use uploading::Upload;
pub(crate) use verifying::CheckedSbk;
pub(crate) use watch::RecordEvents;

use crate::ccu_restores::RESTORE_JOB;
use crate::central_gateways::CentralGateways;
use crate::jobs::{Job, JobFailure, Jobs};
use crate::live_config::LiveConfig;
use crate::telemetry::metrics::Metrics;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId, CcuBackupState};
use loom_domain::ccu_failure::{CcuFailure, CcuFailureKind};
use loom_domain::central::CentralName;
use loom_domain::ports::{
    CcuBackupFiles, CcuBackupJudging, CcuBackups as Records, CcuRestores, Clock, Content, Pauses,
    RecordWatch, StoredSbk,
};
use loom_domain::usecases::GiveUpCcuBackup;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Word for the jobs that take a backup of a central.
pub(crate) const BACKUP_JOB: &str = "ccu_backup";
/// Word for the jobs that verify a stored one.
pub(crate) const VERIFY_JOB: &str = "ccu_verify";

/// What CCU backups are kept in and taken with.
#[derive(Clone)]
pub struct CcuBackupPorts {
    /// The bytes.
    pub files: Arc<dyn CcuBackupFiles>,
    /// Judges stored bytes.
    pub judging: Arc<dyn CcuBackupJudging>,
    /// The records.
    pub records: Arc<dyn Records>,
    /// Records of restores: a central that is being restored is left alone.
    pub restores: Arc<dyn CcuRestores>,
    /// Told of each change of a record.
    pub watch: Arc<dyn RecordWatch>,
    /// Lets time pass.
    pub pauses: Arc<dyn Pauses>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// CCU backups of all centrals.
pub struct CcuBackups {
    inner: Arc<Inner>,
    jobs: Arc<Jobs>,
}

struct Inner {
    ports: CcuBackupPorts,
    gateways: Arc<CentralGateways>,
    config: Arc<LiveConfig>,
    metrics: Metrics,
    /// The folder of the files, where there is one.
    folder: Option<PathBuf>,
    /// Whoever looks for a free id, or whether something is in use, and acts on it does so alone.
    turn: tokio::sync::Mutex<()>,
    /// Files that are being uploaded.
    coming: Mutex<BTreeSet<CcuBackupId>>,
    /// The newest verdict on each file, and on which bytes.
    checked: Mutex<BTreeMap<CcuBackupId, CheckedSbk>>,
}

/// One CCU backup as it is shown.
#[derive(Debug, Clone)]
pub struct ShownCcuBackup {
    /// Its record.
    pub record: CcuBackup,
    /// Whether its file is there.
    pub available: bool,
    /// The newest job that is or was at it.
    pub job: Option<Job>,
    /// The newest verdict of this life of the daemon, if the bytes are still those.
    pub checked: Option<CheckedSbk>,
}

/// What the stored files come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CcuStorage {
    /// The folder, where there is one.
    pub folder: Option<PathBuf>,
    /// How many files.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl CcuBackups {
    /// Backups behind `ports`; `folder` is where their files are, for people.
    pub fn new(
        ports: CcuBackupPorts,
        gateways: Arc<CentralGateways>,
        config: Arc<LiveConfig>,
        metrics: Metrics,
        jobs: Arc<Jobs>,
        folder: Option<PathBuf>,
    ) -> Self {
        let inner = Inner {
            ports,
            gateways,
            config,
            metrics,
            folder,
            turn: tokio::sync::Mutex::default(),
            coming: Mutex::default(),
            checked: Mutex::default(),
        };
        Self { inner: Arc::new(inner), jobs }
    }

    /// Begins to take a backup of the named central, or of the only one there is.
    pub async fn create(&self, central: Option<&CentralName>) -> Result<(CcuBackup, Job), CcuBackupError> {
        creating::start(&self.inner, &self.jobs, central).await
    }

    /// Takes a backup of a central as part of a job that has that central to itself.
    pub(crate) async fn take_within(
        &self,
        reached: &crate::central_gateways::ReachedCentral,
        progress: Arc<dyn loom_domain::ports::Progress>,
    ) -> Result<CcuBackup, TakeError> {
        creating::take_within(&self.inner, reached, progress).await
    }

    /// Every backup, newest first.
    pub async fn list(&self) -> Result<Vec<ShownCcuBackup>, CcuBackupError> {
        let jobs = self.jobs.list();
        let records = self.inner.ports.records.list_ccu_backups().await?;
        let files: BTreeMap<_, _> =
            self.inner.ports.files.list().await?.into_iter().map(|file| (file.id.clone(), file)).collect();
        Ok(records.into_iter().map(|record| self.inner.shown(record, &files, &jobs)).collect())
    }

    /// One backup.
    pub async fn find(&self, id: &CcuBackupId) -> Result<ShownCcuBackup, CcuBackupError> {
        let record = self.inner.record(id).await?;
        let file = self.inner.ports.files.find(id).await?;
        let files = file.into_iter().map(|file| (file.id.clone(), file)).collect();
        Ok(self.inner.shown(record, &files, &self.jobs.list()))
    }

    /// What the stored files come to.
    pub async fn storage(&self) -> Result<CcuStorage, CcuBackupError> {
        let files = self.inner.ports.files.list().await?;
        Ok(CcuStorage {
            folder: self.inner.folder.clone(),
            count: files.len() as u64,
            bytes: files.iter().map(|file| file.bytes).sum(),
        })
    }

    /// The file of a completed backup, before it is read.
    pub async fn stored(&self, id: &CcuBackupId) -> Result<(CcuBackup, StoredSbk), CcuBackupError> {
        let record = self.inner.record(id).await?;
        if !matches!(record.state, CcuBackupState::Completed { .. }) {
            return Err(CcuBackupError::NotCompleted(id.clone()));
        }
        let file = self.inner.ports.files.find(id).await?;
        Ok((record, file.ok_or_else(|| CcuBackupError::FileGone(id.clone()))?))
    }

    /// Opens `length` bytes from byte `offset` on of a file that was found. Removing it meanwhile does no harm.
    pub async fn read(
        &self,
        file: &StoredSbk,
        offset: u64,
        length: u64,
    ) -> Result<Box<dyn Content>, CcuBackupError> {
        Ok(self.inner.ports.files.read(file, offset, length).await?)
    }

    /// Begins to read a stored file to its end and to judge it. The job's result is the verdict.
    pub async fn verify(&self, id: &CcuBackupId) -> Result<Job, CcuBackupError> {
        verifying::start(&self.inner, &self.jobs, id).await
    }

    /// Begins to take in a file from elsewhere.
    pub async fn begin_upload(
        &self,
        name: Option<&str>,
        central: Option<CentralName>,
    ) -> Result<Upload, CcuBackupError> {
        uploading::begin(&self.inner, name, central).await
    }

    /// Cancels a backup that waits or runs; nothing is kept of it.
    pub async fn cancel(&self, id: &CcuBackupId, by: &str) -> Result<(), CcuBackupError> {
        // Nobody takes the record for one that broke off before the reason is on it.
        let _turn = self.inner.turn.lock().await;
        let record = self.inner.record(id).await?;
        let over = || CcuBackupError::NotUnderWay(id.clone());
        let job = match self.open_job(id) {
            Some(job) if job.kind == BACKUP_JOB => job,
            _ if !record.has_ended() && self.is_at_work_on(&record) => {
                return Err(CcuBackupError::UnderWay(id.clone()));
            }
            _ => return Err(over()),
        };
        let reason = format!("cancelled by {by}");
        let why = JobFailure::new(reason.clone());
        self.jobs.cancel(job.id.as_str(), why).await.map_err(|_| over())?;
        let failure = CcuFailure { kind: CcuFailureKind::Cancelled, reason, hint: None };
        if self.inner.give_up().run(id, failure).await?.is_none() {
            return Err(over());
        }
        if let Some(central) = &record.central {
            // Nobody was left to say it, and a central has few sessions.
            self.inner.gateways.farewell(central).await;
        }
        Ok(())
    }

    /// Removes the file of a backup, then its record; says whether there was one.
    pub async fn remove(&self, id: &CcuBackupId) -> Result<bool, CcuBackupError> {
        let _turn = self.inner.turn.lock().await;
        if let Some(job) = self.open_job(id) {
            return Err(CcuBackupError::InUse { id: id.clone(), job: job.id.to_string() });
        }
        let Some(record) = self.inner.ports.records.find_ccu_backup(id).await? else { return Ok(false) };
        if !record.has_ended() && self.is_at_work_on(&record) {
            return Err(CcuBackupError::UnderWay(id.clone()));
        }
        if self.inner.ports.files.find(id).await?.is_some() {
            self.inner.ports.files.remove(id).await?;
        }
        self.inner.ports.records.remove_ccu_backup(id).await?;
        self.inner.lock_checked().remove(id);
        tracing::info!(backup = %id, "CCU backup removed");
        if let Some(central) = record.central {
            self.inner.refresh_figures(&[central]).await;
        }
        Ok(true)
    }

    /// Whether any job that takes or restores backups has the central of a record to itself.
    fn is_at_work_on(&self, record: &CcuBackup) -> bool {
        record.central.as_ref().is_some_and(|central| is_at_work(&self.jobs, central))
    }

    /// The job that waits or runs on a backup, whatever it does with it.
    fn open_job(&self, id: &CcuBackupId) -> Option<Job> {
        self.jobs.list().into_iter().find(|job| !job.has_ended() && is_about(job, id))
    }
}

/// Whether a job takes, verifies or restores this backup.
fn is_about(job: &Job, id: &CcuBackupId) -> bool {
    matches!(job.kind, BACKUP_JOB | VERIFY_JOB | RESTORE_JOB) && job.object == id.as_str()
}

impl Inner {
    fn give_up(&self) -> GiveUpCcuBackup {
        let ports = &self.ports;
        GiveUpCcuBackup {
            files: Arc::clone(&ports.files),
            records: Arc::clone(&ports.records),
            clock: Arc::clone(&ports.clock),
            watch: Arc::clone(&ports.watch),
        }
    }

    async fn record(&self, id: &CcuBackupId) -> Result<CcuBackup, CcuBackupError> {
        let found = self.ports.records.find_ccu_backup(id).await?;
        found.ok_or_else(|| CcuBackupError::NotFound(id.clone()))
    }

    fn shown(
        &self,
        record: CcuBackup,
        files: &BTreeMap<CcuBackupId, StoredSbk>,
        jobs: &[Job],
    ) -> ShownCcuBackup {
        let file = files.get(&record.id);
        let checked = self.lock_checked().get(&record.id).cloned();
        ShownCcuBackup {
            available: file.is_some() && matches!(record.state, CcuBackupState::Completed { .. }),
            job: jobs.iter().find(|job| is_about(job, &record.id)).cloned(),
            checked: checked.filter(|checked| file.is_some_and(|file| file.tag == checked.tag)),
            record,
        }
    }

    fn lock_coming(&self) -> MutexGuard<'_, BTreeSet<CcuBackupId>> {
        // Each use makes one change.
        self.coming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_checked(&self) -> MutexGuard<'_, BTreeMap<CcuBackupId, CheckedSbk>> {
        // Each call makes one change.
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
