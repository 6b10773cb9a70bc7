//! CCU restores: begun, followed, resumed, and taken up again after a start of the daemon.
//!
//! Does NOT restore itself (`usecases::RestoreCentral`) and does NOT speak HTTP.

mod error;
mod safety;
mod wire;

pub use error::CcuRestoreFailure;
pub use wire::RestoreBody;

use crate::ccu_backups::CcuBackups;
use crate::central_gateways::{CentralGateways, ReachedCentral, central_lane};
use crate::central_watch::CentralWatch;
use crate::jobs::{Job, JobContext, JobFailure, JobOrder, JobResult, Jobs};
use crate::live_config::LiveConfig;
use jiff::ToSpan;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId, CcuBackupState};
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreState, CcuRestoreStep};
use loom_domain::central::CentralName;
use loom_domain::ports::{
    CcuBackupFiles, CcuBackupJudging, CcuBackups as BackupRecords, CcuRestores as Records, Clock, Devices,
    Interfaces, Pauses, RecordWatch,
};
use loom_domain::secret::SecretText;
use loom_domain::usecases::{
    RestoreCentral, RestoreConsent, RestoreOrder, ResumeOrder, Resumption, SafetyBackup, WayBackPatience,
    after_daemon_restart,
};
use safety::WithinJob;
use serde_json::{Value, json};
use std::sync::Arc;

/// Word for the jobs that restore a central.
pub const RESTORE_JOB: &str = "ccu_restore";

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
        let turn = tokio::sync::Mutex::default();
        Self { inner: Arc::new(Inner { ports, gateways, backups, central_watch, config, turn }), jobs }
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
                    let ended = CcuRestore { state, updated_at: self.inner.ports.clock.now(), ..record };
                    match self.inner.ports.restores.update_ccu_restore(&ended).await {
                        Ok(()) => self.inner.ports.watch.restore_changed(&ended),
                        Err(error) => {
                            tracing::error!(%error, restore = %ended.id, "a restore could not be ended")
                        }
                    }
                }
                Resumption::GoOn => {
                    tracing::info!(restore = %record.id, step = record.step.as_str(), "restore goes on");
                    if let Err(error) = self.go_on(record).await {
                        tracing::error!(%error, "a restore could not go on");
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
        request.consent.check(&backup, &target, configured_serial(&reached))?;
        let _turn = inner.turn.lock().await;
        inner.refuse_if_busy(&target).await?;
        let record = inner.begin(&backup, &target).await?;
        let order =
            JobOrder { kind: RESTORE_JOB, lane: central_lane(&target), object: backup.id.to_string() };
        let (queued, at_work) = (record.clone(), Arc::clone(inner));
        let started = self.jobs.start(order, move |job| async move {
            run(&at_work, queued, &backup, &reached, &request, &job).await
        });
        match started {
            Ok(job) => Ok((record, job)),
            Err(refused) => {
                inner.end_unstarted(record, &refused).await;
                Err(refused.into())
            }
        }
    }

    /// Goes on with a restore that waits for a decision.
    pub async fn resume(&self, id: &CcuRestoreId) -> Result<(CcuRestore, Job), CcuRestoreFailure> {
        let record = self.inner.record(id).await?;
        if !matches!(record.state, CcuRestoreState::Interrupted { .. }) {
            return Err(CcuRestoreFailure::NotInterrupted(id.clone()));
        }
        let _turn = self.inner.turn.lock().await;
        self.inner.refuse_if_busy(&record.target).await?;
        self.go_on(record).await
    }

    async fn go_on(&self, record: CcuRestore) -> Result<(CcuRestore, Job), CcuRestoreFailure> {
        let reached = self.inner.gateways.reach(&record.target).await?;
        let lane = central_lane(&record.target);
        let order = JobOrder { kind: RESTORE_JOB, lane, object: record.backup.to_string() };
        let (resumed, at_work) = (record.clone(), Arc::clone(&self.inner));
        let job = self
            .jobs
            .start(order, move |job| async move { resume(&at_work, resumed, &reached, &job).await })?;
        Ok((record, job))
    }

    /// Every restore, newest first.
    pub async fn list(&self) -> Result<Vec<ShownRestore>, CcuRestoreFailure> {
        let jobs = self.jobs.list();
        let records = self.inner.ports.restores.list_ccu_restores().await?;
        Ok(records.into_iter().map(|record| shown(record, &jobs)).collect())
    }

    /// One restore.
    pub async fn find(&self, id: &CcuRestoreId) -> Result<ShownRestore, CcuRestoreFailure> {
        Ok(shown(self.inner.record(id).await?, &self.jobs.list()))
    }
}

fn shown(record: CcuRestore, jobs: &[Job]) -> ShownRestore {
    // The newest restore of a backup is the one its newest job is at.
    let at_it = |job: &&Job| {
        job.kind == RESTORE_JOB && job.object == record.backup.as_str() && job.queued_at >= record.created_at
    };
    ShownRestore { job: jobs.iter().find(at_it).cloned(), record }
}

fn configured_serial(reached: &ReachedCentral) -> Option<&str> {
    reached.central.serial.as_deref().filter(|serial| !serial.is_empty())
}

impl Inner {
    async fn record(&self, id: &CcuRestoreId) -> Result<CcuRestore, CcuRestoreFailure> {
        let found = self.ports.restores.find_ccu_restore(id).await?;
        found.ok_or_else(|| CcuRestoreFailure::NotFound(id.clone()))
    }

