//! Moves: the same key in another place.
//!
//! Does NOT rotate.

use crate::bed::{Bed, SECRETS, actor, key};
use loom_adapter_memory::WrappingMood;
use loom_domain::ports::{KeySource, KeyTarget, OldKeys};
use loom_domain::secret::{HeldKeys, Wrapper};
use loom_domain::usecases::{MoveKey, MoveKeyError};
use std::sync::Arc;

const KMS: KeyTarget = KeyTarget::Wrapped(Wrapper::Kms);

fn moving(bed: &Bed) -> MoveKey {
    MoveKey { keys: Arc::new(bed.places.clone()), switch: Arc::new(bed.places.clone()), audit: bed.audit() }
}

#[tokio::test]
async fn a_key_moves_to_a_service_and_back_and_leaves_no_copy() {
    let bed = Bed::full().await;
    let moved = moving(&bed).run(KMS, &actor()).await.unwrap().or_tell(|missing| panic!("{missing}"));
    assert!(matches!(moved.key.source, KeySource::Wrapped { .. }));
    assert_eq!((moved.key.key, bed.places.entries()), (key(1), 1));
    assert_eq!(bed.secrets().await, SECRETS);
    let back =
        moving(&bed).run(KeyTarget::File, &actor()).await.unwrap().or_tell(|missing| panic!("{missing}"));
    assert!(matches!(back.from, KeySource::Wrapped { .. }));
    assert_eq!((bed.present().await, bed.places.entries()), (key(1), 1));
    assert!(bed.places.list_old_keys().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_key_stays_where_it_is_if_it_cannot_be_wrapped_or_is_there_already() {
    let bed = Bed::full().await;
    for mood in [WrappingMood::Denying, WrappingMood::WithoutKey, WrappingMood::Away] {
        bed.kms.be(mood);
        assert!(matches!(moving(&bed).run(KMS, &actor()).await, Err(MoveKeyError::Key(_))));
        assert_eq!((bed.present().await, bed.places.entries()), (key(1), 1));
    }
    bed.kms.be(WrappingMood::Willing);
    let _ = moving(&bed).run(KMS, &actor()).await.unwrap();
    let again = moving(&bed).run(KMS, &actor()).await.unwrap_err().to_string();
    assert!(again.starts_with("the master key lies there already: "), "{again}");
}

#[tokio::test]
async fn what_only_the_operator_can_do_is_said() {
    let bed = Bed::full().await;
    let refused = moving(&bed).run(KeyTarget::Environment, &actor()).await.unwrap_err();
    assert!(refused.to_string().contains("OPENCCU_LOOM_SECRET_KEY"), "{refused}");
    let without = MoveKey { keys: Arc::new(HeldKeys::new(None)), ..moving(&bed) };
    assert!(matches!(without.run(KMS, &actor()).await, Err(MoveKeyError::NoKey)));
}
