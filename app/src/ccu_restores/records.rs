//! Records of restores as the service keeps them: begun, looked up, given up before they began.
//!
//! Does NOT write the steps of one that runs (`usecases::RestoreCentral`).

use super::{CcuRestoreFailure, Inner};
use crate::ccu_backups::{OpenWork, is_at_work, open_work};
use crate::jobs::{Job, JobId, JobRefused, Jobs};
use jiff::{Timestamp, ToSpan};
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
        let records = self.ports.restores.list_ccu_restores().await?;
        match records.into_iter().find(|other| has_overtaken(record, other)) {
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
        let created_at = after_all_of(&self.ports.restores.list_ccu_restores().await?, target, now);
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
                created_at,
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

/// Whether `other` was begun after `record` and may have changed the same central, by what `after_all_of` keeps up.
fn has_overtaken(record: &CcuRestore, other: &CcuRestore) -> bool {
    let acted = other.target == record.target && other.id != record.id && other.step >= CcuRestoreStep::Apply;
    // Of two that claim one moment nobody knows which was first, so nothing is repeated.
    acted && other.created_at >= record.created_at
}

/// `now`, or else the first moment after all restores of the central: which one is newer must not hang on a clock that was
/// set back.
fn after_all_of(records: &[CcuRestore], target: &CentralName, now: Timestamp) -> Timestamp {
    let of_target = records.iter().filter(|record| record.target == *target);
    let newest = of_target.map(|record| record.created_at).max();
    newest.map_or(now, |newest| newest.saturating_add(1.millisecond()).unwrap_or(newest).max(now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;
    use loom_domain::ccu_backup::CcuBackupId;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    fn restore(id: &str, target: &str, step: CcuRestoreStep, created: i64, updated: i64) -> CcuRestore {
        CcuRestore {
            id: CcuRestoreId::parse(id).unwrap(),
            backup: CcuBackupId::parse("b").unwrap(),
            target: CentralName::parse(target).unwrap(),
            step,
            state: CcuRestoreState::Running,
            safety_backup: None,
            created_at: at(created),
            updated_at: at(updated),
        }
    }

    #[test]
    fn a_restore_is_overtaken_by_each_that_acted_on_the_same_central_later_or_in_doubt() {
        let record = restore("a", "ccu", CcuRestoreStep::Apply, 100, 110);
        assert!(!has_overtaken(&record, &record));
        for (created, updated, expected) in
            [(10, 20, false), (10, 99, false), (200, 210, true), (100, 105, true), (120, 20, true)]
        {
            let mut other = restore("b", "ccu", CcuRestoreStep::Apply, created, updated);
            assert_eq!(has_overtaken(&record, &other), expected, "{created} {updated}");
            other.step = CcuRestoreStep::Offer;
            assert!(!has_overtaken(&record, &other), "it changed nothing");
            let elsewhere = restore("b", "other", CcuRestoreStep::DropCaches, created, updated);
            assert!(!has_overtaken(&record, &elsewhere));
        }
    }

    #[test]
    fn a_restore_that_is_begun_after_another_is_the_newer_one_whatever_the_clock_says() {
        let records = [
            restore("a", "ccu", CcuRestoreStep::Apply, 100, 110),
            restore("b", "ccu", CcuRestoreStep::Offer, 50, 60),
            restore("c", "other", CcuRestoreStep::Offer, 900, 901),
        ];
        let target = &records[0].target;
        assert_eq!(after_all_of(&records, target, at(500)), at(500));
        assert_eq!(after_all_of(&[], target, at(7)), at(7));
        for set_back in [7, 100] {
            let created_at = after_all_of(&records, target, at(set_back));
            let newer = CcuRestore { created_at, ..restore("d", "ccu", CcuRestoreStep::Apply, 0, set_back) };
            assert!(has_overtaken(&records[0], &newer) && !has_overtaken(&newer, &records[0]));
        }
    }
}
