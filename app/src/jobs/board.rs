//! The board: every job that is remembered, which lane is at what, and who is told of each change.
//!
//! Does NOT run jobs (`lane`).

use super::body::JobBody;
use super::job::{Job, JobFailure, JobId, JobProgress, JobState};
use super::lane::STOPPING;
use super::{CancelRefused, JobOrder, JobRefused, JobResult, Work};
use crate::events::{EventHub, Kind};
use crate::telemetry::metrics::{JobOutcome, Metrics, RunningJob};
use crate::telemetry::traces::Origin;
use loom_domain::ports::{Clock, NoRandomness, Randomness, Stage};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How many jobs are remembered.
const MOST_REMEMBERED: usize = 200;
/// How many jobs may wait in one lane.
const MOST_WAITING: usize = 32;
/// Progress of one job is published no more often than this.
const BETWEEN_PROGRESS: Duration = Duration::from_millis(250);

/// All jobs of a daemon.
pub(super) struct Board {
    events: Arc<EventHub>,
    clock: Arc<dyn Clock>,
    metrics: Metrics,
    /// Tells this life of the daemon from others in the names of jobs.
    life: u32,
    entries: Mutex<Entries>,
    /// How many lanes are at work.
    busy: watch::Sender<usize>,
    /// How many jobs ended.
    endings: watch::Sender<u64>,
}

#[derive(Default)]
struct Entries {
    jobs: BTreeMap<JobId, Entry>,
    lanes: BTreeMap<Arc<str>, Lane>,
    newest_millis: u64,
    stopping: bool,
    aborting: bool,
}

struct Entry {
    job: Job,
    lane: Arc<str>,
    published_at: Option<Instant>,
    counted: Option<RunningJob>,
    /// Why it was cancelled.
    cancelled: Option<JobFailure>,
}

/// A lane that is at work.
#[derive(Default)]
struct Lane {
    waiting: VecDeque<Waiting>,
    running: Option<(JobId, AbortHandle)>,
}

struct Waiting {
    id: JobId,
    origin: Origin,
    work: Box<dyn FnOnce() -> Work + Send>,
}

/// A job whose turn it is.
pub(super) struct Begun {
    pub(super) id: JobId,
    pub(super) kind: &'static str,
    /// Where it was asked for.
    pub(super) origin: Origin,
    pub(super) work: Work,
}

impl Board {
    pub(super) fn new(
        events: Arc<EventHub>,
        clock: Arc<dyn Clock>,
        randomness: &dyn Randomness,
        metrics: Metrics,
    ) -> Result<Self, NoRandomness> {
        let mut life = [0; 16];
        randomness.fill(&mut life)?;
        let life = u32::from_le_bytes([life[0], life[1], life[2], life[3]]);
        Ok(Self {
            events,
            clock,
            metrics,
            life,
            entries: Mutex::default(),
            busy: watch::Sender::new(0),
            endings: watch::Sender::new(0),
        })
    }

    /// Takes a job; says whether its lane has to be set to work. `work` makes its future.
    pub(super) fn queue(
        &self,
        order: JobOrder,
        work: impl FnOnce(JobId) -> Work + Send + 'static,
    ) -> Result<(Job, bool), JobRefused> {
        let mut entries = self.lock();
        if entries.stopping {
            return Err(JobRefused::Stopping);
        }
        let waiting = entries.lanes.get(&order.lane).map_or(0, |lane| lane.waiting.len());
        if waiting >= MOST_WAITING {
            return Err(JobRefused::TooMany);
        }
        let queued_at = self.clock.now();
        // One more than the one before where the clock stands still or was set back.
        let millis = u64::try_from(queued_at.as_millisecond()).unwrap_or(0).max(entries.newest_millis + 1);
        entries.newest_millis = millis;
        let id = JobId::new(millis, self.life);
        let job = Job {
            id: id.clone(),
            kind: order.kind,
            object: order.object,
            state: JobState::Queued,
            progress: None,
            result: None,
            failure: None,
            queued_at,
            started_at: None,
            ended_at: None,
        };
        let was_idle = !entries.lanes.contains_key(&order.lane);
        let of_job = id.clone();
        let lane = entries.lanes.entry(Arc::clone(&order.lane)).or_default();
        let work = Box::new(move || work(of_job));
        lane.waiting.push_back(Waiting { id: id.clone(), origin: Origin::here(), work });
        if was_idle {
            self.busy.send_modify(|busy| *busy += 1);
        }
        tracing::info!(job_id = %id, kind = job.kind, object = %job.object, "job queued");
        self.publish(&job, "JobQueued");
        let entry =
            Entry { job: job.clone(), lane: order.lane, published_at: None, counted: None, cancelled: None };
        entries.jobs.insert(id, entry);
        entries.forget_the_oldest();
        Ok((job, was_idle))
    }

