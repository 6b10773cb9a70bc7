//! The sessions role: open logins that survive a restart of the daemon.
//!
//! Does NOT set cookies and does NOT judge expiry when finding: it returns what is stored.

use super::StoreError;
use crate::account::{Session, Subject};
use crate::secret::SecretText;
use async_trait::async_trait;
use jiff::Timestamp;

/// Keeps login sessions. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::sessions`)
/// - A stored session comes back equal; its times are whole seconds in UTC.
/// - A second session of one id is `AlreadyExists`.
/// - No error shows the id of a session.
/// - Removing a session that is gone is not an error.
/// - Removing the sessions of a subject removes all of them and nobody else's, and counts them.
/// - `remove_expired_sessions` removes exactly those whose end is not after `now`.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// The session of that id, expired or not.
    async fn find_session(&self, id: &SecretText) -> Result<Option<Session>, StoreError>;
    /// Adds a session.
    async fn create_session(&self, session: &Session) -> Result<(), StoreError>;
    /// Removes one session.
    async fn remove_session(&self, id: &SecretText) -> Result<(), StoreError>;
    /// Removes every session of a subject; returns how many.
    async fn remove_sessions_of(&self, subject: &Subject) -> Result<u64, StoreError>;
    /// Removes the sessions that ended at or before `now`; returns how many.
    async fn remove_expired_sessions(&self, now: Timestamp) -> Result<u64, StoreError>;
}
