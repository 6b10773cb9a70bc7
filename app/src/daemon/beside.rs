//! What the daemon does beside requests and jobs: it watches the centrals, and takes in files of backups that nobody knows.
//!
//! Each is a task of its own, so that none ends with another. Does NOT do the work itself.

use crate::health::{self, Health, Status};
use crate::http::ApiState;
use futures_util::FutureExt;
use loom_domain::ports::StoredSbk;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Begins all of it. What still runs ends when the set is dropped.
pub(super) fn begin(
    state: &Arc<ApiState>,
    strays: Vec<StoredSbk>,
    stopping: watch::Receiver<bool>,
) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let of = Arc::clone(state);
    tasks.spawn(async move {
        survives("ccu_backups", take_in(&of, strays)).await;
    });
    let of = Arc::clone(state);
    tasks.spawn(async move { watch_centrals(&of.health, of.central_watch.run(stopping)).await });
    tasks
}

async fn take_in(state: &ApiState, strays: Vec<StoredSbk>) {
    let centrals = state.roles.centrals.list_centrals().await.unwrap_or_else(|error| {
        tracing::error!(%error, "the centrals cannot be listed");
        Vec::new()
    });
    let names: Vec<_> = centrals.into_iter().map(|central| central.name).collect();
    state.ccu_backups.adopt(strays, &names).await;
}

async fn watch_centrals(health: &Health, watch: impl Future<Output = ()>) {
    if !survives("centrals", watch).await {
        let words = "nobody looks after the centrals any more; restart the daemon".to_owned();
        health.hold(health::CENTRALS, Status::Unhealthy, Some(("central_watch_ended", words)));
    }
}

/// Whether `work` comes to its end. A panic is told here, for nobody waits for it.
async fn survives(part: &'static str, work: impl Future<Output = ()>) -> bool {
    let survived = AssertUnwindSafe(work).catch_unwind().await.is_ok();
    if !survived {
        tracing::error!(part, "a part of the daemon broke off");
    }
    survived
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_adapter_memory::MemoryClock;

    #[tokio::test]
    async fn a_watch_that_breaks_off_is_told_to_whoever_asks_for_the_health() {
        let clock = Arc::new(MemoryClock::new("2026-06-08T12:00:00Z".parse().unwrap()));
        let health = Health::new(clock);
        health.report(health::CENTRALS, Status::Healthy, None);
        watch_centrals(&health, async {}).await;
        assert_eq!(health.look().0, Status::Healthy);
        watch_centrals(&health, async { panic!("on purpose") }).await;
        let (worst, parts) = health.look();
        assert_eq!((worst, parts[0].note_key), (Status::Unhealthy, Some("central_watch_ended")));
    }
}
