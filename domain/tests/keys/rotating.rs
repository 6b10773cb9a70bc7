//! Rotation: what it changes, what it refuses, and what every failure leaves.
//!
//! Does NOT end what was left; `recovering` does.

use crate::bed::{Bed, Failing, SECRETS, central, key, order, secrets_of};
use crate::stuck::Stuck;
use loom_adapter_memory::WrappingMood;
use loom_domain::ports::{
    Centrals, KeyError, KeyProvider, KeySource, KeySwitch, KeyTarget, NoRandomness, OldKeys, Randomness,
    Resealed, Resealing,
};
use loom_domain::secret::{HeldKeys, MasterKey, SecretPlace, SecretText, SecretValue, Wrapper};
use loom_domain::usecases::{KeyRecovery, RotateKey, RotateKeyError, RotateOrder};
use std::sync::Arc;

#[tokio::test]
async fn every_value_is_sealed_anew_and_the_old_key_is_kept() {
    let bed = Bed::full().await;
    assert_eq!(bed.secrets().await, SECRETS);
    let before = bed.inventory().await;
    assert_eq!((before.v1(), before.v2(), before.clear(), before.unreadable()), (2, 2, 1, 0));
    let rotated = bed.rotate().run(&order(KeyTarget::File)).await.unwrap();
    assert_eq!(rotated.from, key(1).fingerprint());
    assert_eq!(rotated.resealed, Resealed { replaced: 5, left: 0 });
    assert_eq!(bed.present().await, rotated.key.key);
    assert_eq!(bed.secrets().await, SECRETS);
    let after = bed.inventory().await;
    assert_eq!((after.v1(), after.v2(), after.clear(), after.unreadable()), (0, 5, 0, 0));
    assert_eq!(after.resealed_with, Some(rotated.key.key.fingerprint()));
    let old = bed.places.list_old_keys().await.unwrap();
    assert_eq!(old[0].fingerprint, Ok(key(1).fingerprint()));
    assert_eq!(rotated.kept, [old[0].name.clone()]);
    assert_eq!(bed.places.pending().await.unwrap(), None);
}

#[tokio::test]
async fn a_rotation_is_in_the_audit_log_without_any_key() {
    let bed = Bed::full().await;
    let rotated = bed.rotate().run(&order(KeyTarget::File)).await.unwrap();
    let words = format!("{} to {} in file, via test", rotated.from, rotated.key.key.fingerprint());
    assert_eq!(bed.audit_notes("key_rotate").await, [words]);
}

#[tokio::test]
async fn a_key_can_go_to_a_service_and_back_while_it_changes() {
    let bed = Bed::full().await;
    let wrapped = bed.rotate().run(&order(KeyTarget::Wrapped(Wrapper::Kms))).await.unwrap();
    assert!(matches!(wrapped.key.source, KeySource::Wrapped { .. }));
    assert_eq!(bed.secrets().await, SECRETS);
    let back = bed.rotate().run(&order(KeyTarget::File)).await.unwrap();
    assert_eq!(back.from, wrapped.key.key.fingerprint());
    assert_eq!(bed.secrets().await, SECRETS);
}

#[tokio::test]
async fn the_operator_brings_the_key_for_the_environment() {
    let bed = Bed::full().await;
    let refused = bed.rotate().run(&order(KeyTarget::Environment)).await.unwrap_err();
    assert!(matches!(refused, RotateKeyError::NewKeyMissing));
    let order = RotateOrder { new_key: Some(key(2)), ..order(KeyTarget::Environment) };
    let rotated = bed.rotate().run(&order).await.unwrap();
    assert_eq!(rotated.key.key, key(2));
    assert_eq!(bed.secrets().await, SECRETS);
    let again = bed.rotate().run(&order).await.unwrap_err();
    assert!(matches!(again, RotateKeyError::SameKey(_)));
}

#[tokio::test]
async fn values_that_do_not_open_are_a_reason_not_to_begin_unless_they_may_stay() {
    let bed = Bed::full().await;
    let lost = bed.v2(7, &SecretPlace::of_central("lost", "password_plain"), "lost");
    let mut one = central("lost");
    one.password = Some(SecretValue::Sealed(lost.clone()));
    bed.store.put_central(&one).await.unwrap();
    let refused = bed.rotate().run(&order(KeyTarget::File)).await.unwrap_err().to_string();
    let words =
        "1 of 5 sealed values do not open with the present key, among them centrals/lost/password_plain";
    assert!(refused.starts_with(words), "{refused}");
    assert_eq!(bed.present().await, key(1));
    let order = RotateOrder { leave_unreadable: true, ..order(KeyTarget::File) };
    let rotated = bed.rotate().run(&order).await.unwrap();
    assert_eq!(rotated.resealed, Resealed { replaced: 5, left: 1 });
    let kept = bed.store.list_centrals().await.unwrap();
    let kept = kept.iter().find(|central| central.name.as_str() == "lost").unwrap();
    assert_eq!(kept.password, Some(SecretValue::Sealed(lost)));
    let inventory = bed.inventory().await;
    assert_eq!(inventory.other_keys.keys().collect::<Vec<_>>(), [&key(7).fingerprint()]);
}

