//! The watch over the centrals: which of them can be reached, and what hangs on them.
//!
//! Looks at each enabled central from time to time without logging in, and has its devices read when it appears, on a slow
//! schedule, and when it is asked to. Does NOT take or restore backups.

mod refreshing;
mod status;

pub use status::{CentralStatus, CentralStatusBody, CentralStatusWord, InterfaceStatus};

use crate::central_gateways::{CentralGatewayError, CentralGateways};
use crate::events::{EventHub, Kind};
use crate::health::{self, Health, Status};
use crate::jobs::{Job, JobRefused, Jobs};
use crate::live_config::LiveConfig;
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::{Centrals, Clock, Devices, Interfaces, Paramsets, StoreError};
use loom_domain::usecases::{RefreshMemory, RefreshMode};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, watch};

/// Word for the jobs that read the devices of a central.
pub const REFRESH_JOB: &str = "ccu_refresh";
/// How many centrals are looked at at once.
const LOOKS_AT_ONCE: usize = 16;
/// How many centrals have their devices read at once.
const REFRESHES_AT_ONCE: usize = 8;
/// Pause before a refresh that failed or stayed incomplete is tried again, at first; it doubles up to the usual interval.
const REFRESH_RETRY: Duration = Duration::from_secs(60);
/// A central that does not let us in is asked again after this, unless something changes: more logins with the same
/// password are pointless, and seen by whoever looks after it.
const LOCKED_OUT_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Health forgets what nobody reports for longer.
const REPORT_EVERY: Duration = Duration::from_secs(30);
const SHORTEST_INTERVAL: Duration = Duration::from_millis(50);

