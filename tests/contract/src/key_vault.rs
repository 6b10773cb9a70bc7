//! The suite of [`KeyVault`].
//!
//! Does NOT make vaults: the adapter's test supplies a [`VaultBed`].

use loom_domain::ports::{KeyError, KeyProvider, KeyVault};
use std::sync::Arc;
use tokio::sync::Barrier;

/// A vault that holds no key at first, and the matching provider.
pub trait VaultBed: Send + Sync {
    /// The vault; each call gives another one on the same place, as another process would have.
    fn vault(&self) -> Arc<dyn KeyVault>;
    /// The provider on the same place.
    fn provider(&self) -> Arc<dyn KeyProvider>;
}

/// A created key is what the matching provider resolves from then on.
pub async fn a_created_key_is_resolved_from_then_on(bed: Arc<dyn VaultBed>) {
    assert_eq!(bed.provider().resolve().await.unwrap(), None);
    let created = bed.vault().create().await.unwrap();
    for _ in 0..2 {
        assert_eq!(bed.provider().resolve().await.unwrap().as_ref(), Some(&created));
    }
}

/// An existing key is never replaced: `AlreadyExists`; of two creators at once exactly one succeeds.
pub async fn an_existing_key_is_never_replaced(bed: Arc<dyn VaultBed>) {
    const CREATORS: usize = 8;
    let start = Arc::new(Barrier::new(CREATORS));
    let creators = (0..CREATORS).map(|_| {
        let (vault, provider, start) = (bed.vault(), bed.provider(), Arc::clone(&start));
        tokio::spawn(async move {
            start.wait().await;
            let created = vault.create().await;
            // Whoever lost sees the whole key of the winner already.
            (created, provider.resolve().await.unwrap().unwrap())
        })
    });
    let mut winners = Vec::new();
    let mut seen = Vec::new();
    for creator in creators.collect::<Vec<_>>() {
        let (created, resolved) = creator.await.unwrap();
        match created {
            Ok(created) => winners.push(created),
            Err(error) => assert!(matches!(error, KeyError::AlreadyExists(_)), "{error}"),
        }
        seen.push(resolved);
    }
    assert_eq!(winners.len(), 1);
    assert!(seen.iter().all(|key| *key == winners[0]));
}

/// Tests that a vault of keys keeps its contract.
#[macro_export]
macro_rules! key_vault_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            key_vault,
            $fresh,
            [a_created_key_is_resolved_from_then_on, an_existing_key_is_never_replaced]
        );
    };
}
