//! Take up CCU backups that nobody is at any more: bring records and files together again after whatever ended the daemon,
//! or one job.
//!
//! Does NOT fetch anything again. What was cut off is brought to its end before anything is begun; files nobody knows are
//! judged afterwards, beside whatever else happens, because that takes as long as reading them.

mod adoption;
mod plan;

use crate::ccu_backup::{CcuBackup, CcuBackupContents, CcuBackupId, CcuBackupState};
use crate::ccu_failure::{CcuFailure, CcuFailureKind};
use crate::central::CentralName;
use crate::ports::{
    CcuBackupFiles, CcuBackupJudging, CcuBackups, CcuFilesError, Clock, RecordWatch, StoreError, StoredSbk,
};
use crate::sbk::SbkVerdict;
use crate::usecases::back_up_central::SbkDamages;
use crate::words::in_one_line;
use plan::{Plan, Step};
use std::sync::Arc;

/// Takes up what an earlier run of the daemon, or a job that broke off, left.
#[derive(Clone)]
pub struct TakeUpCcuBackups {
    /// The files.
    pub files: Arc<dyn CcuBackupFiles>,
    /// Judges files nobody vouches for.
    pub judging: Arc<dyn CcuBackupJudging>,
    /// The records.
    pub records: Arc<dyn CcuBackups>,
    /// Tells when they were taken up.
    pub clock: Arc<dyn Clock>,
    /// Is told of each record that changes.
    pub watch: Arc<dyn RecordWatch>,
}

/// What was found and done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TakenUp {
    /// Records that are failed now: those that were queued or running, without a good file, and those whose file was good
    /// when it was committed and is damaged or cannot be read now. Such a file stays.
    pub cut_off: Vec<CcuBackup>,
    /// Records that were running, or failed by an earlier start that did not see the file, although it was stored and is
    /// good; they are completed now.
    pub completed: Vec<CcuBackup>,
    /// New records of files that had none: completed if the file is good, otherwise failed. The file stays in both cases.
    pub adopted: Vec<CcuBackup>,
    /// Files that could not be judged or removed, in words; they are looked at again when the daemon starts the next time.
    pub problems: Vec<String>,
}

