//! The course of one restore on its record: each step is written down before it is taken.
//!
//! Does NOT take steps.

use super::RestoreCentral;
use super::stop::{Stop, Unrecorded};
use crate::ccu_restore::{CcuRestore, CcuRestoreState, CcuRestoreStep};
use crate::ports::StoreError;
use std::time::Duration;

/// Attempts to write a record that a central with its services stopped waits for.
const ATTEMPTS: u32 = 3;

/// Pause between them.
const BETWEEN: Duration = Duration::from_secs(5);

/// A restore on its way.
pub(super) struct Course<'a> {
    restore: &'a RestoreCentral,
    /// As it is stored, except for a safety backup that goes down with the next step.
    pub(super) record: CcuRestore,
}

impl<'a> Course<'a> {
    pub(super) fn new(restore: &'a RestoreCentral, record: CcuRestore) -> Self {
        Self { restore, record }
    }

    /// Writes down that `step` is taken now. A step on record never goes back: what is repeated changes nothing.
    pub(super) async fn enter(&mut self, step: CcuRestoreStep) -> Result<(), Stop> {
        let step = self.record.step.max(step);
        self.write(step, CcuRestoreState::Running).await.map_err(Stop::Unwritten)
    }

    /// Writes down how it ended.
    pub(super) async fn end(mut self, outcome: Result<Vec<String>, Stop>) -> Result<CcuRestore, Unrecorded> {
        let state = match outcome {
            Ok(differences) => CcuRestoreState::Completed { differences },
            Err(Stop::Failed(failure)) => CcuRestoreState::Failed(failure),
            Err(Stop::Interrupted { reason, hint }) => CcuRestoreState::Interrupted { reason, hint },
            Err(Stop::Unwritten(source)) => return Err(Unrecorded { record: Box::new(self.record), source }),
        };
        match self.write(self.record.step, state).await {
            Ok(()) => Ok(self.record),
            Err(source) => Err(Unrecorded { record: Box::new(self.record), source }),
        }
    }

    async fn write(&mut self, step: CcuRestoreStep, state: CcuRestoreState) -> Result<(), StoreError> {
        // Up to `apply` giving up is the safe way out. After it, it would leave the central with its services stopped.
        let attempts = if self.record.step >= CcuRestoreStep::Apply { ATTEMPTS } else { 1 };
        let updated_at = self.restore.clock.now();
        let record = CcuRestore { step, state, updated_at, ..self.record.clone() };
        for attempt in 1.. {
            match self.restore.restores.update_ccu_restore(&record).await {
                Ok(()) => break,
                Err(error) if attempt >= attempts => return Err(error),
                Err(_) => self.restore.pauses.pause(BETWEEN).await,
            }
        }
        self.restore.watch.restore_changed(&record);
        self.record = record;
        Ok(())
    }
}
