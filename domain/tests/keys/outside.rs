//! Rotation away from a key that the operator keeps, in a variable or a credential.
//!
//! Does NOT say what the operator is told.

use crate::bed::{Bed, Failing, key, order};
use loom_adapter_memory::MemoryKeyPlaces;
use loom_domain::ports::{KeySource, KeyTarget, OldKeys, ResolvedKey};
use loom_domain::secret::{HeldKeys, Wrapper};
use loom_domain::usecases::{RotateKey, RotateKeyError};
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
