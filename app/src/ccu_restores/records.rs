//! Records of restores as the service keeps them: begun, looked up, given up before they began.
//!
//! Does NOT write the steps of one that runs (`usecases::RestoreCentral`).

use super::{CcuRestoreFailure, Inner};
use crate::ccu_backups::{OpenWork, is_at_work, open_work};
use crate::jobs::{Job, JobId, JobRefused, Jobs};
use jiff::ToSpan;
use loom_domain::ccu_backup::CcuBackup;
use loom_domain::ccu_failure::{CcuFailure, CcuFailureKind};
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreState, CcuRestoreStep};
use loom_domain::central::CentralName;
use loom_domain::ports::StoreError;
use loom_domain::usecases::{Resumption, after_daemon_restart};
use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

impl Inner {
    pub(super) async fn record(&self, id: &CcuRestoreId) -> Result<CcuRestore, CcuRestoreFailure> {
        let found = self.ports.restores.find_ccu_restore(id).await?;
        found.ok_or_else(|| CcuRestoreFailure::NotFound(id.clone()))
    }

    /// Writes a record, and tells of it.
    pub(super) async fn write(&self, record: &CcuRestore) -> Result<(), StoreError> {
        self.ports.restores.update_ccu_restore(record).await?;
        self.ports.watch.restore_changed(record);
        Ok(())
    }

    /// A record whose job is gone, in its last state. When it came to a step that changes the central is kept: a resume
    /// compares that with when the central started.
    pub(super) fn ended(&self, record: CcuRestore, state: CcuRestoreState) -> CcuRestore {
        let acts = matches!(record.step, CcuRestoreStep::Apply | CcuRestoreStep::Restart);
        let updated_at = if acts { record.updated_at } else { self.ports.clock.now() };
        CcuRestore { state, updated_at, ..record }
    }

    /// Notes which job is at a restore, and forgets those that `jobs` forgot.
    pub(super) fn note(&self, jobs: &Jobs, id: &CcuRestoreId, job: &Job) {
        let mut at_work = self.at_work();
        at_work.retain(|_, job| jobs.find(job.as_str()).is_some());
        at_work.insert(id.clone(), job.id.clone());
    }

    pub(super) fn at_work(&self) -> MutexGuard<'_, BTreeMap<CcuRestoreId, JobId>> {
        // Each use makes one change.
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses what would meet another job at the same central. A record that is open although no job is at it was left by
    /// one that broke off: it is ended, or waits for a decision from now on.
    pub(super) async fn refuse_if_busy(
        &self,
        jobs: &Jobs,
        target: &CentralName,
    ) -> Result<(), CcuRestoreFailure> {
        match open_work(self.ports.backups.as_ref(), self.ports.restores.as_ref(), target).await? {
            Some(open) if is_at_work(jobs, target) => {
                Err(CcuRestoreFailure::Busy { central: target.clone(), by: open.to_string() })
            }
            Some(OpenWork::Restore(left)) => self.settle(left).await,
            // A backup that broke off is ended by the next backup.
            Some(OpenWork::Backup(_)) | None => Ok(()),
        }
    }

    /// Refuses to go on with a restore after which another one may have changed the same central.
    pub(super) async fn refuse_if_overtaken(&self, record: &CcuRestore) -> Result<(), CcuRestoreFailure> {
        // They come newest first.
        let records = self.ports.restores.list_ccu_restores().await?;
        let mut newer = records.into_iter().take_while(|other| other.id != record.id);
        let acted = |other: &CcuRestore| other.target == record.target && other.step >= CcuRestoreStep::Apply;
        match newer.find(acted) {
            Some(newer) => Err(CcuRestoreFailure::Overtaken { id: record.id.clone(), newer: newer.id }),
            None => Ok(()),
        }
    }

    /// Ends a restore whose job is gone, as far as its step allows that to be known.
    pub(super) async fn settle(&self, record: CcuRestore) -> Result<(), CcuRestoreFailure> {
        let state = match after_daemon_restart(&record) {
            Resumption::Nothing => return Ok(()),
            Resumption::End(state) => state,
            Resumption::GoOn => CcuRestoreState::Interrupted {
                reason: "the job that did it broke off".to_owned(),
                hint: "the log of the daemon tells more; resume the restore".to_owned(),
            },
        };
        let ended = self.ended(record, state);
        Ok(self.write(&ended).await?)
    }

    /// Writes the record of a restore that is to begin, under an id nobody has.
    pub(super) async fn begin(
        &self,
        backup: &CcuBackup,
        target: &CentralName,
    ) -> Result<CcuRestore, CcuRestoreFailure> {
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

    /// Leaves a restore that cannot go on by itself to whoever looks after the central.
    pub(super) async fn interrupt(&self, record: CcuRestore, why: &CcuRestoreFailure) {
        let CcuFailure { reason, hint, .. } = CcuFailure::of(CcuFailureKind::Other, why);
        let go_on = "when that is mended, resume the restore";
        let hint = hint.map_or_else(|| go_on.to_owned(), |hint| format!("{hint}; {go_on}"));
        let state = CcuRestoreState::Interrupted { reason, hint };
        let ended = self.ended(record, state);
        if let Err(error) = self.write(&ended).await {
            tracing::error!(%error, restore = %ended.id, "a restore could not be interrupted");
        }
    }

    pub(super) async fn end_unstarted(&self, record: CcuRestore, why: &JobRefused) {
        let state = CcuRestoreState::Failed(CcuFailure::of(CcuFailureKind::Other, why));
        let ended = CcuRestore { state, ..record };
        if let Err(error) = self.write(&ended).await {
            tracing::error!(%error, restore = %ended.id, "a restore could not be ended");
        }
    }
}
