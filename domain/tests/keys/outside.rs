//! Rotation away from a key that lies outside of the data dir: in a variable, a credential, or in a running program alone.
//!
//! Does NOT say what the operator is told.

use crate::bed::{Bed, Failing, key, order};
use loom_adapter_memory::{MemoryKeyPlaces, WrappingMood};
use loom_domain::ports::{
    Clock, KeySource, KeySwitch, KeyTarget, OldKeyFate, OldKeys, ResolvedKey, SwitchOrder,
};
use loom_domain::secret::{HeldKeys, Wrapper};
use loom_domain::usecases::{KeyRecovery, RotateKey, RotateKeyError};
use std::sync::Arc;

/// A data dir without a key, and key 1 in the operator's hands.
async fn given(source: KeySource) -> (Bed, Arc<HeldKeys>) {
    let bed = Bed::full().await;
    let bed = Bed { places: MemoryKeyPlaces::new(None, bed.kms.clone()), ..bed };
    (bed, Arc::new(HeldKeys::new(Some(ResolvedKey { key: key(1), source }))))
}

fn sources() -> [KeySource; 2] {
    [KeySource::Environment("VARIABLE".to_owned()), KeySource::Credential("/run/secret.key".to_owned())]
}

#[tokio::test]
async fn the_old_key_is_kept_where_the_new_one_lies_in_clear_and_not_beside_a_wrapped_one() {
    for source in sources() {
        for (target, kept) in [(KeyTarget::File, 1), (KeyTarget::Wrapped(Wrapper::Kms), 0)] {
            let (bed, keys) = given(source.clone()).await;
            let rotated = RotateKey { keys, ..bed.rotate() }.run(&order(target)).await.unwrap();
            let old = bed.places.list_old_keys().await.unwrap();
            assert!(old.iter().all(|old| old.fingerprint == Ok(key(1).fingerprint())), "{old:?}");
            assert_eq!(old.len(), kept, "{source} to {target:?}");
            assert_eq!(rotated.kept, old.into_iter().map(|old| old.name).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn where_the_old_key_stays_no_copy_of_it_does() {
    let [source, _] = sources();
    let (bed, keys) = given(source).await;
    let failing = Failing::new(bed.store.clone(), false, false);
    let rotate = RotateKey { keys, resealing: failing, ..bed.rotate() };
    let failed = rotate.run(&order(KeyTarget::File)).await.unwrap_err();
    assert!(matches!(failed, RotateKeyError::NotResealed(_)), "{failed}");
    assert_eq!(bed.places.entries(), 0);
}

#[tokio::test]
async fn a_key_whose_file_is_gone_or_holds_another_one_is_kept_before_it_is_replaced() {
    for lying in [None, Some(key(9))] {
        let (bed, keys) = given(KeySource::File("secret.key".to_owned())).await;
        let bed = Bed { places: MemoryKeyPlaces::new(lying.clone(), bed.kms.clone()), ..bed };
        let rotate = RotateKey { keys: keys.clone(), held: Some(keys), ..bed.rotate() };
        let rotated = rotate.run(&order(KeyTarget::File)).await.unwrap();
        let old = bed.places.list_old_keys().await.unwrap();
        let names = |byte: u8| -> Vec<_> {
            let of_key = old.iter().filter(|old| old.fingerprint == Ok(key(byte).fingerprint()));
            of_key.map(|old| old.name.clone()).collect()
        };
        assert_eq!((names(1).len(), names(9).len()), (1, usize::from(lying.is_some())), "{old:?}");
        assert_eq!((rotated.kept, rotated.set_aside), (names(1), names(9)));
    }
}

#[tokio::test]
async fn a_wrapped_key_is_kept_in_clear_where_the_new_one_lies_in_clear_too() {
    let (bed, keys) = given(KeySource::Memory).await;
    let wrapped = KeyTarget::Wrapped(Wrapper::Kms);
    let begun_at = "2026-11-23T11:00:00Z".parse().unwrap();
    let switch = SwitchOrder { from: key(1).fingerprint(), target: wrapped, old: OldKeyFate::Kept, begun_at };
    let pending = bed.places.stage(&key(1), &switch).await.unwrap();
    bed.places.complete(&pending).await.unwrap();
    let rotate = RotateKey { keys: keys.clone(), held: Some(keys), ..bed.rotate() };
    // The service loses the wrapping key while the program runs.
    bed.kms.be(WrappingMood::WithoutKey);
    let rotated = rotate.run(&order(KeyTarget::File)).await.unwrap();
    assert_eq!(rotated.kept.len(), 2, "wrapped, and in clear: {:?}", rotated.kept);
    let found = bed.places.resolve_old_keys().await.unwrap();
    assert_eq!(found.keys.into_iter().map(|old| old.key).collect::<Vec<_>>(), [key(1)]);
}

#[tokio::test]
async fn a_rotation_that_died_leaves_the_copy_only_where_the_values_need_the_new_key() {
    for source in sources() {
        for power_is_lost in [false, true] {
            let (bed, keys) = given(source.clone()).await;
            let failing = Failing::new(bed.store.clone(), false, true);
            let rotate = RotateKey { keys, resealing: failing.clone(), ..bed.rotate() };
            let failed = rotate.run(&order(KeyTarget::File)).await.unwrap_err();
            assert!(matches!(failed, RotateKeyError::OutcomeUnknown(_)), "{failed}");
            assert_eq!(
                bed.places.list_old_keys().await.unwrap().len(),
                1,
                "it is kept before anything is sealed"
            );
            if power_is_lost {
                failing.lose_power().await;
            }
            let ended = bed.recover().run().await.unwrap();
            let old = bed.places.list_old_keys().await.unwrap();
            match power_is_lost {
                true => assert_eq!((ended, old.len()), (KeyRecovery::Completed, 1)),
                false => assert_eq!((ended, bed.places.entries()), (KeyRecovery::Abandoned, 0), "{old:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_rotation_that_is_taken_back_removes_no_key_that_only_the_program_held() {
    let (bed, keys) = given(KeySource::File("secret.key".to_owned())).await;
    let failing = Failing::new(bed.store.clone(), false, true);
    let rotate = RotateKey { keys: keys.clone(), held: Some(keys), resealing: failing, ..bed.rotate() };
    rotate.run(&order(KeyTarget::File)).await.unwrap_err();
    assert_eq!(bed.recover().run().await.unwrap(), KeyRecovery::Abandoned);
    let old = bed.places.list_old_keys().await.unwrap();
    assert_eq!(old.into_iter().map(|old| old.fingerprint).collect::<Vec<_>>(), [Ok(key(1).fingerprint())]);
}

#[tokio::test]
async fn a_copy_that_was_there_before_stays_when_a_rotation_is_taken_back() {
    let [source, _] = sources();
    let (bed, keys) = given(source).await;
    let before = bed.places.keep_old_key(&key(1), bed.clock.now()).await.unwrap();
    let failing = Failing::new(bed.store.clone(), false, false);
    RotateKey { keys, resealing: failing, ..bed.rotate() }.run(&order(KeyTarget::File)).await.unwrap_err();
    let old = bed.places.list_old_keys().await.unwrap();
    assert!(old.iter().any(|old| old.name == before), "{old:?}");
}
