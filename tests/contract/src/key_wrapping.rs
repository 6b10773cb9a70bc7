//! The suite of [`KeyWrapping`].
//!
//! Does NOT make keys that wrap: the adapter's test supplies a [`WrappingBed`].

use loom_domain::ports::{KeyError, KeyWrapping};
use loom_domain::secret::{MasterKey, WrappedKey};
use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// A service or token with a key that wraps.
pub trait WrappingBed: Send + Sync {
    /// A new instance that may use the key.
    fn port(&self) -> Arc<dyn KeyWrapping>;
    /// One that is set to a key which does not exist.
    fn without_key(&self) -> Arc<dyn KeyWrapping>;
    /// One that may not use the key.
    fn denied(&self) -> Arc<dyn KeyWrapping>;
    /// One whose service or token is not there.
    fn away(&self) -> Arc<dyn KeyWrapping>;
    /// Lets a document name another key than the one that wrapped it.
    fn name_another_key(&self, wrapped: &mut WrappedKey);
}

const DATA_DIR: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// Longer than any adapter tries, shorter than anybody waits.
const BOUND: Duration = Duration::from_secs(60);

fn key() -> MasterKey {
    MasterKey::from_bytes(std::array::from_fn(|at| 0xa0 ^ u8::try_from(at).unwrap()))
}

async fn wrapped(bed: &dyn WrappingBed) -> WrappedKey {
    bed.port().wrap(&key(), DATA_DIR).await.unwrap()
}

/// A wrapped key unwraps to the key it was made from, also by another instance with the same rights.
pub async fn a_wrapped_key_unwraps_by_any_instance(bed: Arc<dyn WrappingBed>) {
    let wrapped = wrapped(&*bed).await;
    let read_back = WrappedKey::from_json(wrapped.to_json().unwrap().as_bytes()).unwrap();
    assert_eq!(bed.port().unwrap_key(&read_back).await.unwrap(), key());
    assert_eq!(bed.port().unwrap_key(&wrapped).await.unwrap(), key());
}

/// The document holds no byte sequence of the key, and names its fingerprint.
pub async fn the_document_hides_the_key_and_names_it(bed: Arc<dyn WrappingBed>) {
    let wrapped = wrapped(&*bed).await;
    assert!(wrapped.holds(&key()));
    let json = wrapped.to_json().unwrap();
    assert!(json.contains(key().fingerprint().as_str()));
    assert!(!json.contains(&key().to_base64()[..8]), "the key is in the document");
    for part in key().bytes().windows(4) {
        assert!(!wrapped.ciphertext.windows(4).any(|bytes| bytes == part), "the key is in the ciphertext");
    }
}

/// A document whose context or ciphertext was changed, or that names another key, does not unwrap; the error names the
/// wrapper.
pub async fn a_changed_document_does_not_unwrap(bed: Arc<dyn WrappingBed>) {
    let whole = wrapped(&*bed).await;
    let mut changed = [whole.clone(), whole.clone(), whole.clone(), whole.clone()];
    for value in changed[0].context.values_mut() {
        value.push('x');
    }
    changed[1].context.clear();
    *changed[2].ciphertext.last_mut().unwrap() ^= 1;
    bed.name_another_key(&mut changed[3]);
    for (at, changed) in changed.iter().enumerate() {
        assert_ne!(*changed, whole, "{at}");
        let error = bed.port().unwrap_key(changed).await.unwrap_err().to_string();
        assert!(error.contains(changed.wrapper.as_str()), "{at}: {error}");
    }
}

/// A wrapping key that does not exist, and one whose use is denied, are told apart.
pub async fn no_key_and_no_right_are_told_apart(bed: Arc<dyn WrappingBed>) {
    let error = bed.without_key().wrap(&key(), DATA_DIR).await.unwrap_err();
    assert!(matches!(error, KeyError::NoWrappingKey { .. }), "{error:?}");
    let error = bed.denied().wrap(&key(), DATA_DIR).await.unwrap_err();
    assert!(matches!(error, KeyError::Denied { .. }), "{error:?}");
    let error = bed.denied().unwrap_key(&wrapped(&*bed).await).await.unwrap_err();
    assert!(matches!(error, KeyError::Denied { .. }), "{error:?}");
}

/// What wraps and cannot be reached is `Unreachable`, after a bounded time.
pub async fn what_is_away_is_unreachable_after_a_bounded_time(bed: Arc<dyn WrappingBed>) {
    let (port, key) = (bed.away(), key());
    let wrapping = port.wrap(&key, DATA_DIR);
    let error = tokio::time::timeout(BOUND, wrapping).await.unwrap().unwrap_err();
    assert!(matches!(error, KeyError::Unreachable { .. }), "{error:?}");
}

/// No error quotes the key or any part of it.
pub async fn no_error_quotes_the_key(bed: Arc<dyn WrappingBed>) {
    for port in [bed.without_key(), bed.denied(), bed.away()] {
        let error = port.wrap(&key(), DATA_DIR).await.unwrap_err();
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(shown) = next {
            let text = format!("{shown} {shown:?} {shown:#?}");
            assert!(!text.contains(&key().to_base64()[..8]), "a part of the key is shown");
            assert!(!text.contains("160, 161, 162"), "a part of the key is shown");
            next = shown.source();
        }
    }
}

/// Tests that a wrapper keeps its contract.
#[macro_export]
macro_rules! key_wrapping_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            key_wrapping,
            $fresh,
            [
                a_wrapped_key_unwraps_by_any_instance,
                the_document_hides_the_key_and_names_it,
                a_changed_document_does_not_unwrap,
                no_key_and_no_right_are_told_apart,
                what_is_away_is_unreachable_after_a_bounded_time,
                no_error_quotes_the_key,
            ]
        );
    };
}

/// Tries all cases one after another, on a bed that costs too much for one each.
pub fn every_case(bed: Arc<dyn WrappingBed>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        a_wrapped_key_unwraps_by_any_instance(bed.clone()).await;
        the_document_hides_the_key_and_names_it(bed.clone()).await;
        a_changed_document_does_not_unwrap(bed.clone()).await;
        no_key_and_no_right_are_told_apart(bed.clone()).await;
        what_is_away_is_unreachable_after_a_bounded_time(bed.clone()).await;
        no_error_quotes_the_key(bed).await;
    })
}
