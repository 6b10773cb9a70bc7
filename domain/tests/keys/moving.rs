//! Moves: the same key in another place.
//!
//! Does NOT rotate.

use crate::bed::{Bed, SECRETS, actor, key};
use crate::stuck::Stuck;
use loom_adapter_memory::{MemoryKeyPlaces, WrappingMood};
use loom_domain::ports::{
    KeyError, KeyProvider, KeySource, KeySwitch, KeyTarget, OldKeyFate, OldKeys, ResolvedKey, SwitchOrder,
};
use loom_domain::secret::{HeldKeys, Wrapper};
use loom_domain::usecases::{KeyRecovery, MoveKey, MoveKeyError, MoveOrder, RecoverKeySwitch};
use std::sync::Arc;

const KMS: KeyTarget = KeyTarget::Wrapped(Wrapper::Kms);

fn moving(bed: &Bed) -> MoveKey {
    MoveKey {
        keys: Arc::new(bed.places.clone()),
        switch: Arc::new(bed.places.clone()),
        resealing: bed.store.clone(),
        audit: bed.audit(),
    }
}

fn to(target: KeyTarget) -> MoveOrder {
    MoveOrder { target, leave_unreadable: false, actor: actor() }
}

/// A key that was left in the environment, and opens nothing.
fn forgotten() -> Arc<HeldKeys> {
    let source = KeySource::Environment("OPENCCU_LOOM_SECRET_KEY".to_owned());
    Arc::new(HeldKeys::new(Some(ResolvedKey { key: key(7), source })))
}

#[tokio::test]
async fn a_key_that_gets_no_new_place_stays_and_nothing_waits() {
    let bed = Bed::full().await;
    let source = KeySource::Environment("OPENCCU_LOOM_SECRET_KEY".to_owned());
    let outside: Arc<dyn KeyProvider> = Arc::new(HeldKeys::new(Some(ResolvedKey { key: key(1), source })));
    let nowhere = MemoryKeyPlaces::new(None, bed.kms.clone());
    for (keys, places) in
        [(Arc::new(bed.places.clone()) as Arc<dyn KeyProvider>, &bed.places), (outside, &nowhere)]
    {
        let entries = places.entries();
        let moving = MoveKey { keys, switch: Arc::new(Stuck(places.clone())), ..moving(&bed) };
        let refused = moving.run(&to(KMS)).await.unwrap_err();
        assert!(matches!(refused, MoveKeyError::Key(KeyError::NotStored { .. })), "{refused:?}");
        assert_eq!((places.pending().await.unwrap(), places.entries()), (None, entries));
    }
}

#[tokio::test]
async fn a_killed_move_that_gets_no_new_place_waits_only_where_its_key_lies_nowhere_else() {
    let bed = Bed::full().await;
    let nowhere = MemoryKeyPlaces::new(None, bed.kms.clone());
    let begun_at = "2026-11-23T12:00:00Z".parse().unwrap();
    let order = SwitchOrder { from: key(1).fingerprint(), target: KMS, old: OldKeyFate::Removed, begun_at };
    for (places, stays) in [(&bed.places, true), (&nowhere, false)] {
        places.stage(&key(1), &order).await.unwrap();
        let recover = RecoverKeySwitch { switch: Arc::new(Stuck(places.clone())), ..bed.recover() };
        assert_eq!(recover.run().await.ok(), stays.then_some(KeyRecovery::Abandoned));
        assert_eq!(places.pending().await.unwrap().is_none(), stays);
    }
    assert_eq!(bed.present().await, key(1));
}

#[tokio::test]
async fn a_killed_unwrapping_keeps_the_copy_that_needs_no_service_until_it_has_its_place() {
    let bed = Bed::full().await;
    let _ = moving(&bed).run(&to(KMS)).await.unwrap();
    let begun_at = "2026-11-23T12:00:00Z".parse().unwrap();
    let (from, target) = (key(1).fingerprint(), KeyTarget::File);
    let pending = bed
        .places
        .stage(&key(1), &SwitchOrder { from, target, old: OldKeyFate::Removed, begun_at })
        .await
        .unwrap();
    bed.kms.be(WrappingMood::WithoutKey);
    let stuck = RecoverKeySwitch { switch: Arc::new(Stuck(bed.places.clone())), ..bed.recover() };
    assert!(stuck.run().await.is_err());
    assert_eq!(bed.places.pending().await.unwrap(), Some(pending));
    assert_eq!(bed.recover().run().await.ok(), Some(KeyRecovery::Completed));
    assert_eq!(bed.present().await, key(1));
}