/// Why nothing could be taken up, or not all of it. Fragments read after "failed to take up the CCU backups: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the error of the port it is named after")]
pub enum TakeUpError {
    #[error(transparent)]
    Files(#[from] CcuFilesError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TakeUpCcuBackups {
    /// Takes everything up, one part after the other.
    pub async fn run(&self, centrals: &[CentralName]) -> Result<TakenUp, TakeUpError> {
        let (mut taken, strays) = self.close().await?;
        self.adopt(strays, centrals, &mut taken).await?;
        Ok(taken)
    }

    /// Brings what was cut off to its end, and finds the files without a record. Must not run while backups are fetched or
    /// uploaded. It can be repeated.
    pub async fn close(&self) -> Result<(TakenUp, Vec<StoredSbk>), TakeUpError> {
        let plan = Plan::of(self.records.list_ccu_backups().await?, self.files.list().await?);
        let mut taken = TakenUp::default();
        let mut strays = Vec::new();
        for step in plan.steps {
            match step {
                Step::CutOff(record) => {
                    let why = cut_off_words(&record.state);
                    taken.cut_off.push(self.cut_off(record, why).await?);
                }
                Step::Complete(record) => {
                    let why = cut_off_words(&record.state);
                    self.complete(record, why, &mut taken).await?;
                }
                Step::Remove(id) => self.remove(&id, &mut taken).await,
                Step::Adopt(file) => strays.push(file),
            }
        }
        Ok((taken, strays))
    }

    /// Does the same for the records of the central of `next` while the daemon goes on: what ended them is `why`, unless
    /// there is a file, which is read to its end. To be called when nothing is at work on that central but what takes
    /// `next`.
    pub async fn close_what_broke_off(
        &self,
        next: &CcuBackup,
        why: &CcuFailure,
    ) -> Result<TakenUp, TakeUpError> {
        let mut taken = TakenUp::default();
        let records = self.records.list_ccu_backups().await?;
        let broke_off = |record: &CcuBackup| {
            record.central == next.central && record.id != next.id && !record.has_ended()
        };
        for record in records.into_iter().filter(broke_off) {
            match self.files.find(&record.id).await? {
                Some(_) => self.complete(record, why.clone(), &mut taken).await?,
                None => taken.cut_off.push(self.cut_off(record, why.clone()).await?),
            }
        }
        Ok(taken)
    }

    /// Judges files that [`Self::close`] found and records them. `centrals` are the configured ones; ids of files are
    /// matched with them.
    pub async fn adopt(
        &self,
        strays: Vec<StoredSbk>,
        centrals: &[CentralName],
        taken: &mut TakenUp,
    ) -> Result<(), TakeUpError> {
        for file in strays {
            self.adopt_one(file, centrals, taken).await?;
        }
        Ok(())
    }

    async fn cut_off(&self, record: CcuBackup, why: CcuFailure) -> Result<CcuBackup, StoreError> {
        // What is known stays: the file may only be out of sight, with the disk it is on, and come back.
        self.store(CcuBackup { state: CcuBackupState::Failed(why), ..record }).await
    }

    /// The file was committed, which only good ones are; nothing but the record was cut off. One that is damaged all the
    /// same goes, unless its contents tell that it was once good: then it stays for people to look at.
    async fn complete(
        &self,
        record: CcuBackup,
        why: CcuFailure,
        taken: &mut TakenUp,
    ) -> Result<(), StoreError> {
        match self.judging.judge(&record.id).await {
            Ok(verdict) if verdict.is_good() => {
                let contents = Some(record.contents.clone().unwrap_or_else(|| contents_of(&verdict)));
                let record = CcuBackup { state: state_of(verdict), contents, ..record };
                taken.completed.push(self.store(record).await?);
            }
            Ok(verdict) if record.contents.is_some() => {
                let record = CcuBackup { state: state_of(verdict), ..record };
                taken.cut_off.push(self.store(record).await?);
            }
            Ok(_) => {
                self.remove(&record.id, taken).await;
                taken.cut_off.push(self.cut_off(record, why).await?);
            }
            Err(error) => {
                taken.problems.push(in_one_line(&error));
                // The file stays: with its contents on record, the next start looks at it again.
                if record.contents.is_some() && !record.has_ended() {
                    taken.cut_off.push(self.cut_off(record, why).await?);
                }
            }
        }
        Ok(())
    }

    async fn adopt_one(
        &self,
        file: StoredSbk,
        centrals: &[CentralName],
        taken: &mut TakenUp,
    ) -> Result<(), StoreError> {
        let verdict = match self.judging.judge(&file.id).await {
            Ok(verdict) => verdict,
            Err(error) => {
                taken.problems.push(in_one_line(&error));
                return Ok(());
            }
        };
        let now = self.clock.now();
        let created_at = adoption::moment(&file.id).or(file.modified_at).unwrap_or(now);
        let record = CcuBackup {
            central: adoption::owner(&file.id, centrals).cloned(),
            filename: None,
            contents: Some(contents_of(&verdict)),
            state: state_of(verdict),
            created_at,
            updated_at: now,
            id: file.id,
        };
        self.records.create_ccu_backup(&record).await?;
        self.watch.backup_changed(&record);
        taken.adopted.push(record);
        Ok(())
    }

    async fn remove(&self, id: &CcuBackupId, taken: &mut TakenUp) {
        match self.files.remove(id).await {
            Ok(()) | Err(CcuFilesError::NotFound(_)) => {}
            Err(error) => taken.problems.push(in_one_line(&error)),
        }
    }

    async fn store(&self, record: CcuBackup) -> Result<CcuBackup, StoreError> {
        let record = CcuBackup { updated_at: self.clock.now(), ..record };
        self.records.update_ccu_backup(&record).await?;
        self.watch.backup_changed(&record);
        Ok(record)
    }
}

fn state_of(verdict: SbkVerdict) -> CcuBackupState {
    if verdict.is_good() {
        CcuBackupState::Completed { size_bytes: verdict.size_bytes, sha256: verdict.sha256 }
    } else {
        CcuBackupState::Failed(CcuFailure::of(CcuFailureKind::Damaged, &SbkDamages(verdict.damages)))
    }
}

fn contents_of(verdict: &SbkVerdict) -> CcuBackupContents {
    let facts = verdict.facts.clone().unwrap_or_default();
    CcuBackupContents {
        firmware: facts.firmware.map(|version| version.to_string()),
        key_index: facts.key_index,
        warnings: verdict.warnings.iter().map(in_one_line).collect(),
        ..CcuBackupContents::default()
    }
}

fn cut_off_words(state: &CcuBackupState) -> CcuFailure {
    let doing = if *state == CcuBackupState::Queued { "waited for its turn" } else { "was being fetched" };
    CcuFailure {
        kind: CcuFailureKind::Cancelled,
        reason: format!("the daemon ended while the backup {doing}"),
        hint: Some("start it again".to_owned()),
    }
}
