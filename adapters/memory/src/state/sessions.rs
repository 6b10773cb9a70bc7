//! Login sessions in memory.
//!
//! Does NOT show the id of a session in an error: whoever holds it is logged in.

use super::{MemoryStateStore, already_exists, precision::seconds};
use async_trait::async_trait;
use jiff::Timestamp;
use loom_domain::account::{Session, Subject};
use loom_domain::ports::{Sessions, StoreError};
use loom_domain::secret::SecretText;

#[async_trait]
impl Sessions for MemoryStateStore {
    async fn find_session(&self, id: &SecretText) -> Result<Option<Session>, StoreError> {
        Ok(self.lock().sessions.iter().find(|session| session.id == *id).cloned())
    }

    async fn create_session(&self, session: &Session) -> Result<(), StoreError> {
        let sessions = &mut self.lock().sessions;
        if sessions.iter().any(|stored| stored.id == session.id) {
            return Err(already_exists("session of", &session.subject));
        }
        sessions.push(Session {
            created_at: seconds(session.created_at),
            expires_at: seconds(session.expires_at),
            ..session.clone()
        });
        Ok(())
    }

    async fn remove_session(&self, id: &SecretText) -> Result<(), StoreError> {
        self.lock().sessions.retain(|session| session.id != *id);
        Ok(())
    }

    async fn remove_sessions_of(&self, subject: &Subject) -> Result<u64, StoreError> {
        Ok(remove_where(&mut self.lock().sessions, |session| session.subject == *subject))
    }

    async fn remove_expired_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        Ok(remove_where(&mut self.lock().sessions, |session| session.expires_at <= now))
    }
}

fn remove_where(sessions: &mut Vec<Session>, goes: impl Fn(&Session) -> bool) -> u64 {
    let before = sessions.len();
    sessions.retain(|session| !goes(session));
    (before - sessions.len()) as u64
}
