//! A store of users and sessions that counts its reads and can be told to fail or to wait.

use async_trait::async_trait;
use jiff::Timestamp;
use loom_adapter_memory::MemoryStateStore;
use loom_domain::account::{Role, Session, Subject, User};
use loom_domain::ports::{Sessions, StoreError, Users};
use loom_domain::secret::SecretText;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::Semaphore;

/// What the next write does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failing {
    /// It fails and changes nothing.
    Before,
    /// It takes effect and fails.
    After,
}

/// The store.
pub(crate) struct Stage {
    pub(crate) store: Arc<MemoryStateStore>,
    pub(crate) reads: AtomicUsize,
    pub(crate) next_write: Mutex<Option<Failing>>,
    /// Listing fails for one row that cannot be read.
    pub(crate) unreadable: AtomicBool,
    /// A write takes a permit before it takes effect, also when nobody waits for it any more.
    pub(crate) writes: Arc<Semaphore>,
    /// A listing takes a permit after it was read and before it is handed out.
    pub(crate) listings: Semaphore,
    /// Gets a permit for each write that took effect and each listing that was read.
    pub(crate) reached: Arc<Semaphore>,
}

impl Stage {
    /// One on which nothing fails or waits, with one admin.
    pub(crate) async fn new() -> Arc<Self> {
        let store = Arc::new(MemoryStateStore::new());
        store.create_user(&user("admin")).await.unwrap();
        Arc::new(Self {
            store,
            reads: AtomicUsize::new(0),
            next_write: Mutex::new(None),
            unreadable: AtomicBool::new(false),
            writes: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
            listings: Semaphore::new(Semaphore::MAX_PERMITS),
            reached: Arc::new(Semaphore::new(0)),
        })
    }

    pub(crate) fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    async fn listed(&self) -> Result<Vec<User>, StoreError> {
        let users = self.store.list_users().await?;
        self.reached.add_permits(1);
        self.listings.acquire().await.unwrap().forget();
        if self.unreadable.load(Ordering::SeqCst) {
            return Err(StoreError::Unreadable { what: "user", name: "bad".into(), reason: "is bad".into() });
        }
        Ok(users)
    }

    /// Runs a write as a store with threads does: it goes on when its caller has gone.
    async fn write<R: Send + 'static>(
        &self,
        write: impl Future<Output = Result<R, StoreError>> + Send + 'static,
    ) -> Result<R, StoreError> {
        let failing = self.next_write.lock().unwrap().take();
        if failing == Some(Failing::Before) {
            return Err(StoreError::Unavailable("before".into()));
        }
        let (writes, reached) = (Arc::clone(&self.writes), Arc::clone(&self.reached));
        let done = tokio::spawn(async move {
            writes.acquire().await.unwrap().forget();
            let done = write.await;
            reached.add_permits(1);
            done
        });
        let done = done.await.unwrap();
        if failing == Some(Failing::After) {
            return Err(StoreError::Unavailable("after".into()));
        }
        done
    }
}

#[async_trait]
impl Users for Stage {
    async fn list_users(&self) -> Result<Vec<User>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.listed().await
    }

    async fn find_user(&self, subject: &Subject) -> Result<Option<User>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.find_user(subject).await
    }

    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        let (store, user) = (Arc::clone(&self.store), user.clone());
        self.write(async move { store.create_user(&user).await }).await
    }

    async fn update_user(&self, user: &User) -> Result<(), StoreError> {
        let (store, user) = (Arc::clone(&self.store), user.clone());
        self.write(async move { store.update_user(&user).await }).await
    }

    async fn remove_user(&self, subject: &Subject) -> Result<(), StoreError> {
        let (store, subject) = (Arc::clone(&self.store), subject.clone());
        self.write(async move { store.remove_user(&subject).await }).await
    }
}

#[async_trait]
impl Sessions for Stage {
    async fn find_session(&self, id: &SecretText) -> Result<Option<Session>, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.store.find_session(id).await
    }

    async fn create_session(&self, session: &Session) -> Result<(), StoreError> {
        let (store, session) = (Arc::clone(&self.store), session.clone());
        self.write(async move { store.create_session(&session).await }).await
    }

    async fn remove_session(&self, id: &SecretText) -> Result<(), StoreError> {
        let (store, id) = (Arc::clone(&self.store), id.clone());
        self.write(async move { store.remove_session(&id).await }).await
    }

    async fn remove_sessions_of(&self, subject: &Subject) -> Result<u64, StoreError> {
        let (store, subject) = (Arc::clone(&self.store), subject.clone());
        self.write(async move { store.remove_sessions_of(&subject).await }).await
    }

    async fn remove_expired_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        let store = Arc::clone(&self.store);
        self.write(async move { store.remove_expired_sessions(now).await }).await
    }
}

pub(crate) fn subject(name: &str) -> Subject {
    Subject::parse(name).unwrap()
}

pub(crate) fn user(name: &str) -> User {
    User {
        subject: subject(name),
        password_hash: SecretText::new("hash"),
        role: Role::Admin,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        last_seen_at: None,
    }
}

pub(crate) fn session(id: &str) -> Session {
    Session {
        id: SecretText::new(id),
        subject: subject("admin"),
        scheme: "session".to_owned(),
        role: Role::Admin,
        token_id: None,
        created_at: Timestamp::UNIX_EPOCH,
        expires_at: Timestamp::from_second(1000).unwrap(),
    }
}

/// The names of all users as `store` gives them.
pub(crate) async fn names(store: &impl Users) -> Vec<String> {
    store.list_users().await.unwrap().iter().map(|user| user.subject.to_string()).collect()
}
