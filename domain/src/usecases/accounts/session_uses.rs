//! When each session was used last, for the idle limit.
//!
//! Does NOT store it: a restart of the daemon counts as a use of every session, the 12 hours go on.

use crate::credential::CredentialDigest;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Last uses by session digest since the start of the daemon; empty as long as there is no limit.
pub(super) struct SessionUses {
    limit: Option<SignedDuration>,
    started: Timestamp,
    last: Mutex<HashMap<String, Timestamp>>,
}

impl SessionUses {
    pub(super) fn new(limit: Option<SignedDuration>, started: Timestamp) -> Self {
        let limit = limit.filter(SignedDuration::is_positive);
        Self { limit, started, last: Mutex::default() }
    }

    /// Whether the session was left alone for longer than the limit.
    pub(super) fn is_idle(&self, session: &CredentialDigest, now: Timestamp) -> bool {
        let last = self.lock().get(session.as_str()).copied();
        self.is_over(last.unwrap_or(self.started), now)
    }

    pub(super) fn note(&self, session: &CredentialDigest, now: Timestamp) {
        if self.limit.is_some() {
            self.lock().insert(session.as_str().to_owned(), now);
        }
    }

    pub(super) fn forget(&self, session: &str) {
        self.lock().remove(session);
    }

    /// Digests of the idle sessions that were used since the start; of others nothing is known before they are shown.
    pub(super) fn idle_ones(&self, now: Timestamp) -> Vec<String> {
        let last = self.lock();
        let idle = last.iter().filter(|(_, last)| self.is_over(**last, now));
        idle.map(|(session, _)| session.clone()).collect()
    }

    fn is_over(&self, last: Timestamp, now: Timestamp) -> bool {
        self.limit.is_some_and(|limit| now.duration_since(last) > limit)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Timestamp>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