    async fn refuse_if_busy(&self, target: &CentralName) -> Result<(), CcuRestoreFailure> {
        let busy = |by| Err(CcuRestoreFailure::Busy { central: target.clone(), by });
        let restores = self.ports.restores.list_ccu_restores().await?;
        if let Some(open) = restores.iter().find(|restore| restore.target == *target && !restore.has_ended())
        {
            return busy(format!("restore `{}`", open.id));
        }
        let backups = self.ports.backups.list_ccu_backups().await?;
        let open = backups.iter().find(|record| {
            record.central.as_ref() == Some(target)
                && matches!(record.state, CcuBackupState::Queued | CcuBackupState::Running)
        });
        open.map_or(Ok(()), |open| busy(format!("CCU backup `{}`", open.id)))
    }

    /// Writes the record of a restore that is to begin, under an id nobody has.
    async fn begin(&self, backup: &CcuBackup, target: &CentralName) -> Result<CcuRestore, CcuRestoreFailure> {
        let now = self.ports.clock.now();
        let mut at = now;
        loop {
            let id = format!("restore-{target}-{}", at.strftime("%Y%m%d-%H%M%S"));
            let id = CcuRestoreId::parse(&id).map_err(CcuRestoreFailure::Id)?;
            if self.ports.restores.find_ccu_restore(&id).await?.is_some() {
                at = at.saturating_add(1.second()).unwrap_or(at);
                continue;
            }
            let record = CcuRestore {
                id,
                backup: backup.id.clone(),
                target: target.clone(),
                step: CcuRestoreStep::Preflight,
                state: CcuRestoreState::Queued,
                safety_backup: None,
                created_at: now,
                updated_at: now,
            };
            self.ports.restores.create_ccu_restore(&record).await?;
            self.ports.watch.restore_changed(&record);
            return Ok(record);
        }
    }

    async fn end_unstarted(&self, record: CcuRestore, why: &crate::jobs::JobRefused) {
        use loom_domain::ccu_failure::{CcuFailure, CcuFailureKind};
        let state = CcuRestoreState::Failed(CcuFailure::of(CcuFailureKind::Other, why));
        let ended = CcuRestore { state, ..record };
        if let Err(error) = self.ports.restores.update_ccu_restore(&ended).await {
            tracing::error!(%error, restore = %ended.id, "a restore could not be ended");
        }
    }

    fn restoring(&self, reached: &ReachedCentral, job: &JobContext) -> RestoreCentral {
        let ports = &self.ports;
        let config = self.config.current();
        RestoreCentral {
            gateway: Arc::clone(&reached.gateway),
            files: Arc::clone(&ports.files),
            judging: Arc::clone(&ports.judging),
            restores: Arc::clone(&ports.restores),
            interfaces: Arc::clone(&ports.interfaces),
            devices: Arc::clone(&ports.devices),
            clock: Arc::clone(&ports.clock),
            pauses: Arc::clone(&ports.pauses),
            progress: job.progress(),
            watch: Arc::clone(&ports.watch),
            patience: WayBackPatience {
                first_pause: config.duration("reliability.retry_pause"),
                until_back: config.duration("reliability.way_back_timeout"),
                until_settled: config.duration("reliability.settle_timeout"),
                ..WayBackPatience::default()
            },
        }
    }
}

#[tracing::instrument(name = "ccu_restore", skip_all, fields(restore = %record.id, central = %record.target))]
async fn run(
    inner: &Arc<Inner>,
    record: CcuRestore,
    backup: &CcuBackup,
    reached: &ReachedCentral,
    request: &RestoreRequest,
    job: &JobContext,
) -> JobResult {
    let safety =
        WithinJob { backups: Arc::clone(&inner.backups), reached: reached.clone(), progress: job.progress() };
    let safety: Option<&dyn SafetyBackup> = if request.without_safety_backup { None } else { Some(&safety) };
    let order = RestoreOrder {
        backup,
        consent: &request.consent,
        serial: configured_serial(reached),
        security_key: request.security_key.as_ref(),
        safety,
    };
    let ended = inner.restoring(reached, job).run(record, order).await;
    ended_as(inner, ended.map_err(|error| JobFailure::of(&error))?)
}

#[tracing::instrument(name = "ccu_restore", skip_all, fields(restore = %record.id, central = %record.target))]
async fn resume(
    inner: &Arc<Inner>,
    record: CcuRestore,
    reached: &ReachedCentral,
    job: &JobContext,
) -> JobResult {
    let found = inner.ports.backups.find_ccu_backup(&record.backup).await;
    let backup = found.map_err(|error| JobFailure::of(&error))?;
    let safety = match &record.safety_backup {
        Some(id) => inner.ports.backups.find_ccu_backup(id).await.map_err(|error| JobFailure::of(&error))?,
        None => None,
    };
    let order =
        ResumeOrder { backup: backup.as_ref(), safety: safety.as_ref(), serial: configured_serial(reached) };
    let ended = inner.restoring(reached, job).resume(record, order).await;
    ended_as(inner, ended.map_err(|error| JobFailure::of(&error))?)
}

/// What a restore comes to as a job.
fn ended_as(inner: &Inner, record: CcuRestore) -> JobResult {
    match &record.state {
        CcuRestoreState::Completed { differences } => {
            tracing::info!(restore = %record.id, differences = differences.len(), "central restored");
            inner.central_watch.look_soon(&record.target);
            Ok(json!({ "restore": record.id.as_str(), "differences": differences }))
        }
        CcuRestoreState::Interrupted { reason, hint } => {
            Err(JobFailure { reason: reason.clone(), hint: Some(hint.clone()) })
        }
        CcuRestoreState::Failed(failure) => {
            Err(JobFailure { reason: failure.reason.clone(), hint: failure.hint.clone() })
        }
        CcuRestoreState::Queued | CcuRestoreState::Running => Ok(Value::Null),
    }
}
