//! When users and tokens were seen, in memory.
//!
//! Does NOT add users or tokens that are not there.

use super::{MemoryStateStore, precision::microseconds};
use async_trait::async_trait;
use jiff::Timestamp;
use loom_domain::account::Subject;
use loom_domain::ports::{LastSeen, StoreError};

#[async_trait]
impl LastSeen for MemoryStateStore {
    async fn note_users_seen(&self, seen: &[(Subject, Timestamp)]) -> Result<(), StoreError> {
        let mut state = self.lock();
        for (subject, at) in seen {
            if let Some(user) = state.users.get_mut(subject) {
                // No time at all is less than any time.
                user.last_seen_at = user.last_seen_at.max(Some(microseconds(*at)));
            }
        }
        Ok(())
    }

    async fn note_tokens_seen(&self, seen: &[(String, Timestamp)]) -> Result<(), StoreError> {
        let mut state = self.lock();
        for (fingerprint, at) in seen {
            if let Some(token) = state.tokens.get_mut(fingerprint) {
                token.last_seen_at = token.last_seen_at.max(Some(microseconds(*at)));
            }
        }
        Ok(())
    }
}