#[tokio::test]
async fn nothing_is_rotated_without_a_key_or_without_randomness() {
    let bed = Bed::full().await;
    let without = RotateKey { keys: Arc::new(HeldKeys::new(None)), ..bed.rotate() };
    assert!(matches!(without.run(&order(KeyTarget::File)).await, Err(RotateKeyError::NoKey)));
    struct Dry;
    impl Randomness for Dry {
        fn fill(&self, _: &mut [u8]) -> Result<(), NoRandomness> {
            Err(NoRandomness("dry".into()))
        }
    }
    let dry = RotateKey { randomness: Arc::new(Dry), ..bed.rotate() };
    assert!(matches!(dry.run(&order(KeyTarget::File)).await, Err(RotateKeyError::Randomness(_))));
    assert_eq!((bed.present().await, bed.secrets().await), (key(1), SECRETS.map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn a_service_that_refuses_or_is_away_stops_it_before_anything_changed() {
    for mood in [WrappingMood::Denying, WrappingMood::WithoutKey, WrappingMood::Away] {
        let bed = Bed::full().await;
        bed.kms.be(mood);
        let failed = bed.rotate().run(&order(KeyTarget::Wrapped(Wrapper::Kms))).await;
        assert!(matches!(failed, Err(RotateKeyError::Key(_))), "{failed:?}");
        assert_eq!(bed.places.pending().await.unwrap(), None);
        assert_eq!((bed.present().await, bed.store.resealed_with().await.unwrap()), (key(1), None));
    }
}

#[tokio::test]
async fn two_at_once_are_one_rotation_and_one_refusal() {
    let bed = Bed::full().await;
    let (one, other) = (bed.rotate(), bed.rotate());
    let (first, second) = (order(KeyTarget::File), order(KeyTarget::File));
    let outcomes = tokio::join!(one.run(&first), other.run(&second));
    let good = [&outcomes.0, &outcomes.1].into_iter().filter(|outcome| outcome.is_ok()).count();
    assert!(good >= 1, "{outcomes:?}");
    for outcome in [outcomes.0, outcomes.1] {
        let pending = matches!(&outcome, Err(RotateKeyError::Key(KeyError::SwitchPending)));
        assert!(outcome.is_ok() || pending, "{outcome:?}");
    }
    assert_eq!(bed.secrets().await, SECRETS);
}

#[tokio::test]
async fn a_store_that_fails_before_its_commit_leaves_the_old_key() {
    let bed = Bed::full().await;
    let held = Arc::new(HeldKeys::new(bed.places.resolve().await.unwrap()));
    let failing = Failing::new(bed.store.clone(), false, false);
    let rotate = RotateKey { resealing: failing.clone(), held: Some(held.clone()), ..bed.rotate() };
    let failed = rotate.run(&order(KeyTarget::File)).await.unwrap_err();
    assert!(matches!(failed, RotateKeyError::NotResealed(_)), "{failed}");
    assert_eq!(bed.places.pending().await.unwrap(), None);
    failing.lose_power().await;
    assert_eq!(bed.store.resealed_with().await.unwrap(), None);
    assert_eq!(bed.audit_notes("key_rotate").await[0].split(':').next(), Some("not done"));
    assert_eq!(secrets_of(&bed.sealed(held.clone())).await, SECRETS);
    write_another(&bed, &held).await.unwrap();
    assert_eq!(bed.inventory().await.unreadable(), 0);
}

#[tokio::test]
async fn a_key_that_comes_back_is_not_taken_for_rotated_to() {
    let bed = Bed::full().await;
    // Key 2 was rotated to and lost; key 1 was put in its place by hand, and every secret was entered anew.
    bed.note_rotation_to(2).await;
    bed.clock.set("2026-11-24T12:00:00Z".parse().unwrap());
    let again = RotateOrder { new_key: Some(key(2)), ..order(KeyTarget::File) };
    let failing = Failing::new(bed.store.clone(), false, false);
    let failed = RotateKey { resealing: failing, ..bed.rotate() }.run(&again).await.unwrap_err();
    assert!(matches!(failed, RotateKeyError::NotResealed(_)), "{failed}");
    assert_eq!((bed.present().await, bed.secrets().await), (key(1), SECRETS.map(str::to_owned).to_vec()));
    bed.rotate().run(&again).await.unwrap();
    assert_eq!((bed.present().await, bed.secrets().await), (key(2), SECRETS.map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn a_store_that_fails_after_its_commit_is_rotated() {
    let bed = Bed::full().await;
    let failing = Failing::new(bed.store.clone(), true, false);
    let rotated =
        RotateKey { resealing: failing, ..bed.rotate() }.run(&order(KeyTarget::File)).await.unwrap();
    assert_eq!(bed.present().await, rotated.key.key);
    assert_eq!(bed.secrets().await, SECRETS);
}

#[tokio::test]
async fn where_nobody_knows_both_keys_open_and_nothing_is_sealed_until_it_is_known() {
    for (committed, power_is_lost) in [(false, false), (false, true), (true, true)] {
        let bed = Bed::full().await;
        let held = Arc::new(HeldKeys::new(bed.places.resolve().await.unwrap()));
        let failing = Failing::new(bed.store.clone(), committed, true);
        let rotate = RotateKey { resealing: failing.clone(), held: Some(held.clone()), ..bed.rotate() };
        let failed = rotate.run(&order(KeyTarget::File)).await.unwrap_err();
        assert!(matches!(failed, RotateKeyError::OutcomeUnknown(_)), "{failed}");
        assert!(bed.places.pending().await.unwrap().is_some());
        assert_eq!(secrets_of(&bed.sealed(held.clone())).await, SECRETS);
        write_another(&bed, &held).await.unwrap_err();
        if power_is_lost {
            failing.lose_power().await;
        }
        let ended = bed.recover().run().await.unwrap();
        assert_eq!(ended == KeyRecovery::Completed, committed || power_is_lost);
        assert_eq!(bed.secrets().await, SECRETS);
    }
}

#[tokio::test]
async fn a_running_program_seals_with_the_new_key_from_then_on() {
    let bed = Bed::full().await;
    let held = Arc::new(HeldKeys::new(bed.places.resolve().await.unwrap()));
    let rotate = RotateKey { held: Some(held.clone()), ..bed.rotate() };
    let rotated = rotate.run(&order(KeyTarget::File)).await.unwrap();
    assert_eq!(held.current().unwrap().key, rotated.key.key);
    write_another(&bed, &held).await.unwrap();
    let inventory = bed.inventory().await;
    assert_eq!((inventory.v2(), inventory.unreadable()), (6, 0));
}

#[tokio::test]
async fn a_program_whose_new_key_did_not_get_its_place_knows_where_that_was_to_be() {
    let bed = Bed::full().await;
    let held = Arc::new(HeldKeys::new(bed.places.resolve().await.unwrap()));
    let switch = Arc::new(Stuck(bed.places.clone()));
    let rotate = RotateKey { switch, held: Some(held.clone()), ..bed.rotate() };
    let failed = rotate.run(&order(KeyTarget::Wrapped(Wrapper::Kms))).await.unwrap_err();
    assert!(matches!(failed, RotateKeyError::NotCompleted(_)), "{failed}");
    assert_eq!(bed.recover().run().await.unwrap(), KeyRecovery::Completed);
    let current = held.current().unwrap();
    assert_eq!(current.key, bed.present().await);
    assert!(matches!(current.source, KeySource::Wrapped { wrapper: Wrapper::Kms, .. }), "{current:?}");
}

#[tokio::test]
async fn no_error_and_no_debug_shows_a_key() {
    let planted = MasterKey::from_bytes(*b"a planted key of 32 bytes, ABCDE");
    let bed = Bed::full().await;
    let order = RotateOrder { new_key: Some(planted.clone()), ..order(KeyTarget::File) };
    let rotated = bed.rotate().run(&order).await.unwrap();
    let again = bed.rotate().run(&order).await.unwrap_err();
    for shown in [format!("{order:?}"), format!("{rotated:?}"), format!("{again} {again:?}")] {
        assert!(!shown.contains(planted.to_base64().as_str()) && !shown.contains("planted"), "{shown}");
    }
}

async fn write_another(bed: &Bed, held: &Arc<HeldKeys>) -> Result<(), loom_domain::ports::StoreError> {
    let mut another = central("another");
    another.password = Some(SecretValue::Clear(SecretText::new("another")));
    bed.sealed(held.clone()).put_central(&another).await
}
