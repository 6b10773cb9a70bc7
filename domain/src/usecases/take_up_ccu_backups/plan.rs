//! What has to be done so that records and files of CCU backups agree.
//!
//! Does NOT do it.

use crate::ccu_backup::{CcuBackup, CcuBackupId, CcuBackupState};
use crate::ccu_failure::CcuFailureKind;
use crate::ports::StoredSbk;
use std::collections::{BTreeMap, BTreeSet};

/// The steps, in no particular order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The record waited or ran, and there is no file.
    CutOff(CcuBackup),
    /// The record waited or ran, and there is a file: it was committed right before the end. Or that could not be seen at
    /// an earlier start, because the folder was away.
    Complete(CcuBackup),
    /// The record was given up before its file was judged good: the file is a leftover.
    Remove(CcuBackupId),
    /// There is a file without a record.
    Adopt(StoredSbk),
}

impl Plan {
    /// Completed records without a file are left as they are: it may come back with the disk it is on. Files whose record
    /// calls them damaged stay, because somebody else put them there.
    pub(super) fn of(records: Vec<CcuBackup>, files: Vec<StoredSbk>) -> Self {
        let known: BTreeSet<CcuBackupId> = records.iter().map(|record| record.id.clone()).collect();
        let mut files: BTreeMap<CcuBackupId, StoredSbk> =
            files.into_iter().map(|file| (file.id.clone(), file)).collect();
        let of_record = |record: CcuBackup| {
            let has_file = files.contains_key(&record.id);
            match &record.state {
                CcuBackupState::Queued | CcuBackupState::Running if has_file => Some(Step::Complete(record)),
                CcuBackupState::Queued | CcuBackupState::Running => Some(Step::CutOff(record)),
                CcuBackupState::Failed(failure) if has_file && failure.kind != CcuFailureKind::Damaged => {
                    // Contents are recorded right before the commit and taken off the record of what is given up.
                    Some(if record.contents.is_some() {
                        Step::Complete(record)
                    } else {
                        Step::Remove(record.id)
                    })
                }
                CcuBackupState::Failed(_) | CcuBackupState::Completed { .. } => None,
            }
        };
        let mut steps: Vec<Step> = records.into_iter().filter_map(of_record).collect();
        files.retain(|id, _| !known.contains(id));
        steps.extend(files.into_values().map(Step::Adopt));
        Self { steps }
    }
}
