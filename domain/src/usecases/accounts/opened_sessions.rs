//! Which sessions each user has opened, so that nobody opens them without bound.
//!
//! Does NOT know sessions of before the start of the daemon: those end within their 12 hours.

use crate::account::Subject;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Far more than anybody has browsers; a program in a loop is there soon.
const MOST: usize = 100;

/// Digests of the sessions opened since the start, by user, oldest first. Some may have ended by themselves.
#[derive(Default)]
pub(super) struct OpenedSessions(Mutex<HashMap<Subject, Vec<String>>>);

impl OpenedSessions {
    pub(super) fn note(&self, user: &Subject, session: &str) {
        self.lock().entry(user.clone()).or_default().push(session.to_owned());
    }

    /// The session that has to end before the user may open another one.
    pub(super) fn surplus(&self, user: &Subject) -> Option<String> {
        let opened = self.lock();
        let sessions = opened.get(user).filter(|sessions| sessions.len() >= MOST)?;
        sessions.first().cloned()
    }

    pub(super) fn forget(&self, session: &str) {
        self.lock().retain(|_, sessions| {
            sessions.retain(|one| one != session);
            !sessions.is_empty()
        });
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Subject, Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
