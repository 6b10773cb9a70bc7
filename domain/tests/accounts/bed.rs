//! A desk over a store in memory, with a clock that can be set and stores that can be made to fail.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use loom_adapter_memory::{MemoryClock, MemoryPasswords, MemoryRandomness, MemoryStateStore};
use loom_domain::account::{Role, Subject, Token, User};
use loom_domain::audit::{AuditEntry, AuditFilter, RecordedEntry};
use loom_domain::audit_trail::{Actor, AuditTrail, Audited};
use loom_domain::credential::CredentialDigest;
use loom_domain::ports::{
    AuditLog, Clock, PasswordError, PasswordVerdict, Passwords, Sessions, StoreError, Tokens, Users,
};
use loom_domain::secret::SecretText;
use loom_domain::usecases::accounts::*;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) struct Bed {
    pub(crate) accounts: Accounts,
    pub(crate) store: Arc<MemoryStateStore>,
    pub(crate) passwords: Arc<MemoryPasswords>,
    pub(crate) clock: MemoryClock,
    /// While set, no user can be changed or removed, and nothing is recorded.
    pub(crate) broken: Arc<AtomicBool>,
    /// What the store shall hold of a user as soon as the next password was looked at.
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

/// Something another request does while a password is looked at.
pub(crate) enum Meanwhile {
    Demote(&'static str),
    /// Another login, which made the hash of `PASSWORD` anew.
    Rehash(&'static str),
    Remove(&'static str),
    /// Another password.
    Replace(&'static str),
}

impl Bed {
    pub(crate) fn new() -> Self {
        Self::with(AccountRules::default())
    }

    pub(crate) fn with(rules: AccountRules) -> Self {
        Self::on(Arc::default(), at("2026-11-22T22:15:30.5Z"), rules)
    }

    /// Another start of a daemon on the same store.
    pub(crate) fn restarted(&self, rules: AccountRules) -> Self {
        Self::on(Arc::clone(&self.store), self.clock.now(), rules)
    }

    fn on(store: Arc<MemoryStateStore>, now: Timestamp, rules: AccountRules) -> Self {
        let clock = MemoryClock::new(now);
        let (passwords, broken) = (Arc::<MemoryPasswords>::default(), Arc::<AtomicBool>::default());
        let breaking = Arc::new(Breaking { store: Arc::clone(&store), broken: Arc::clone(&broken) });
        let meanwhile = Arc::<Mutex<Option<Meanwhile>>>::default();
        let meddling =
            Meddling { passwords: passwords.clone(), store: store.clone(), meanwhile: meanwhile.clone() };
        let ports = AccountPorts {
            users: breaking.clone(),
            tokens: store.clone(),
            sessions: store.clone(),
            passwords: Arc::new(meddling),
            clock: Arc::new(clock.clone()),
            randomness: Arc::new(MemoryRandomness::default()),
            audit: AuditTrail { log: breaking, clock: Arc::new(clock.clone()) },
        };
        Self { accounts: Accounts::open(ports, rules).unwrap(), store, passwords, clock, broken, meanwhile }
    }

    /// A user whose password is `PASSWORD`, straight into the store.
    pub(crate) async fn user(&self, name: &str, role: Role) {
        let password_hash = self.passwords.hash(&secret(PASSWORD)).await.unwrap();
        self.user_with(name, role, password_hash).await;
    }

    pub(crate) async fn user_with(&self, name: &str, role: Role, password_hash: SecretText) {
        let now = self.clock.now();
        let user = User {
            subject: subject(name),
            password_hash,
            role,
            created_at: now,
            updated_at: now,
            last_seen_at: None,
        };
        self.store.create_user(&user).await.unwrap();
    }

    /// A token that never ends, straight into the store; the text is the token.
    pub(crate) async fn token(&self, text: &str, name: &str, role: Role) {
        let digest = CredentialDigest::of(&secret(text));
        let token = Token {
            fingerprint: digest.fingerprint().to_owned(),
            token_hash: digest.as_str().to_owned(),
            subject: subject(name),
            role,
            created_at: self.clock.now(),
            last_seen_at: None,
            expires_at: None,
        };
        self.store.create_token(&token).await.unwrap();
    }

    pub(crate) async fn log_in(&self, name: &str) -> LoggedIn {
        recorded(self.accounts.logins.log_in(name, &secret(PASSWORD)).await.unwrap())
    }

    pub(crate) async fn change_own(
        &self,
        who: &Identity,
        current: &str,
        new: &str,
    ) -> Result<Audited<Option<LoggedIn>>, AccountError> {
        self.accounts.own_password.change(who, &secret(current), &secret(new)).await
    }

    pub(crate) async fn stored(&self, name: &str) -> Option<User> {
        self.store.find_user(&subject(name)).await.unwrap()
    }

    pub(crate) async fn session_is_stored(&self, cookie: &SecretText) -> bool {
        let id = secret(CredentialDigest::of(cookie).as_str());
        self.store.find_session(&id).await.unwrap().is_some()
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.clock.set(self.clock.now() + time);
    }

    /// Lets this happen as soon as the next password was looked at.
    pub(crate) fn meanwhile(&self, what: Meanwhile) {
        *self.meanwhile.lock().unwrap() = Some(what);
    }

    pub(crate) fn break_store(&self) {
        self.broken.store(true, Ordering::SeqCst);
    }

    /// The audit log, oldest first.
    pub(crate) async fn audit(&self) -> Vec<AuditEntry> {
        let newest_first = self.store.query_audit(&AuditFilter::default()).await.unwrap();
        newest_first.into_iter().rev().map(|recorded| recorded.entry).collect()
    }
}

pub(crate) fn secret(text: &str) -> SecretText {
    SecretText::new(text)
}

pub(crate) fn subject(name: &str) -> Subject {
    Subject::parse(name).unwrap()
}

pub(crate) fn admin() -> Actor {
    Actor::new(&subject("admin"), "session")
}

/// The value of a change that must have been recorded.
pub(crate) fn recorded<T>(audited: Audited<T>) -> T {
    audited.or_tell(|missing| panic!("{missing}"))
}

pub(crate) fn is_unauthorized<T>(answer: Result<T, AccountError>) -> bool {
    matches!(answer, Err(AccountError::Unauthorized))
}

/// Passwords that take long enough for something to happen meanwhile.
struct Meddling {
    passwords: Arc<MemoryPasswords>,
    store: Arc<MemoryStateStore>,
    meanwhile: Arc<Mutex<Option<Meanwhile>>>,
}

#[async_trait]
impl Passwords for Meddling {
    async fn hash(&self, password: &SecretText) -> Result<SecretText, PasswordError> {
        self.passwords.hash(password).await
    }

    async fn verify(
        &self,
        password: &SecretText,
        stored: &SecretText,
    ) -> Result<PasswordVerdict, PasswordError> {
        let verdict = self.passwords.verify(password, stored).await;
        let meanwhile = self.meanwhile.lock().unwrap().take();
        match meanwhile {
            Some(Meanwhile::Remove(name)) => self.store.remove_user(&subject(name)).await.unwrap(),
            Some(Meanwhile::Demote(name)) => {
                let user = self.store.find_user(&subject(name)).await.unwrap().unwrap();
                self.store.update_user(&User { role: Role::Viewer, ..user }).await.unwrap();
            }
            Some(Meanwhile::Rehash(name)) => {
                let user = self.store.find_user(&subject(name)).await.unwrap().unwrap();
                let password_hash = self.passwords.hash(&secret(PASSWORD)).await.unwrap();
                self.store.update_user(&User { password_hash, ..user }).await.unwrap();
            }
            Some(Meanwhile::Replace(name)) => {
                let user = self.store.find_user(&subject(name)).await.unwrap().unwrap();
                let password_hash = self.passwords.hash(&secret("another")).await.unwrap();
                self.store.update_user(&User { password_hash, ..user }).await.unwrap();
            }
            None => {}
        }
        verdict
    }
}

/// A store whose changes of users and whose records can be made to fail.
struct Breaking {
    store: Arc<MemoryStateStore>,
    broken: Arc<AtomicBool>,
}

impl Breaking {
    fn check(&self) -> Result<(), StoreError> {
        match self.broken.load(Ordering::SeqCst) {
            true => Err(StoreError::Unavailable("broken on purpose".into())),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Users for Breaking {
    async fn list_users(&self) -> Result<Vec<User>, StoreError> {
        self.store.list_users().await
    }

    async fn find_user(&self, subject: &Subject) -> Result<Option<User>, StoreError> {
        self.store.find_user(subject).await
    }

    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        self.store.create_user(user).await
    }

    async fn update_user(&self, user: &User) -> Result<(), StoreError> {
        self.check()?;
        self.store.update_user(user).await
    }

    async fn remove_user(&self, subject: &Subject) -> Result<(), StoreError> {
        self.check()?;
        self.store.remove_user(subject).await
    }
}

#[async_trait]
impl AuditLog for Breaking {
    async fn append_audit(&self, entry: &AuditEntry) -> Result<i64, StoreError> {
        self.check()?;
        // Others get a turn here, as with a real store.
        tokio::task::yield_now().await;
        self.store.append_audit(entry).await
    }

    async fn query_audit(&self, filter: &AuditFilter) -> Result<Vec<RecordedEntry>, StoreError> {
        self.store.query_audit(filter).await
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}
