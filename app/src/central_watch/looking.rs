//! Looking at centrals, each when its turn has come, and having its devices read when that is due.
//!
//! Does NOT log in, and does NOT read devices (`refreshing`).

use super::seen::RefreshState;
use super::status::Trouble;
use super::{Inner, SHORTEST_INTERVAL, refreshing};
use loom_domain::central::CentralName;
use std::sync::Arc;
use std::time::Instant;

impl Inner {
    /// Looks at every central whose turn it is.
    pub(super) async fn round(self: &Arc<Self>) {
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
        let claimed = seen.is_due(Instant::now(), interval);
        seen.being_looked_at |= claimed;
        claimed
    }

    async fn look(self: &Arc<Self>, name: &CentralName) {
        let outcome = match self.gateways.reach(name).await {
            Ok(reached) => reached.gateway.is_ready().await.map_err(Trouble::from),
            Err(error) => Err(Trouble::from(error)),
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
        let job = refresh.job.as_ref().and_then(|id| self.jobs.find(id));
        let interval = self.config.current().duration("reliability.refresh_interval");
        refresh.is_due(Instant::now(), interval, job.is_some_and(|job| !job.has_ended()))
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
