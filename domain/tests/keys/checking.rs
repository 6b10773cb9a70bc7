//! Checks of a stored copy of a key.
//!
//! Does NOT read a copy from anywhere.

use crate::bed::{Bed, key, order};
use loom_adapter_memory::WrappingMood;
use loom_domain::ports::{KeyError, KeyTarget};
use loom_domain::secret::Wrapper;
use loom_domain::usecases::{CheckKey, CheckedKey};
use std::sync::Arc;

async fn check(bed: &Bed, byte: u8) -> (CheckedKey, Option<KeyError>) {
    let check = CheckKey { keys: Arc::new(bed.places.clone()), resealing: bed.store.clone() };
    check.run(&key(byte)).await.unwrap()
}

#[tokio::test]
async fn the_right_copy_opens_everything_and_another_key_nothing() {
    let bed = Bed::full().await;
    let (right, _) = check(&bed, 1).await;
    assert_eq!((right.opens, right.total, right.is_good()), (4, 4, true));
    let (wrong, _) = check(&bed, 2).await;
    assert_eq!((wrong.opens, wrong.total, wrong.is_good()), (0, 4, false));
    assert_eq!(wrong.present, Some(key(1).fingerprint()));
}

#[tokio::test]
async fn a_copy_of_the_key_before_a_rotation_is_not_good_any_more() {
    let bed = Bed::full().await;
    bed.rotate().run(&order(KeyTarget::File)).await.unwrap();
    let (old, _) = check(&bed, 1).await;
    assert_eq!((old.opens, old.total, old.is_good()), (0, 5, false));
}

#[tokio::test]
async fn a_copy_is_checked_although_the_service_is_away() {
    let bed = Bed::full().await;
    bed.rotate().run(&order(KeyTarget::Wrapped(Wrapper::Kms))).await.unwrap();
    bed.kms.be(WrappingMood::Away);
    let (checked, missing) = check(&bed, 1).await;
    assert_eq!((checked.present, checked.opens), (None, 0));
    assert!(matches!(missing, Some(KeyError::Unreachable { .. })));
}

#[tokio::test]
async fn in_an_empty_state_the_copy_of_the_present_key_is_good() {
    let bed = Bed::empty();
    assert!(check(&bed, 1).await.0.is_good());
    assert!(!check(&bed, 2).await.0.is_good());
}

#[tokio::test]
async fn a_copy_that_nothing_proves_is_not_good() {
    let bed = Bed::empty();
    bed.rotate().run(&order(KeyTarget::Wrapped(Wrapper::Kms))).await.unwrap();
    bed.kms.be(WrappingMood::Away);
    let (checked, _) = check(&bed, 1).await;
    assert_eq!((checked.total, checked.present.is_none(), checked.is_good()), (0, true, false));
}