    /// Begins the next job of a lane; `None` ends the lane.
    pub(super) fn begin_next(&self, lane: &str) -> Option<Begun> {
        let mut entries = self.lock();
        let Entries { jobs, lanes, .. } = &mut *entries;
        let next = lanes.get_mut(lane).and_then(|lane| lane.waiting.pop_front());
        // What waits is never forgotten, so a job that has its turn is among those remembered.
        let next = next.and_then(|next| Some((jobs.get_mut(&next.id)?, next)));
        let Some((entry, Waiting { origin, work, .. })) = next else {
            lanes.remove(lane);
            self.busy.send_modify(|busy| *busy -= 1);
            return None;
        };
        entry.job.state = JobState::Running;
        entry.job.started_at = Some(self.clock.now());
        entry.counted = Some(self.metrics.job_began(entry.job.kind));
        self.publish_progress(entry);
        Some(Begun { id: entry.job.id.clone(), kind: entry.job.kind, origin, work: work() })
    }

    /// Remembers how to abort what a lane runs.
    pub(super) fn running(&self, lane: &str, id: &JobId, abort: AbortHandle) {
        let mut entries = self.lock();
        let cancelled = entries.jobs.get(id).is_some_and(|entry| entry.cancelled.is_some());
        if entries.aborting || cancelled {
            abort.abort();
        }
        if let Some(lane) = entries.lanes.get_mut(lane) {
            lane.running = Some((id.clone(), abort));
        }
    }

    /// Ends a job that waits, or begins to end one that runs.
    pub(super) fn cancel(&self, id: &str, why: JobFailure) -> Result<(), CancelRefused> {
        let mut entries = self.lock();
        let Entries { jobs, lanes, .. } = &mut *entries;
        let entry = jobs.get_mut(id).ok_or(CancelRefused::Unknown)?;
        if entry.job.has_ended() {
            return Err(CancelRefused::Ended);
        }
        let lane = lanes.get_mut(&entry.lane);
        let mut waited = None;
        if let Some(lane) = lane {
            let place = lane.waiting.iter().position(|waiting| waiting.id.as_str() == id);
            waited = place.and_then(|place| lane.waiting.remove(place));
            if let Some((running, abort)) = &lane.running
                && running.as_str() == id
            {
                abort.abort();
            }
        }
        match &waited {
            Some(_) => self.end(entry, Err(why)),
            None => entry.cancelled = Some(why),
        }
        drop(entries);
        // What a job brought along may look at the board when it goes.
        drop(waited);
        Ok(())
    }

    /// Waits until a job has ended or is forgotten.
    pub(super) async fn end_of(&self, id: &str) {
        let mut endings = self.endings.subscribe();
        let ended = |_: &u64| self.find(id).is_none_or(|job| job.has_ended());
        // The sender is held here, so this cannot fail.
        _ = endings.wait_for(ended).await;
    }

    /// The result of a job that is to end, with the words of whoever cancelled it.
    pub(super) fn explained(&self, id: &JobId, result: JobResult, outcome: JobOutcome) -> JobResult {
        let why = self.lock().jobs.get_mut(id).and_then(|entry| entry.cancelled.take());
        match (why, outcome) {
            (Some(why), JobOutcome::Cancelled) => Err(why),
            _ => result,
        }
    }

    pub(super) fn ended(&self, id: &JobId, result: JobResult, outcome: JobOutcome) {
        let mut entries = self.lock();
        if let Some(entry) = entries.jobs.get_mut(id) {
            self.end(entry, result);
            if let Some(counted) = entry.counted.take() {
                counted.ended(outcome);
            }
        }
        drop(entries);
        self.endings.send_modify(|count| *count = count.wrapping_add(1));
    }

