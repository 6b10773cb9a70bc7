//! Restore a central: look at everything, keep a backup of now, give it the file, see it through its restart, compare.
//!
//! The record is written before each step is taken, so it is never behind what was done. Up to the step `offer` nothing is
//! changed on the central; from `apply` on the operator or the next start of the daemon can go on with `resume`.
//! Does NOT queue, mint ids or find centrals, and never keeps the security key. All of one restore goes through one gateway.

mod applying;
mod consent;
mod course;
mod differences;
mod firmware;
mod preflight;
mod restarting;
mod resumption;
mod security_key;
mod sent_content;
mod settling;
mod stop;
mod waiting;
mod way_back;

pub use consent::{ConsentRefusal, RestoreConsent};
pub use resumption::{Resumption, after_daemon_restart};
pub use stop::{ResumeError, Unrecorded};
pub use way_back::WayBackPatience;

use super::back_up_central::BackUpCentralError;
use crate::ccu_backup::CcuBackup;
use crate::ccu_restore::{CcuRestore, CcuRestoreState, CcuRestoreStep};
use crate::central::CentralName;
use crate::ports::{
    CcuBackupFiles, CcuBackupJudging, CcuGateway, CcuRestores, Clock, Devices, Interfaces, Pauses, Progress,
    RecordWatch,
};
use crate::secret::SecretText;
use async_trait::async_trait;
use course::Course;
use jiff::Timestamp;
use settling::Expectation;
use std::sync::Arc;
use stop::Stop;
use way_back::Away;

/// Restores one central.
#[derive(Clone)]
pub struct RestoreCentral {
    /// The central.
    pub gateway: Arc<dyn CcuGateway>,
    /// Holds the file.
    pub files: Arc<dyn CcuBackupFiles>,
    /// Judges it again.
    pub judging: Arc<dyn CcuBackupJudging>,
    /// Keeps the record.
    pub restores: Arc<dyn CcuRestores>,
    /// Forgets what is cached of the central's interfaces.
    pub interfaces: Arc<dyn Interfaces>,
    /// Tells which of them have something cached.
    pub devices: Arc<dyn Devices>,
    /// Tells the time for the record.
    pub clock: Arc<dyn Clock>,
    /// Lets time pass while the central is away.
    pub pauses: Arc<dyn Pauses>,
    /// Is told how far it is.
    pub progress: Arc<dyn Progress>,
    /// Is told of each state of the record.
    pub watch: Arc<dyn RecordWatch>,
    /// How long to wait for the central.
    pub patience: WayBackPatience,
}

/// What is restored, and what the operator gave and agreed to.
#[derive(Clone, Copy)]
pub struct RestoreOrder<'a> {
    /// The record of the backup.
    pub backup: &'a CcuBackup,
    /// What the operator agreed to.
    pub consent: &'a RestoreConsent,
    /// Serial number the target is known by.
    pub serial: Option<&'a str>,
    /// The security key, if one was given.
    pub security_key: Option<&'a SecretText>,
    /// Takes a backup of the target before anything is changed; `None` if the operator does without.
    pub safety: Option<&'a dyn SafetyBackup>,
}

/// What is known for going on with a restore.
#[derive(Clone, Copy, Default)]
pub struct ResumeOrder<'a> {
    /// The record of the backup, if there still is one.
    pub backup: Option<&'a CcuBackup>,
    /// The record of the backup that was taken right before, if there is one.
    pub safety: Option<&'a CcuBackup>,
    /// Serial number the target is known by.
    pub serial: Option<&'a str>,
}

impl ResumeOrder<'_> {
    /// The serial number of the unit the restore began on, as far as it is known.
    fn serial_of(&self, target: &CentralName) -> Option<&str> {
        let of_backup = self.backup.filter(|backup| backup.central.as_ref() == Some(target));
        serial_in(self.safety).or(self.serial).or_else(|| serial_in(of_backup))
    }
}

fn serial_in(backup: Option<&CcuBackup>) -> Option<&str> {
    Some(backup?.contents.as_ref()?.origin.as_ref()?.serial.as_str())
}

/// Takes a backup of the target as it is.
#[async_trait]
pub trait SafetyBackup: Send + Sync {
    /// A completed backup, stored for good.
    async fn take(&self) -> Result<CcuBackup, BackUpCentralError>;
}