/// What the cache of devices is kept in.
#[derive(Clone)]
pub struct CentralWatchPorts {
    /// The configured centrals.
    pub centrals: Arc<dyn Centrals>,
    /// What is remembered of interfaces.
    pub interfaces: Arc<dyn Interfaces>,
    /// Their devices.
    pub devices: Arc<dyn Devices>,
    /// And paramsets.
    pub paramsets: Arc<dyn Paramsets>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// The watch.
pub struct CentralWatch {
    inner: Arc<Inner>,
}

struct Inner {
    ports: CentralWatchPorts,
    gateways: Arc<CentralGateways>,
    config: Arc<LiveConfig>,
    events: Arc<EventHub>,
    health: Arc<Health>,
    jobs: Arc<Jobs>,
    seen: Mutex<BTreeMap<CentralName, Seen>>,
    wake: Notify,
    looks: Semaphore,
    refreshes: Semaphore,
}

/// What is known of one central.
#[derive(Default)]
struct Seen {
    status: CentralStatus,
    looked_at: Option<Instant>,
    being_looked_at: bool,
    /// Whether it was away when somebody looked last.
    away: bool,
    refresh: RefreshState,
    memory: Arc<tokio::sync::Mutex<RefreshMemory>>,
}

/// When the devices of a central were and shall be read.
#[derive(Default)]
struct RefreshState {
    done_at: Option<Instant>,
    failed: Option<(Instant, u32)>,
    /// Since when it does not let us in, and how it said so.
    locked_out: Option<(Instant, status::Trouble)>,
    wanted: bool,
    job: Option<String>,
}

/// Why a central is not looked at. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CentralWatchError {
    /// It cannot be tried.
    #[error(transparent)]
    Gateway(#[from] CentralGatewayError),
    /// No job is taken.
    #[error(transparent)]
    Refused(#[from] JobRefused),
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CentralWatch {
    /// A watch that has not looked yet.
    pub fn new(
        ports: CentralWatchPorts,
        gateways: Arc<CentralGateways>,
        config: Arc<LiveConfig>,
        events: Arc<EventHub>,
        health: Arc<Health>,
        jobs: Arc<Jobs>,
    ) -> Self {
        let looks = Semaphore::new(LOOKS_AT_ONCE);
        let refreshes = Semaphore::new(REFRESHES_AT_ONCE);
        let (seen, wake) = (Mutex::default(), Notify::new());
        Self {
            inner: Arc::new(Inner {
                ports,
                gateways,
                config,
                events,
                health,
                jobs,
                seen,
                wake,
                looks,
                refreshes,
            }),
        }
    }

    /// Watches until the daemon stops.
    pub async fn run(&self, mut stopping: watch::Receiver<bool>) {
        if !self.inner.gateways.is_on() {
            return;
        }
        loop {
            self.inner.round().await;
            let interval = self.inner.config.current().duration("reliability.status_interval");
            tokio::select! {
                () = tokio::time::sleep(until_next_round(interval)) => {}
                () = self.inner.wake.notified() => {}
                _ = stopping.wait_for(|stopping| *stopping) => break,
            }
        }
    }

    /// How every configured central is doing, by name.
    pub async fn list(&self) -> Result<Vec<(Central, CentralStatus)>, StoreError> {
        let centrals = self.inner.ports.centrals.list_centrals().await?;
        Ok(centrals.into_iter().map(|central| (central.clone(), self.inner.status(&central))).collect())
    }

    /// How one configured central is doing.
    pub async fn find(&self, name: &CentralName) -> Result<Option<CentralStatus>, StoreError> {
        let central = self.inner.ports.centrals.find_central(name).await?;
        Ok(central.map(|central| self.inner.status(&central)))
    }

    /// Has a central looked at, and its devices read, as soon as possible: it is not what it was.
    pub fn look_soon(&self, name: &CentralName) {
        if !self.inner.gateways.is_on() {
            return;
        }
        let mut seen = self.inner.lock();
        let seen = seen.entry(name.clone()).or_default();
        seen.looked_at = None;
        seen.refresh.wanted = true;
        // What failed then says nothing of now.
        seen.refresh.failed = None;
        seen.refresh.locked_out = None;
        self.inner.wake.notify_one();
    }

    /// Looks at the list of centrals again: it changed.
    pub fn centrals_changed(&self) {
        // Whoever did not let us in may do so now.
        self.inner.lock().values_mut().for_each(|seen| seen.refresh.locked_out = None);
        self.inner.wake.notify_one();
    }

    /// Begins to read the devices of a central now.
    pub async fn refresh(&self, name: &CentralName, mode: RefreshMode) -> Result<Job, CentralWatchError> {
        refreshing::start(&self.inner, name, mode).await
    }
}

impl Inner {
    /// Looks at every central whose turn it is.
    async fn round(self: &Arc<Self>) {
        let centrals = match self.ports.centrals.list_centrals().await {
            Ok(centrals) => centrals,
            Err(error) => return tracing::error!(%error, "the centrals cannot be listed"),
        };
        let enabled = centrals.into_iter().filter(|central| central.enabled).map(|central| central.name);
        let names: Vec<CentralName> = enabled.collect();
        self.gateways.keep_only(&names);
        // One that is disabled is nobody's trouble, and a stranger when it is enabled again.
        self.lock().retain(|name, _| names.contains(name));
        for name in names {
            if self.claim_look(&name) {
                let inner = Arc::clone(self);
                tokio::spawn(async move {
                    // Also when the look breaks off: a central must not be forgotten.
                    let _looked = Looked { inner: &inner, name: &name };
                    // The semaphore is never closed.
                    let _turn = inner.looks.acquire().await;
                    inner.look(&name).await;
                });
            }
        }
        self.report();
    }

    /// Marks a central as being looked at, if its turn has come.
    fn claim_look(&self, name: &CentralName) -> bool {
        let interval = self.config.current().duration("reliability.status_interval").max(SHORTEST_INTERVAL);
        let mut seen = self.lock();
        let seen = seen.entry(name.clone()).or_default();
        // A little early rather than a whole round late.
        let due = seen.looked_at.is_none_or(|at| at.elapsed() + interval / 10 >= interval);
        let claimed = due && !seen.being_looked_at;
        seen.being_looked_at |= claimed;
        claimed
    }

    async fn look(self: &Arc<Self>, name: &CentralName) {
        let outcome = match self.gateways.reach(name).await {
            Ok(reached) => reached.gateway.is_ready().await.map_err(status::Trouble::from),
            Err(error) => Err(status::Trouble::from(error)),
        };
        let now = self.ports.clock.now();
        let refresh = {
            let mut all = self.lock();
            let Some(seen) = all.get_mut(name) else { return };
            let before = seen.status.clone();
            let is_ready = outcome.is_ok();
            if is_ready && std::mem::take(&mut seen.away) {
                // Who was away may be another one now, and what failed meanwhile says nothing of now.
                seen.refresh.wanted = true;
                seen.refresh.failed = None;
            }
            seen.away = !is_ready;
            let in_good_terms = seen.refresh.failed.is_none() && seen.refresh.locked_out.is_none();
            seen.status.looked(now, outcome.as_ref().err(), in_good_terms);
            if let Some((_, trouble)) = seen.refresh.locked_out.as_ref().filter(|_| is_ready) {
                // It came back, and that is all that changed.
                seen.status.troubled(trouble);
            }
            self.publish_if_changed(name, &before, &seen.status);
            is_ready && self.refresh_is_due(&seen.refresh)
        };
        if let Err(trouble) = &outcome {
            tracing::debug!(central = %name, reason = %trouble, "central is not ready");
        }
        if refresh && let Err(error) = refreshing::start_when_due(self, name).await {
            tracing::warn!(central = %name, %error, "the devices of a central cannot be read");
        }
        self.report();
    }

    fn refresh_is_due(&self, refresh: &RefreshState) -> bool {
        if refresh.job.as_ref().and_then(|id| self.jobs.find(id)).is_some_and(|job| !job.has_ended()) {
            return false;
        }
        if refresh.locked_out.as_ref().is_some_and(|(since, _)| since.elapsed() < LOCKED_OUT_FOR) {
            return false;
        }
        let interval = self.config.current().duration("reliability.refresh_interval");
        if let Some((at, times)) = refresh.failed {
            let doubled = REFRESH_RETRY * 2_u32.saturating_pow(times.saturating_sub(1).min(16));
            return at.elapsed() >= doubled.min(interval.max(REFRESH_RETRY));
        }
        let old = refresh.done_at.is_none_or(|at| !interval.is_zero() && at.elapsed() >= interval);
        refresh.wanted || old
    }

    fn status(&self, central: &Central) -> CentralStatus {
        if !central.enabled {
            return CentralStatus { word: CentralStatusWord::Disabled, ..CentralStatus::default() };
        }
        self.lock().get(&central.name).map(|seen| seen.status.clone()).unwrap_or_default()
    }

    fn publish_if_changed(&self, name: &CentralName, before: &CentralStatus, now: &CentralStatus) {
        if !now.differs_from(before) {
            return;
        }
        tracing::info!(central = %name, state = now.word.as_str(), "central status changed");
        let body = CentralStatusBody::new(name, true, now).below_admin();
        // Texts, numbers and lists always have a JSON form.
        let payload = serde_json::to_value(body).unwrap_or_default();
        self.events.publish(&format!("centrals/{name}"), Kind::Change, "CentralStatusChanged", &payload);
    }

    /// Tells health which centrals do not answer.
    fn report(&self) {
        let away: BTreeSet<String> = {
            let seen = self.lock();
            let away = seen.iter().filter(|(_, seen)| seen.status.word.is_trouble());
            away.map(|(name, _)| name.to_string()).collect()
        };
        if away.is_empty() {
            return self.health.report(health::CENTRALS, Status::Healthy, None);
        }
        let names = away.into_iter().collect::<Vec<_>>().join(", ");
        let words = format!("not ready: {names}");
        self.health.report(health::CENTRALS, Status::Degraded, Some(("centrals_not_ready", words)));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CentralName, Seen>> {
        // Each use makes one change.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A look at a central; its end is noted however it ends.
struct Looked<'a> {
    inner: &'a Inner,
    name: &'a CentralName,
}

impl Drop for Looked<'_> {
    fn drop(&mut self) {
        if let Some(seen) = self.inner.lock().get_mut(self.name) {
            seen.being_looked_at = false;
            seen.looked_at = Some(Instant::now());
        }
    }
}

/// However rarely centrals are looked at, the report on the watch itself may not grow old.
fn until_next_round(interval: Duration) -> Duration {
    interval.clamp(SHORTEST_INTERVAL, REPORT_EVERY)
}

#[cfg(test)]
mod tests;