    pub(super) fn stage_began(&self, id: &JobId, stage: Stage, object: &str, total_bytes: Option<u64>) {
        let object = object.to_owned();
        self.progress(id, |progress| {
            *progress = Some(JobProgress { stage, object, done_bytes: 0, total_bytes })
        });
    }

    pub(super) fn reached(&self, id: &JobId, bytes: u64) {
        self.progress(id, |progress| {
            if let Some(progress) = progress {
                progress.done_bytes = bytes;
            }
        });
    }

    pub(super) fn list(&self) -> Vec<Job> {
        self.lock().jobs.values().rev().map(|entry| entry.job.clone()).collect()
    }

    /// What waits or runs in a lane, oldest first.
    pub(super) fn open_in(&self, lane: &str) -> Vec<Job> {
        let entries = self.lock();
        let open = entries.jobs.values().filter(|entry| &*entry.lane == lane && !entry.job.has_ended());
        open.map(|entry| entry.job.clone()).collect()
    }

    pub(super) fn find(&self, id: &str) -> Option<Job> {
        self.lock().jobs.get(id).map(|entry| entry.job.clone())
    }

    /// Takes no work any more, and fails what waits.
    pub(super) fn refuse_work(&self) {
        let mut entries = self.lock();
        entries.stopping = true;
        let waiting: Vec<_> =
            entries.lanes.values_mut().flat_map(|lane| std::mem::take(&mut lane.waiting)).collect();
        for Waiting { id, .. } in &waiting {
            if let Some(entry) = entries.jobs.get_mut(id) {
                tracing::warn!(job_id = %id, reason = STOPPING, "job failed");
                self.end(entry, Err(JobFailure::new(STOPPING)));
            }
        }
        drop(entries);
        // What a job brought along may look at the board when it goes.
        drop(waiting);
    }

    /// Drops what runs.
    pub(super) fn abort_running(&self) {
        let mut entries = self.lock();
        entries.aborting = true;
        entries.lanes.values().filter_map(|lane| lane.running.as_ref()).for_each(|(_, abort)| abort.abort());
    }

    /// Waits until no lane is at work.
    pub(super) async fn idle(&self) {
        // The sender is held here, so this cannot fail.
        _ = self.busy.subscribe().wait_for(|busy| *busy == 0).await;
    }

    fn progress(&self, id: &JobId, change: impl FnOnce(&mut Option<JobProgress>)) {
        let mut entries = self.lock();
        let Some(entry) = entries.jobs.get_mut(id).filter(|entry| entry.job.state == JobState::Running)
        else {
            return;
        };
        change(&mut entry.job.progress);
        if entry.published_at.is_none_or(|at| at.elapsed() >= BETWEEN_PROGRESS) {
            self.publish_progress(entry);
        }
    }

    fn publish_progress(&self, entry: &mut Entry) {
        entry.published_at = Some(Instant::now());
        self.publish(&entry.job, "JobProgress");
    }

    fn end(&self, entry: &mut Entry, result: JobResult) {
        let job = &mut entry.job;
        job.ended_at = Some(self.clock.now());
        let event = match result {
            Ok(result) => {
                job.state = JobState::Completed;
                job.result = Some(result);
                "JobCompleted"
            }
            Err(failure) => {
                job.state = JobState::Failed;
                job.failure = Some(failure);
                "JobFailed"
            }
        };
        self.publish(job, event);
    }

    /// Under the lock of the entries, so that events come in the order of what they tell.
    fn publish(&self, job: &Job, event: &str) {
        // Texts, numbers and JSON values always have a JSON form.
        let payload = serde_json::to_value(JobBody::from(job)).unwrap_or_default();
        self.events.publish(&job.topic(), Kind::Change, event, &payload);
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Nothing panics between two changes that belong together.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn forget_the_oldest(&mut self) {
        while self.jobs.len() > MOST_REMEMBERED {
            let oldest = self.jobs.iter().find(|(_, entry)| entry.job.has_ended());
            let Some((oldest, _)) = oldest.map(|(id, entry)| (id.clone(), entry)) else { break };
            self.jobs.remove(&oldest);
        }
    }
}
