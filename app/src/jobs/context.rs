//! What a job is given: its name, and where it tells how far it is.
//!
//! Does NOT decide how often that is published (`board`).

use super::JobId;
use super::board::Board;
use loom_domain::ports::{Progress, Stage};
use std::sync::Arc;

/// A job's view of itself. Clones are the same job.
#[derive(Clone)]
pub struct JobContext {
    board: Arc<Board>,
    id: JobId,
}

impl JobContext {
    pub(super) fn new(board: Arc<Board>, id: JobId) -> Self {
        Self { board, id }
    }

    /// Its name.
    pub fn id(&self) -> &JobId {
        &self.id
    }

    /// Where progress is reported; anybody may do so from any thread.
    pub fn progress(&self) -> Arc<dyn Progress> {
        Arc::new(self.clone())
    }
}

impl Progress for JobContext {
    fn begin(&self, stage: Stage, object: &str, total_bytes: Option<u64>) {
        self.board.stage_began(&self.id, stage, object, total_bytes);
    }

    fn reached(&self, bytes: u64) {
        self.board.reached(&self.id, bytes);
    }
}
