//! When each session was used last, for the idle limit.
//!
//! Does NOT store it: a restart of the daemon starts the idle time of every session anew, the 12 hours go on.

use crate::credential::CredentialDigest;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Last uses by session digest; empty as long as there is no limit.
pub(super) struct SessionUses {
    limit: Option<SignedDuration>,
    last: Mutex<HashMap<String, Timestamp>>,
}

impl SessionUses {
    pub(super) fn new(limit: Option<SignedDuration>) -> Self {
        let limit = limit.filter(SignedDuration::is_positive);
        Self { limit, last: Mutex::default() }
    }

    /// Whether the session was left alone for longer than the limit. One that was not used yet is not idle.
    pub(super) fn is_idle(&self, session: &CredentialDigest, now: Timestamp) -> bool {
        let last = self.lock().get(session.as_str()).copied();
        last.is_some_and(|last| self.is_over(last, now))
    }

    pub(super) fn note(&self, session: &CredentialDigest, now: Timestamp) {
        if self.limit.is_some() {
            self.lock().insert(session.as_str().to_owned(), now);
        }
    }

    pub(super) fn forget(&self, session: &str) {
        self.lock().remove(session);
    }

    /// Digests of the sessions that are idle.
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
