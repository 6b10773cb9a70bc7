//! CCU restores: begun, followed, resumed, and taken up again after a start of the daemon.
//!
//! Does NOT restore itself (`usecases::RestoreCentral`) and does NOT speak HTTP.

mod body;
mod records;
mod refusal;
mod running;
mod safety;

pub(crate) use body::RestoreBody;
pub(crate) use refusal::CcuRestoreFailure;

use crate::ccu_backups::CcuBackups;
use crate::central_gateways::{CentralGateways, central_lane, make_room};
use crate::central_watch::CentralWatch;
use crate::jobs::{Job, JobId, JobOrder, Jobs};
use crate::live_config::LiveConfig;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreState};
use loom_domain::central::CentralName;
use loom_domain::ports::{
    CcuBackupFiles, CcuBackupJudging, CcuBackups as BackupRecords, CcuRestores as Records, Clock, Devices,
    Interfaces, Pauses, RecordWatch,
};
use loom_domain::secret::SecretText;
use loom_domain::usecases::{RestoreConsent, Resumption, after_daemon_restart};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// Word for the jobs that restore a central.
pub(crate) const RESTORE_JOB: &str = "ccu_restore";

/// What restores are made with.
#[derive(Clone)]
pub struct CcuRestorePorts {
    /// The bytes of backups.
    pub files: Arc<dyn CcuBackupFiles>,
    /// Judges them once more.
    pub judging: Arc<dyn CcuBackupJudging>,
    /// Records of backups.
    pub backups: Arc<dyn BackupRecords>,
    /// Records of restores.
    pub restores: Arc<dyn Records>,
    /// What is cached of a central, to be dropped.
    pub interfaces: Arc<dyn Interfaces>,
    /// The same.
    pub devices: Arc<dyn Devices>,
    /// Told of each change of a record.
    pub watch: Arc<dyn RecordWatch>,
    /// Lets time pass.
    pub pauses: Arc<dyn Pauses>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Restores of all centrals.
pub struct CcuRestores {
    inner: Arc<Inner>,
    jobs: Arc<Jobs>,
}

struct Inner {
    ports: CcuRestorePorts,
    gateways: Arc<CentralGateways>,
    backups: Arc<CcuBackups>,
    central_watch: Arc<CentralWatch>,
    config: Arc<LiveConfig>,
    /// Whoever looks whether a central is busy and acts on it does so alone.
    turn: tokio::sync::Mutex<()>,
    /// The newest job of each restore.
    at_work: Mutex<BTreeMap<CcuRestoreId, JobId>>,
}

/// What is asked for.
#[derive(Debug)]
pub struct RestoreRequest {
    /// The central to restore to; `None` is the one the backup comes from.
    pub target: Option<CentralName>,
    /// What was typed to show that it is meant.
    pub consent: RestoreConsent,
    /// The security key, where one is needed. It is never written down.
    pub security_key: Option<SecretText>,
    /// Whether the central as it is now is given up without a backup of it.
    pub without_safety_backup: bool,
}

/// One restore as it is shown.
#[derive(Debug, Clone)]
pub struct ShownRestore {
    /// Its record.
    pub record: CcuRestore,
    /// The newest job that is or was at it.
    pub job: Option<Job>,
}

impl CcuRestores {
    /// Restores behind `ports`.
    pub fn new(
        ports: CcuRestorePorts,
        gateways: Arc<CentralGateways>,
        backups: Arc<CcuBackups>,
        central_watch: Arc<CentralWatch>,
        config: Arc<LiveConfig>,
        jobs: Arc<Jobs>,
    ) -> Self {
        let (turn, at_work) = (tokio::sync::Mutex::default(), Mutex::default());
        let inner = Inner { ports, gateways, backups, central_watch, config, turn, at_work };
        Self { inner: Arc::new(inner), jobs }
    }

    /// Goes on with, or ends, what an earlier life of the daemon left at some step. To be called once after the start.
    pub async fn take_up(&self) {
        let records = match self.inner.ports.restores.list_ccu_restores().await {
            Ok(records) => records,
            Err(error) => return tracing::error!(%error, "the restores could not be taken up"),
        };
        for record in records {
            match after_daemon_restart(&record) {
                Resumption::Nothing => {}
                Resumption::End(state) => {
                    tracing::warn!(restore = %record.id, step = record.step.as_str(), "restore was cut off by the end of the daemon");
                    let ended = self.inner.ended(record, state);
                    if let Err(error) = self.inner.write(&ended).await {
                        tracing::error!(%error, restore = %ended.id, "a restore could not be ended");
                    }
                }
                Resumption::GoOn => {
                    tracing::info!(restore = %record.id, step = record.step.as_str(), "restore goes on");
                    if let Err(error) = self.go_on(record.clone()).await {
                        tracing::error!(%error, "a restore could not go on");
                        // The next start tries again where this life is over before it began.
                        if !matches!(error, CcuRestoreFailure::Refused(_)) {
                            self.inner.interrupt(record, &error).await;
                        }
                    }
                }
            }
        }
    }

