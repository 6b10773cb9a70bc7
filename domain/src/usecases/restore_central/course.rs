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
    held: bool,
}

impl<'a> Course<'a> {
    pub(super) fn new(restore: &'a RestoreCentral, record: CcuRestore) -> Self {
        Self { restore, record, held: false }
    }

    /// A course whose record stays at its step until it is completed: what only that step tells must outlast every end of
    /// the daemon.
    pub(super) fn held(restore: &'a RestoreCentral, record: CcuRestore) -> Self {
        Self { held: true, ..Self::new(restore, record) }
    }

    /// Writes down that `step` is taken now. A step on record never goes back: what is repeated changes nothing.
    pub(super) async fn enter(&mut self, step: CcuRestoreStep) -> Result<(), Stop> {
        let step = if self.held { self.record.step } else { self.record.step.max(step) };
        self.write(step, CcuRestoreState::Running).await.map_err(Stop::Unwritten)
    }

    /// Writes down how it ended.
    pub(super) async fn end(mut self, outcome: Result<Vec<String>, Stop>) -> Result<CcuRestore, Unrecorded> {
        let (step, state) = match outcome {
            Ok(differences) => (CcuRestoreStep::DropCaches, CcuRestoreState::Completed { differences }),
            Err(Stop::Failed(failure)) => (self.record.step, CcuRestoreState::Failed(failure)),
            Err(Stop::Interrupted { reason, hint }) => {
                (self.record.step, CcuRestoreState::Interrupted { reason, hint })
            }
            Err(Stop::Unwritten(source)) => return Err(Unrecorded { record: Box::new(self.record), source }),
        };
        match self.write(step, state).await {
            Ok(()) => Ok(self.record),
            Err(source) => Err(Unrecorded { record: Box::new(self.record), source }),
        }
    }

    async fn write(&mut self, step: CcuRestoreStep, state: CcuRestoreState) -> Result<(), StoreError> {
        // Up to `apply` giving up is the safe way out. After it, it would leave the central with its services stopped.
        let attempts = if self.record.step >= CcuRestoreStep::Apply { ATTEMPTS } else { 1 };
        let updated_at =
            if self.is_same_moment(step, &state) { self.record.updated_at } else { self.restore.clock.now() };
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

    /// Whether the moment on record still is the one to compare a restart of the central with.
    fn is_same_moment(&self, step: CcuRestoreStep, state: &CcuRestoreState) -> bool {
        let goes_on = matches!(state, CcuRestoreState::Running | CcuRestoreState::Interrupted { .. });
        goes_on && step == self.record.step && matches!(step, CcuRestoreStep::Apply | CcuRestoreStep::Restart)
    }
}
