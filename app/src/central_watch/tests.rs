//! What the watch promises to whoever asks how the centrals are.

use super::*;
use crate::health::{self, Component, Status};
use crate::telemetry::metrics::Metrics;
use loom_adapter_memory::{MemoryCcus, MemoryClock, MemoryRandomness, MemoryStateStore};
use serde_json::Value;
use tokio::runtime::Handle;

#[tokio::test]
async fn a_report_counts_only_as_long_as_the_watch_goes_on() {
    let clock = MemoryClock::new("2026-06-08T12:00:00Z".parse().unwrap());
    let told: Arc<dyn Clock> = Arc::new(clock.clone());
    let store = Arc::new(MemoryStateStore::new());
    let config = Arc::new(LiveConfig::load(Value::Null, BTreeMap::new(), store.clone()).await.unwrap());
    let environment: crate::wire::Environment = Arc::new(|_: &str| None);
    let ccus = Arc::new(MemoryCcus::new());
    let gateways = Arc::new(CentralGateways::new(Some(ccus), store.clone(), environment, config.clone()));
    let events = Arc::new(EventHub::new(64, told.clone()));
    let metrics = Metrics::new(told.clone());
    let randomness = MemoryRandomness::default();
    let jobs = Jobs::new(events.clone(), told.clone(), &randomness, metrics, Handle::current()).unwrap();
    let health = Arc::new(Health::new(told.clone()));
    let ports = CentralWatchPorts {
        centrals: store.clone(),
        interfaces: store.clone(),
        devices: store.clone(),
        paramsets: store,
        clock: told,
    };
    let watch = CentralWatch::new(ports, gateways, config, events, health.clone(), Arc::new(jobs));
    let status = || health.look().1.first().map(|Component { name, status, .. }| (*name, *status));

    watch.inner.round().await;
    assert_eq!(status(), Some((health::CENTRALS, Status::Healthy)));
    clock.set("2026-06-08T12:02:00Z".parse().unwrap());
    assert_eq!(status(), Some((health::CENTRALS, Status::Unknown)));
    watch.inner.round().await;
    assert_eq!(status(), Some((health::CENTRALS, Status::Healthy)));
}

#[test]
fn rounds_come_often_enough_for_the_report_to_stay_fresh_however_rare_the_looks() {
    for interval in [Duration::ZERO, Duration::from_secs(10), Duration::from_secs(300), Duration::MAX] {
        let pause = until_next_round(interval);
        assert!(pause >= SHORTEST_INTERVAL && 2 * pause < health::FRESH_FOR, "{pause:?}");
    }
}
