//! Proves that a rotation which leaves something to be brought to its end is told by the health.
//!
//! Does NOT repeat what a rotation does (`usecases::rotate_key`).

use super::*;
use loom_adapter_memory::{MemoryClock, MemoryKeyPlaces, MemoryRandomness, MemoryStateStore, MemoryWrapping};
use loom_domain::ports::{OldKeyFate, SwitchOrder};
use loom_domain::secret::{MasterKey, Wrapper};

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

async fn rotated(places: &MemoryKeyPlaces, target: KeyTarget) -> (JobResult, Vec<Status>) {
    let clock = Arc::new(MemoryClock::new("2026-11-23T12:00:00Z".parse().unwrap()));
    rotated_with(&Health::new(clock), places, target).await
}

async fn rotated_with(
    health: &Health,
    places: &MemoryKeyPlaces,
    target: KeyTarget,
) -> (JobResult, Vec<Status>) {
    let clock = Arc::new(MemoryClock::new("2026-11-23T12:00:00Z".parse().unwrap()));
    let rotate = RotateKey {
        keys: Arc::new(places.clone()),
        switch: Arc::new(places.clone()),
        old: Arc::new(places.clone()),
        resealing: Arc::new(MemoryStateStore::new()),
        randomness: Arc::new(MemoryRandomness::default()),
        clock,
        held: None,
    };
    let actor = Actor::anonymous("test");
    let order = RotateOrder { target, new_key: None, leave_unreadable: false, actor };
    let result = carry_out(Arc::new(|| Ok(Box::new(()))), rotate, order, health).await;
    (result, health.look().1.into_iter().map(|component| component.status).collect())
}

#[tokio::test]
async fn a_change_that_waits_degrades_the_health_and_tells_the_way_out() {
    let kms = MemoryWrapping::new(key(99), Arc::new(MemoryRandomness::default()));
    let places = MemoryKeyPlaces::new(Some(key(1)), kms);
    let nothing_waits = rotated(&places, KeyTarget::Wrapped(Wrapper::Pkcs11)).await;
    assert!(nothing_waits.1.is_empty(), "{nothing_waits:?}");
    assert_eq!(nothing_waits.0.unwrap_err().failure, Some("key"));
    let begun_at = "2026-11-23T11:00:00Z".parse().unwrap();
    let order =
        SwitchOrder { from: key(1).fingerprint(), target: KeyTarget::File, old: OldKeyFate::Kept, begun_at };
    places.stage(&key(2), &order).await.unwrap();
    let (failed, health) = rotated(&places, KeyTarget::File).await;
    assert_eq!(failed.unwrap_err().hint.as_deref(), Some(WAITS));
    assert_eq!(health, [Status::Degraded]);
}

#[tokio::test]
async fn a_change_that_succeeds_after_one_that_waited_makes_the_health_good_again() {
    let kms = MemoryWrapping::new(key(99), Arc::new(MemoryRandomness::default()));
    let places = MemoryKeyPlaces::new(Some(key(1)), kms);
    let health = Health::new(Arc::new(MemoryClock::new("2026-11-23T12:00:00Z".parse().unwrap())));
    health.hold(SECRETS, Status::Degraded, Some(("key_change_interrupted", "it waits".to_owned())));
    let (changed, statuses) = rotated_with(&health, &places, KeyTarget::File).await;
    assert!(changed.is_ok(), "{changed:?}");
    assert_eq!(statuses, [Status::Healthy]);
}
