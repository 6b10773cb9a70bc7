//! The last-seen role: when users and tokens were used last, noted many at a time.
//!
//! Does NOT say how often: a caller collects what it saw and notes it now and then, so that no request waits for it.

use super::StoreError;
use crate::account::Subject;
use async_trait::async_trait;
use jiff::Timestamp;

/// Notes when users and tokens were seen. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::last_seen`)
/// - Users and tokens come back with the time they were seen, to the microsecond.
/// - A time never moves backward, within a batch neither.
/// - Unknown users and tokens are passed over.
/// - Nothing but the time changes, `updated_at` neither.
/// - A batch is noted whole: a reader sees all of it or nothing of it.
#[async_trait]
pub trait LastSeen: Send + Sync {
    /// Notes when users were seen, in one transaction.
    async fn note_users_seen(&self, seen: &[(Subject, Timestamp)]) -> Result<(), StoreError>;
    /// Notes when tokens, named by their fingerprints, were seen, in one transaction.
    async fn note_tokens_seen(&self, seen: &[(String, Timestamp)]) -> Result<(), StoreError>;
}
