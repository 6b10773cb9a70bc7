//! Sessions from memory, as far as they were found before.
//!
//! Does NOT remember that a session is unknown, and never holds more than a fixed number of them.

use super::CachedStore;
use crate::account::{Session, Subject};
use crate::ports::{Sessions, StoreError};
use crate::secret::SecretText;
use async_trait::async_trait;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// More than one home ever has open; at the next one all are forgotten and found again as they are needed.
const MOST: usize = 10_000;

/// Sessions that are in the store, by the SHA-256 of their ids.
#[derive(Default)]
pub(super) struct KnownSessions(BTreeMap<[u8; 32], Session>);

impl KnownSessions {
    fn get(&self, id: &SecretText) -> Option<Session> {
        self.0.get(&place(id)).cloned()
    }

    fn add(&mut self, session: Session) {
        if self.0.len() == MOST {
            self.0.clear();
        }
        self.0.insert(place(&session.id), session);
    }

    fn forget(&mut self, goes: impl Fn(&Session) -> bool) {
        self.0.retain(|_, session| !goes(session));
    }
}

#[async_trait]
impl<S: Sessions + ?Sized> Sessions for CachedStore<S> {
    async fn find_session(&self, id: &SecretText) -> Result<Option<Session>, StoreError> {
        let (known, epoch) = self.sessions.look(|known| known.get(id));
        if known.is_some() {
            return Ok(known);
        }
        let found = self.inner.find_session(id).await?;
        if let Some(session) = &found {
            self.sessions.keep(epoch, |known| known.add(session.clone()));
        }
        Ok(found)
    }

    async fn create_session(&self, session: &Session) -> Result<(), StoreError> {
        let created = self.inner.create_session(session);
        let (created, epoch) =
            self.sessions.write(|known| known.forget(|old| old.id == session.id), created).await;
        created?;
        if let Ok(Some(stored)) = self.inner.find_session(&session.id).await {
            self.sessions.keep(epoch, |known| known.add(stored));
        }
        Ok(())
    }

    async fn remove_session(&self, id: &SecretText) -> Result<(), StoreError> {
        let removed = self.inner.remove_session(id);
        self.sessions.write(|known| known.forget(|session| session.id == *id), removed).await.0
    }

    async fn remove_sessions_of(&self, subject: &Subject) -> Result<u64, StoreError> {
        let removed = self.inner.remove_sessions_of(subject);
        self.sessions.write(|known| known.forget(|session| session.subject == *subject), removed).await.0
    }

    async fn remove_expired_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        let removed = self.inner.remove_expired_sessions(now);
        self.sessions.write(|known| known.forget(|session| session.expires_at <= now), removed).await.0
    }
}

fn place(id: &SecretText) -> [u8; 32] {
    Sha256::digest(id.reveal().as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Role;

    #[test]
    fn no_more_than_the_limit_are_held() {
        let mut known = KnownSessions::default();
        let session = |n: usize| Session {
            id: SecretText::new(n.to_string()),
            subject: Subject::parse("anna").unwrap(),
            scheme: "session".to_owned(),
            role: Role::Viewer,
            token_id: None,
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: Timestamp::UNIX_EPOCH,
        };
        for n in 0..=MOST {
            known.add(session(n));
            assert!((1..=MOST).contains(&known.0.len()));
        }
        assert_eq!(known.0.len(), 1);
        assert_eq!(known.get(&SecretText::new(MOST.to_string())), Some(session(MOST)));
    }
}
