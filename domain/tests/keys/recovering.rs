//! Recovery: whatever was interrupted ends with the key that the values are sealed with.
//!
//! Does NOT crash inside a step; the adapter's own tests do.

use crate::bed::{Bed, SECRETS, key, order};
use loom_domain::ports::{KeySwitch, KeyTarget, OldKeyFate, OldKeys, Resealing, SwitchOrder};
use loom_domain::secret::Wrapper;
use loom_domain::usecases::KeyRecovery;

fn switch(target: KeyTarget, old: OldKeyFate) -> SwitchOrder {
    let begun_at = "2026-11-23T12:00:00Z".parse().unwrap();
    SwitchOrder { from: key(1).fingerprint(), target, old, begun_at }
}

#[tokio::test]
async fn where_nothing_was_interrupted_nothing_is_done() {
    let bed = Bed::full().await;
    assert_eq!(bed.recover().run().await.unwrap(), KeyRecovery::NothingToDo);
    assert_eq!(bed.secrets().await, SECRETS);
}

#[tokio::test]
async fn before_the_values_are_sealed_anew_it_is_taken_back() {
    let bed = Bed::full().await;
    bed.places.stage(&key(2), &switch(KeyTarget::File, OldKeyFate::Kept)).await.unwrap();
    assert_eq!(bed.recover().run().await.unwrap(), KeyRecovery::Abandoned);
    assert_eq!((bed.present().await, bed.secrets().await), (key(1), SECRETS.map(str::to_owned).to_vec()));
    assert_eq!(bed.recover().run().await.unwrap(), KeyRecovery::NothingToDo);
}

#[tokio::test]
async fn after_an_earlier_rotation_one_that_was_cut_off_is_still_taken_back() {
    let bed = Bed::full().await;
    let first = bed.rotate().run(&order(KeyTarget::File)).await.unwrap();
    let pending =
        SwitchOrder { from: first.key.key.fingerprint(), ..switch(KeyTarget::File, OldKeyFate::Kept) };
    bed.places.stage(&key(3), &pending).await.unwrap();
    assert_eq!(bed.recover().run().await.unwrap(), KeyRecovery::Abandoned);
    assert_eq!(bed.present().await, first.key.key);
    assert_eq!(bed.store.resealed_with().await.unwrap(), Some(first.key.key.fingerprint()));
}

#[tokio::test]
async fn one_that_was_cut_off_is_taken_back_although_its_key_was_rotated_to_before() {
    let bed = Bed::full().await;
    bed.note_rotation_to(2).await;
    let begun_at = "2026-11-24T12:00:00Z".parse().unwrap();
    let again = SwitchOrder { begun_at, ..switch(KeyTarget::File, OldKeyFate::Kept) };
    bed.places.stage(&key(2), &again).await.unwrap();
    assert_eq!(bed.recover().run().await.unwrap(), KeyRecovery::Abandoned);
    assert_eq!((bed.present().await, bed.secrets().await), (key(1), SECRETS.map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn a_key_that_only_moved_is_put_in_its_new_place() {
    let bed = Bed::full().await;
    let target = KeyTarget::Wrapped(Wrapper::Kms);
    bed.places.stage(&key(1), &switch(target, OldKeyFate::Removed)).await.unwrap();
    assert_eq!(bed.recover().run().await.unwrap(), KeyRecovery::Completed);
    assert_eq!((bed.present().await, bed.secrets().await), (key(1), SECRETS.map(str::to_owned).to_vec()));
    assert!(bed.places.list_old_keys().await.unwrap().is_empty());
}
