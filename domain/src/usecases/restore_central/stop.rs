//! Where a restore stops short, and in which words.
//!
//! Does NOT write them down.

use crate::ccu_failure::{CcuFailure, CcuFailureKind};
use crate::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreStep};
use crate::ports::StoreError;
use crate::usecases::back_up_central::BackUpCentralError;
use std::fmt::Display;

/// What every failure before the step `apply` ends in.
const UNCHANGED: &str = "nothing was changed on the central";

/// Why a restore stops.
#[derive(Debug)]
pub(super) enum Stop {
    /// It is over.
    Failed(CcuFailure),
    /// The operator decides.
    Interrupted { reason: String, hint: String },
    /// The step could not be written down, so it was not taken.
    Unwritten(StoreError),
}

/// The record of a restore could not be written. Reads after "failed to restore: ".
#[derive(Debug, thiserror::Error)]
#[error("the record of restore `{}` could not be written: {source}{}", .record.id, advice(.record))]
pub struct Unrecorded {
    /// The record as it is stored: the last step that was written down and begun.
    pub record: Box<CcuRestore>,
    /// Why it could not be written.
    #[source]
    pub source: StoreError,
}

/// Why a restore is not resumed. Fragments read after "failed to resume: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResumeError {
    /// It has ended for good, or has not got far enough.
    #[error(
        "restore `{id}` is {state} at step `{step}`: only interrupted ones can be resumed\nhint: start a new restore"
    )]
    NothingToResume {
        /// The restore.
        id: CcuRestoreId,
        /// Its step.
        step: &'static str,
        /// Its state.
        state: &'static str,
    },
    /// The record could not be written.
    #[error(transparent)]
    Unrecorded(#[from] Unrecorded),
}

/// Nothing was done yet that stays.
pub(super) fn unchanged(kind: CcuFailureKind, error: &impl Display) -> Stop {
    let failure = CcuFailure::of(kind, error).advised();
    Stop::Failed(CcuFailure { reason: format!("{}; {UNCHANGED}", failure.reason), ..failure })
}

pub(super) fn no_safety_backup(error: &BackUpCentralError) -> Stop {
    let failure = error.failure();
    let reason = format!("no safety backup of the central could be taken: {}; {UNCHANGED}", failure.reason);
    Stop::Failed(CcuFailure { reason, ..failure })
}

/// What to do beside what an error itself advises.
pub(super) fn interrupted(reason: &impl Display, hint: &str) -> Stop {
    let CcuFailure { reason, hint: more, .. } = CcuFailure::of(CcuFailureKind::Central, reason);
    let hint = more.map_or_else(|| hint.to_owned(), |more| format!("{more}; {hint}"));
    Stop::Interrupted { reason, hint }
}

fn advice(record: &CcuRestore) -> String {
    let hint = if record.has_ended() {
        "it did not begin; look after the state store, then start again"
    } else if record.step < CcuRestoreStep::Apply {
        "nothing was changed on the central; look after the state store, then start again"
    } else {
        "the central has taken the backup over or may have; look after the state store, start the daemon again and, if \
         the restore is interrupted, resume it"
    };
    format!("\nhint: {hint}")
}
