//! Jobs: work that outlasts a request, one at a time in each lane, with what became of it.
//!
//! Does NOT know what jobs do, and keeps nothing beyond the process. A job that cannot be finished leaves nothing:
//! dropping its future is its abort.

mod board;
mod body;
mod context;
mod job;
mod lane;

pub(crate) use body::{JobBody, JobProgressBody};
pub(crate) use context::JobContext;
pub(crate) use job::{Job, JobFailure, JobId, JobProgress, JobState};

use crate::events::EventHub;
use crate::telemetry::metrics::Metrics;
use board::Board;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use loom_domain::ports::{Clock, NoRandomness, Randomness};
use serde_json::Value;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// What a job gives in the end: facts for whoever asks, or why there are none.
pub(crate) type JobResult = Result<Value, JobFailure>;

type Work = BoxFuture<'static, JobResult>;

/// The daemon's jobs.
pub struct Jobs {
    board: Arc<Board>,
    runtime: Handle,
}

/// What is to be done. Jobs of one lane run one after the other, in the order they were started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobOrder {
    /// Word for what it does, such as `state_backup`; part of its topic.
    pub kind: &'static str,
    /// What it has to itself, such as `state` or `ccu:home`.
    pub lane: Arc<str>,
    /// What it works on, for people, such as the name of an archive.
    pub object: String,
}

/// Why a job was not taken. Fragments read after "failed to start: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JobRefused {
    /// No work is taken any more.
    #[error("the daemon is stopping")]
    Stopping,
    /// Too many jobs wait in this lane already.
    #[error("too many jobs are waiting\nhint: try again when they are done")]
    TooMany,
}

/// Why a job was not cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CancelRefused {
    /// There is no such job, or it is forgotten.
    #[error("there is no such job")]
    Unknown,
    /// It is over.
    #[error("the job has ended already")]
    Ended,
}

impl Jobs {
    /// No jobs yet. They run on `runtime`, whichever thread starts them.
    pub fn new(
        events: Arc<EventHub>,
        clock: Arc<dyn Clock>,
        randomness: &dyn Randomness,
        metrics: Metrics,
        runtime: Handle,
    ) -> Result<Self, NoRandomness> {
        let board = Arc::new(Board::new(events, clock, randomness, metrics)?);
        Ok(Self { board, runtime })
    }

    /// Takes a job; it runs at once if its lane is free. `work` is given what it reports progress to.
    pub fn start<W, F>(&self, order: JobOrder, work: W) -> Result<Job, JobRefused>
    where
        W: FnOnce(JobContext) -> F + Send + 'static,
        F: Future<Output = JobResult> + Send + 'static,
    {
        let board = Arc::clone(&self.board);
        let lane = Arc::clone(&order.lane);
        let (job, lane_was_idle) = self.board.queue(order, move |id| {
            // Made when it begins: a job that never begins does nothing.
            let context = JobContext::new(board, id);
            async move { work(context).await }.boxed()
        })?;
        if lane_was_idle {
            self.runtime.spawn(lane::run(Arc::clone(&self.board), lane));
        }
        Ok(job)
    }

    /// Every job that is remembered, newest first: all that wait and run, and the newest that ended.
    pub fn list(&self) -> Vec<Job> {
        self.board.list()
    }

    /// What waits or runs in a lane, oldest first.
    pub fn open_in(&self, lane: &str) -> Vec<Job> {
        self.board.open_in(lane)
    }

    /// One job.
    pub fn find(&self, id: &str) -> Option<Job> {
        self.board.find(id)
    }

    /// Cancels a job for the reason `why` and waits until it is over. It may have completed in that moment: look.
    pub async fn cancel(&self, id: &str, why: JobFailure) -> Result<(), CancelRefused> {
        self.board.cancel(id, why)?;
        self.board.end_of(id).await;
        Ok(())
    }

    /// Ends all work: no new jobs, those that wait fail, those that run may finish within `deadline` and are dropped then.
    pub async fn stop(&self, deadline: Duration) {
        self.board.refuse_work();
        if tokio::time::timeout(deadline, self.board.idle()).await.is_err() {
            self.board.abort_running();
            self.board.idle().await;
        }
    }
}

#[cfg(test)]
mod tests;