#[tokio::test]
async fn a_key_moves_to_a_service_and_back_and_leaves_no_copy() {
    let bed = Bed::full().await;
    let moved = moving(&bed).run(&to(KMS)).await.unwrap().or_tell(|missing| panic!("{missing}"));
    assert!(matches!(moved.key.source, KeySource::Wrapped { .. }));
    assert_eq!((moved.key.key, bed.places.entries()), (key(1), 1));
    assert_eq!(bed.secrets().await, SECRETS);
    let back = moving(&bed).run(&to(KeyTarget::File)).await.unwrap().or_tell(|missing| panic!("{missing}"));
    assert!(matches!(back.from, KeySource::Wrapped { .. }));
    assert_eq!((bed.present().await, bed.places.entries()), (key(1), 1));
    assert!(bed.places.list_old_keys().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_stays_where_it_is_if_it_cannot_be_wrapped_or_is_there_already() {
    let bed = Bed::full().await;
    for mood in [WrappingMood::Denying, WrappingMood::WithoutKey, WrappingMood::Away] {
        bed.kms.be(mood);
        assert!(matches!(moving(&bed).run(&to(KMS)).await, Err(MoveKeyError::Key(_))));
        assert_eq!((bed.present().await, bed.places.entries()), (key(1), 1));
    }
    bed.kms.be(WrappingMood::Willing);
    let _ = moving(&bed).run(&to(KMS)).await.unwrap();
    let again = moving(&bed).run(&to(KMS)).await.unwrap_err().to_string();
    assert!(again.starts_with("the master key lies there already: "), "{again}");
}

#[tokio::test]
async fn what_only_the_operator_can_do_is_said() {
    let bed = Bed::full().await;
    let refused = moving(&bed).run(&to(KeyTarget::Environment)).await.unwrap_err();
    assert!(refused.to_string().contains("OPENCCU_LOOM_SECRET_KEY"), "{refused}");
    let without = MoveKey { keys: Arc::new(HeldKeys::new(None)), ..moving(&bed) };
    assert!(matches!(without.run(&to(KMS)).await, Err(MoveKeyError::NoKey)));
}

#[tokio::test]
async fn a_key_that_was_left_in_the_environment_moves_in_no_other_key_s_place() {
    // Whether anything is sealed or not.
    for bed in [Bed::full().await, Bed::empty()] {
        for target in [KMS, KeyTarget::File] {
            let order = MoveOrder { leave_unreadable: true, ..to(target) };
            let moving = MoveKey { keys: forgotten(), ..moving(&bed) };
            let refused = moving.run(&order).await.unwrap_err().to_string();
            for words in [
                key(7).fingerprint().as_str(),
                key(1).fingerprint().as_str(),
                "`secret.key` in the data dir holds another one",
                "hint: remove OPENCCU_LOOM_SECRET_KEY if it was forgotten, or move `secret.key` out",
            ] {
                assert!(refused.contains(words), "{refused}");
            }
            assert_eq!((bed.present().await, bed.places.entries()), (key(1), 1));
        }
    }
}

#[tokio::test]
async fn a_key_that_opens_nothing_is_not_moved_unless_that_is_consented_to() {
    let bed = Bed::full().await;
    let places = MemoryKeyPlaces::new(None, bed.kms.clone());
    let moving = MoveKey { keys: forgotten(), switch: Arc::new(places.clone()), ..moving(&bed) };
    let refused = moving.run(&to(KMS)).await.unwrap_err();
    assert!(matches!(&refused, MoveKeyError::Unreadable(values) if values.count == 4), "{refused}");
    assert_eq!((places.entries(), places.pending().await.unwrap()), (0, None));
    let order = MoveOrder { leave_unreadable: true, ..to(KMS) };
    let moved = moving.run(&order).await.unwrap().or_tell(|missing| panic!("{missing}"));
    assert_eq!((moved.key.key, moved.kept), (key(7), Vec::<String>::new()));
}
