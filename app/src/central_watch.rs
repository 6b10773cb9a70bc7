//! The watch over the centrals: which of them can be reached, and what hangs on them.
//!
//! Looks at each enabled central from time to time without logging in, and has its devices read when it appears, on a slow
//! schedule, and when it is asked to. Does NOT take or restore backups.

mod looking;
mod refreshing;
mod seen;
mod status;
mod telling;

pub(crate) use status::{CentralStatus, CentralStatusBody, CentralStatusWord};

use crate::central_gateways::{CentralGatewayError, CentralGateways};
use crate::events::EventHub;
use crate::health::Health;
use crate::jobs::{Job, JobRefused, Jobs};
use crate::live_config::LiveConfig;
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::{Centrals, Clock, Devices, Interfaces, Paramsets, StoreError};
use loom_domain::usecases::RefreshMode;
use seen::Seen;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};

/// Word for the jobs that read the devices of a central.
pub(crate) const REFRESH_JOB: &str = "ccu_refresh";
/// How many centrals are looked at at once.
const LOOKS_AT_ONCE: usize = 16;
/// How many centrals have their devices read at once.
const REFRESHES_AT_ONCE: usize = 8;
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
    fn status(&self, central: &Central) -> CentralStatus {
        if !central.enabled {
            return CentralStatus { word: CentralStatusWord::Disabled, ..CentralStatus::default() };
        }
        self.lock().get(&central.name).map(|seen| seen.status.clone()).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CentralName, Seen>> {
        // Each use makes one change.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// However rarely centrals are looked at, the report on the watch itself may not grow old.
fn until_next_round(interval: Duration) -> Duration {
    interval.clamp(SHORTEST_INTERVAL, REPORT_EVERY)
}

#[cfg(test)]
mod tests;
