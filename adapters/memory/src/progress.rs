//! Progress that is written down.
//!
//! Does NOT show anything.

use loom_domain::ports::{Progress, Stage};
use std::sync::{Mutex, PoisonError};

/// Keeps every report in the order it came.
#[derive(Debug, Default)]
pub struct MemoryProgress(Mutex<Vec<Report>>);

/// One report of progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A stage began.
    Began {
        /// Which.
        stage: Stage,
        /// On what.
        object: String,
        /// Bytes it will come to, where known.
        total_bytes: Option<u64>,
    },
    /// So many bytes of the stage were done.
    Reached(u64),
}

impl MemoryProgress {
    /// Everything reported so far.
    pub fn reports(&self) -> Vec<Report> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn keep(&self, report: Report) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(report);
    }
}

impl Progress for MemoryProgress {
    fn begin(&self, stage: Stage, object: &str, total_bytes: Option<u64>) {
        self.keep(Report::Began { stage, object: object.to_owned(), total_bytes });
    }

    fn reached(&self, bytes: u64) {
        self.keep(Report::Reached(bytes));
    }
}