    /// Begins to restore a backup. Everything that needs no central is checked before this returns.
    pub async fn start(
        &self,
        backup: &CcuBackupId,
        request: RestoreRequest,
    ) -> Result<(CcuRestore, Job), CcuRestoreFailure> {
        let inner = &self.inner;
        let (backup, _file) = inner.backups.stored(backup).await?;
        let target = request.target.clone().or_else(|| backup.central.clone());
        let target = target.ok_or_else(|| CcuRestoreFailure::NoTarget(backup.id.clone()))?;
        let reached = inner.gateways.reach(&target).await?;
        request.consent.check(&backup, &target, reached.serial())?;
        let _turn = inner.turn.lock().await;
        inner.refuse_if_busy(&self.jobs, &target).await?;
        make_room(&self.jobs, &target, "a restore of the central").await;
        let record = inner.begin(&backup, &target).await?;
        let order =
            JobOrder { kind: RESTORE_JOB, lane: central_lane(&target), object: backup.id.to_string() };
        let (queued, at_work) = (record.clone(), Arc::clone(inner));
        let started = self.jobs.start(order, move |job| async move {
            running::run(&at_work, queued, &backup, &reached, &request, &job).await
        });
        match started {
            Ok(job) => {
                self.inner.note(&self.jobs, &record.id, &job);
                Ok((record, job))
            }
            Err(refused) => {
                inner.end_unstarted(record, &refused).await;
                Err(refused.into())
            }
        }
    }

    /// Goes on with a restore that waits for a decision.
    pub async fn resume(&self, id: &CcuRestoreId) -> Result<(CcuRestore, Job), CcuRestoreFailure> {
        let _turn = self.inner.turn.lock().await;
        let target = self.inner.record(id).await?.target;
        self.inner.refuse_if_busy(&self.jobs, &target).await?;
        let record = self.inner.record(id).await?;
        if !matches!(record.state, CcuRestoreState::Interrupted { .. }) {
            return Err(CcuRestoreFailure::NotInterrupted(id.clone()));
        }
        self.inner.refuse_if_overtaken(&record).await?;
        make_room(&self.jobs, &record.target, "a restore of the central").await;
        // At once, so that nobody takes it for one that still waits, and nobody resumes it twice.
        let running = CcuRestore { state: CcuRestoreState::Running, ..record.clone() };
        self.inner.write(&running).await?;
        match self.go_on(record.clone()).await {
            Ok((_, job)) => Ok((running, job)),
            Err(error) => {
                self.inner.write(&record).await?;
                Err(error)
            }
        }
    }

    async fn go_on(&self, record: CcuRestore) -> Result<(CcuRestore, Job), CcuRestoreFailure> {
        let reached = self.inner.gateways.reach(&record.target).await?;
        let lane = central_lane(&record.target);
        let order = JobOrder { kind: RESTORE_JOB, lane, object: record.backup.to_string() };
        let (resumed, at_work) = (record.clone(), Arc::clone(&self.inner));
        let job = self.jobs.start(order, move |job| async move {
            running::resume(&at_work, resumed, &reached, &job).await
        })?;
        self.inner.note(&self.jobs, &record.id, &job);
        Ok((record, job))
    }

    /// Every restore, newest first.
    pub async fn list(&self) -> Result<Vec<ShownRestore>, CcuRestoreFailure> {
        let records = self.inner.ports.restores.list_ccu_restores().await?;
        Ok(records.into_iter().map(|record| self.shown(record)).collect())
    }

    /// One restore.
    pub async fn find(&self, id: &CcuRestoreId) -> Result<ShownRestore, CcuRestoreFailure> {
        Ok(self.shown(self.inner.record(id).await?))
    }

    fn shown(&self, record: CcuRestore) -> ShownRestore {
        let job = self.inner.at_work().get(&record.id).and_then(|id| self.jobs.find(id.as_str()));
        ShownRestore { record, job }
    }
}