impl RestoreCentral {
    /// Carries `record` out, which is stored and queued, and returns it as it ended: completed, failed or interrupted.
    ///
    /// A failure before the step `apply` says that nothing was changed on the central. The conversation with it is ended in
    /// any case.
    ///
    /// # Errors
    /// The record could not be written; nothing was done after that.
    pub async fn run(&self, record: CcuRestore, order: RestoreOrder<'_>) -> Result<CcuRestore, Unrecorded> {
        let mut course = Course::new(self, record);
        let outcome = self.whole_way(&mut course, order).await;
        self.gateway.farewell().await;
        course.end(outcome).await
    }

    /// Goes on with `record`: one that was interrupted, or one that was running at `restart` or later when the daemon ended.
    /// A central that was started since its step was written down is not told to restart again. One that may not have taken
    /// the backup over is completed with a difference that says so, unless the comparison proves that it did; until then
    /// the record stays at `apply`.
    ///
    /// # Errors
    /// There is nothing to go on with, or the record could not be written.
    pub async fn resume(
        &self,
        record: CcuRestore,
        order: ResumeOrder<'_>,
    ) -> Result<CcuRestore, ResumeError> {
        let from = match (&record.state, record.step) {
            (CcuRestoreState::Interrupted { .. }, step) if step >= CcuRestoreStep::Apply => step,
            (CcuRestoreState::Running, step) if step >= CcuRestoreStep::Restart => step,
            (state, step) => {
                let (id, state) = (record.id.clone(), state.as_str());
                return Err(ResumeError::NothingToResume { id, step: step.as_str(), state });
            }
        };
        let is_doubtful = from == CcuRestoreStep::Apply;
        let expectation = Expectation {
            backup: order.backup,
            before: order.safety,
            serial: order.serial_of(&record.target).map(str::to_owned),
            is_doubtful,
        };
        let mut course = if is_doubtful { Course::held(self, record) } else { Course::new(self, record) };
        let outcome = self.way_from_restart(&mut course, from, expectation).await;
        self.gateway.farewell().await;
        Ok(course.end(outcome).await?)
    }

    async fn whole_way(&self, course: &mut Course<'_>, order: RestoreOrder<'_>) -> Result<Vec<String>, Stop> {
        course.enter(CcuRestoreStep::Preflight).await?;
        let cleared = self.preflight(&course.record, order).await?;
        let mut before = None;
        if let Some(safety) = order.safety {
            course.enter(CcuRestoreStep::SafetyBackup).await?;
            let taken = safety.take().await.map_err(|error| stop::no_safety_backup(&error))?;
            course.record.safety_backup = Some(taken.id.clone());
            before = Some(taken);
        }
        course.enter(CcuRestoreStep::Offer).await?;
        let key = self.offer(&cleared, order.security_key).await?;
        course.enter(CcuRestoreStep::Apply).await?;
        self.apply(key, &cleared.facts).await?;
        let expectation = Expectation {
            backup: Some(order.backup),
            before: before.as_ref(),
            serial: Some(cleared.facts.serial),
            is_doubtful: false,
        };
        course.enter(CcuRestoreStep::Restart).await?;
        let since = course.record.updated_at;
        let away = self.restart(since, &expectation).await?;
        self.way_from_way_back(course, away, since, expectation).await
    }

    async fn way_from_restart(
        &self,
        course: &mut Course<'_>,
        from: CcuRestoreStep,
        expectation: Expectation<'_>,
    ) -> Result<Vec<String>, Stop> {
        let mut away = Away::Seen;
        // When it was told to restart is no longer on record later: one that started before the restore has not.
        let mut since = course.record.created_at.min(course.record.updated_at);
        if from <= CcuRestoreStep::Restart {
            since = course.record.updated_at;
            course.enter(CcuRestoreStep::Restart).await?;
            if !self.has_restarted(since, &expectation).await? {
                away = self.restart(since, &expectation).await?;
            }
        }
        self.way_from_way_back(course, away, since, expectation).await
    }

    async fn way_from_way_back(
        &self,
        course: &mut Course<'_>,
        away: Away,
        since: Timestamp,
        expectation: Expectation<'_>,
    ) -> Result<Vec<String>, Stop> {
        course.enter(CcuRestoreStep::WayBack).await?;
        let back = self.way_back(&course.record.target, away, since, expectation.serial.as_deref()).await?;
        course.enter(CcuRestoreStep::Compare).await?;
        let differences = self.compare(back, &expectation).await;
        course.enter(CcuRestoreStep::DropCaches).await?;
        self.drop_caches(&course.record.target, &expectation).await?;
        Ok(differences)
    }
}
