//! Back up a central: have it make its system backup, judge it while it comes, keep it if it is good.
//!
//! Does NOT queue, schedule or mint ids, and does NOT prune. A future that is dropped leaves no file; its record is then the
//! business of [`super::GiveUpCcuBackup`].

mod display_name;
mod failure;
mod fetching;
mod growth;

pub use failure::{BackUpCentralError, SbkDamages};

use crate::ccu_backup::{CcuBackup, CcuBackupState};
use crate::ports::{CcuBackupFiles, CcuBackups, CcuGateway, Clock, Pauses, Progress, RecordWatch, Stage};
use fetching::Fetched;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::time::Duration;

/// Backs up one central.
#[derive(Clone)]
pub struct BackUpCentral {
    /// The central.
    pub gateway: Arc<dyn CcuGateway>,
    /// Keeps the file.
    pub files: Arc<dyn CcuBackupFiles>,
    /// Keeps the record.
    pub records: Arc<dyn CcuBackups>,
    /// Tells the time for record and name.
    pub clock: Arc<dyn Clock>,
    /// Lets time pass before the second attempt.
    pub pauses: Arc<dyn Pauses>,
    /// Is told how far it is.
    pub progress: Arc<dyn Progress>,
    /// Is told of each state of the record.
    pub watch: Arc<dyn RecordWatch>,
    /// Whose local time stands in the name offered for download.
    pub zone: TimeZone,
    /// How long to wait before the second and last attempt, if the first one met what passes.
    pub retry_after: Duration,
}

impl BackUpCentral {
    /// How long a central is left alone after an attempt that failed: it may still be at it.
    pub const RETRY_AFTER: Duration = Duration::from_secs(5 * 60);

    /// Makes the backup that `record` asks for; the record is stored and queued.
    ///
    /// `expected_serial` is the serial number the central is known by, `previous` its newest completed backup. When this
    /// returns an error the record is stored as failed with the error's words, unless the error says otherwise, and no file
    /// is left. The conversation with the central is ended in any case.
    pub async fn run(
        &self,
        record: CcuBackup,
        expected_serial: Option<&str>,
        previous: Option<&CcuBackup>,
    ) -> Result<CcuBackup, BackUpCentralError> {
        let outcome = self.work(&record, expected_serial, previous).await;
        self.gateway.farewell().await;
        match outcome {
            // The file is good and stays; only its record lags behind.
            Err(error @ BackUpCentralError::RecordLags { .. }) => Err(error),
            Err(error) => {
                let failed = CcuBackupState::Failed(error.failure());
                match self.store(CcuBackup { state: failed, contents: None, filename: None, ..record }).await
                {
                    Ok(_) => Err(error),
                    Err(source) => Err(BackUpCentralError::Unrecorded { error: Box::new(error), source }),
                }
            }
            completed => completed,
        }
    }

    async fn work(
        &self,
        record: &CcuBackup,
        expected_serial: Option<&str>,
        previous: Option<&CcuBackup>,
    ) -> Result<CcuBackup, BackUpCentralError> {
        let running = CcuBackup { state: CcuBackupState::Running, ..record.clone() };
        let running = self.store(running).await?;
        let fetched = self.fetch_patiently(&running, expected_serial).await?;
        let Fetched { staging, verdict, mut contents, begun_at } = fetched;
        contents.warnings.extend(previous.and_then(|previous| growth::warning(previous, verdict.size_bytes)));
        let filename =
            display_name::display_name(contents.origin.as_ref(), &begun_at.to_zoned(self.zone.clone()));
        // With all that is known on record, a file that is committed can be taken up even if the daemon ends right then.
        let known = CcuBackup { contents: Some(contents), filename: Some(filename), ..running };
        let known = self.store(known).await?;
        staging.commit().await?;
        let completed = CcuBackupState::Completed { size_bytes: verdict.size_bytes, sha256: verdict.sha256 };
        let id = known.id.clone();
        self.store(CcuBackup { state: completed, ..known })
            .await
            .map_err(|source| BackUpCentralError::RecordLags { id, source })
    }

    async fn fetch_patiently(
        &self,
        record: &CcuBackup,
        expected_serial: Option<&str>,
    ) -> Result<Fetched, BackUpCentralError> {
        match self.fetch(record, expected_serial).await {
            Err(error) if error.may_pass() => {
                // A central has few sessions, and this pause is long.
                self.gateway.farewell().await;
                self.progress.begin(Stage::Wait, &format!("second attempt, after: {error}"), None);
                self.pauses.pause(self.retry_after).await;
                self.fetch(record, expected_serial).await
            }
            first => first,
        }
    }

    async fn store(&self, record: CcuBackup) -> Result<CcuBackup, crate::ports::StoreError> {
        let record = CcuBackup { updated_at: self.clock.now(), ..record };
        self.records.update_ccu_backup(&record).await?;
        self.watch.backup_changed(&record);
        Ok(record)
    }
}
