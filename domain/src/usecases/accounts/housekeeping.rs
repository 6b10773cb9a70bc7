//! Housekeeping: sessions that have ended are cleared away.
//!
//! Does NOT decide whether a session is valid: an ended one opens nothing, cleared away or not. Does NOT schedule itself.

use super::AccountError;
use super::desk::Desk;
use std::sync::Arc;

/// Clears ended sessions away.
pub struct SessionHousekeeping {
    desk: Arc<Desk>,
}

impl SessionHousekeeping {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    /// Removes the sessions that expired or were left alone for too long; returns how many expired. Run it at the start and
    /// every few minutes. One that was not used since the start is left to `by_session`, or to its end.
    pub async fn run(&self) -> Result<u64, AccountError> {
        let now = self.desk.now();
        for session in self.desk.uses.idle_ones(now) {
            self.desk.end_session(&session).await?;
        }
        Ok(self.desk.ports.sessions.remove_expired_sessions(now).await?)
    }
}
