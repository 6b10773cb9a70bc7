//! Writers of secrets and a change of the key take turns, and readers wait for neither.

use super::*;
use async_trait::async_trait;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// A store of centrals whose writes wait to be let through.
struct Gated {
    inner: MemoryStateStore,
    arrived: AtomicUsize,
    gate: Semaphore,
}

#[async_trait]
impl Centrals for Gated {
    async fn list_centrals(&self) -> Result<Vec<Central>, StoreError> {
        self.inner.list_centrals().await
    }

    async fn find_central(&self, name: &CentralName) -> Result<Option<Central>, StoreError> {
        self.inner.find_central(name).await
    }

    async fn put_central(&self, central: &Central) -> Result<(), StoreError> {
        self.arrived.fetch_add(1, Ordering::Relaxed);
        let _through = self.gate.acquire().await.unwrap();
        self.inner.put_central(central).await
    }

    async fn remove_central(&self, name: &CentralName) -> Result<(), StoreError> {
        self.inner.remove_central(name).await
    }
}

fn resolved(byte: u8) -> ResolvedKey {
    ResolvedKey { key: MasterKey::from_bytes([byte; 32]), source: KeySource::Memory }
}

struct World {
    inner: Arc<Gated>,
    keys: Arc<HeldKeys>,
    store: Arc<SealedStore<Gated>>,
}

impl World {
    fn new() -> Self {
        let gate = Semaphore::new(0);
        let inner = Arc::new(Gated { inner: MemoryStateStore::new(), arrived: AtomicUsize::new(0), gate });
        let keys = held(key(7));
        let random = Arc::new(MemoryRandomness::default());
        let store = SealedStore::new(Arc::clone(&inner), Arc::clone(&keys), Plaintext::Refused, random);
        Self { inner, keys, store: Arc::new(store) }
    }

    fn open_gate(&self) {
        self.inner.gate.add_permits(10);
    }

    fn put(&self, password: &str) -> tokio::task::JoinHandle<Result<(), StoreError>> {
        let (store, central) = (Arc::clone(&self.store), central(clear(password), None));
        tokio::spawn(async move { store.put_central(&central).await })
    }

    /// What a change of the key does to the store, with nobody else's turn.
    async fn reseal(&self, from: u8, to: u8) {
        let place = SecretPlace::of_central("ccu3", "password_plain");
        let mut stored = found(&*self.inner).await;
        let opened = envelope::open(&resolved(from).key, &place, envelope_in(&stored.password)).unwrap();
        let again = envelope::seal(&resolved(to).key, &place, &opened, &MemoryRandomness::default()).unwrap();
        stored.password = Some(SecretValue::Sealed(again));
        self.inner.inner.put_central(&stored).await.unwrap();
    }
}

/// Lets every other task go as far as it can: tests run on one thread.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_change_waits_for_a_write_that_is_under_way() {
    let world = World::new();
    let write = world.put("written meanwhile");
    settle().await;
    assert_eq!(world.inner.arrived.load(Ordering::Relaxed), 1);
    let keys = Arc::clone(&world.keys);
    let change = tokio::spawn(async move { drop(keys.change().await) });
    settle().await;
    assert!(!change.is_finished());
    world.open_gate();
    change.await.unwrap();
    assert!(write.is_finished());

    let change = world.keys.change().await;
    change.expect(resolved(9).key);
    world.reseal(7, 9).await;
    change.switch(resolved(9));
    assert_eq!(found(&*world.store).await.password, clear("written meanwhile"));
}

#[tokio::test]
async fn a_write_waits_for_a_change_and_is_sealed_with_the_new_key() {
    let world = World::new();
    world.open_gate();
    let change = world.keys.change().await;
    let writes = [world.put("a"), world.put("b")];
    settle().await;
    assert_eq!(world.inner.arrived.load(Ordering::Relaxed), 0);
    change.expect(resolved(9).key);
    change.switch(resolved(9));
    for write in writes {
        write.await.unwrap().unwrap();
    }
    let stored = found(&*world.inner).await.password;
    assert_eq!(envelope::named_key(envelope_in(&stored)), Some(resolved(9).key.fingerprint()));
    assert_eq!(found(&*world.store).await.password, clear("b"));
}

#[tokio::test]
async fn reading_waits_for_nobody_and_opens_with_either_key() {
    let world = World::new();
    world.open_gate();
    world.put("secret").await.unwrap().unwrap();
    let change = world.keys.change().await;
    change.expect(resolved(9).key);
    assert_eq!(found(&*world.store).await.password, clear("secret"));
    world.reseal(7, 9).await;
    assert_eq!(found(&*world.store).await.password, clear("secret"));
    change.switch(resolved(9));
    assert_eq!(found(&*world.store).await.password, clear("secret"));
    world.reseal(9, 7).await;
    assert!(matches!(found(&*world.store).await.password, Some(SecretValue::Sealed(_))));
}

#[tokio::test]
async fn after_a_change_that_came_to_nothing_all_is_as_before() {
    let world = World::new();
    world.open_gate();
    let change = world.keys.change().await;
    change.expect(resolved(9).key);
    change.stay();
    world.put("secret").await.unwrap().unwrap();
    let stored = found(&*world.inner).await.password;
    assert_eq!(envelope::named_key(envelope_in(&stored)), Some(resolved(7).key.fingerprint()));
}

#[tokio::test]
async fn a_change_that_broke_off_lets_nobody_write_until_another_ends() {
    let world = World::new();
    world.open_gate();
    world.put("secret").await.unwrap().unwrap();
    let change = world.keys.change().await;
    change.expect(resolved(9).key);
    drop(change);
    let error = world.put("new").await.unwrap().unwrap_err();
    assert!(error.to_string().contains("broke off"), "{error}");
    assert_eq!(found(&*world.store).await.password, clear("secret"));
    world.keys.change().await.stay();
    world.put("new").await.unwrap().unwrap();
    assert_eq!(found(&*world.store).await.password, clear("new"));
}
