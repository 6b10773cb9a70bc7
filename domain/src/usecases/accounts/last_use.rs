//! Who was seen when, gathered in memory until somebody writes it down.
//!
//! Does NOT write: a request that only reads must not cost a write. What was not fetched is lost at the end of the process.

use crate::account::Subject;
use jiff::Timestamp;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The newest instant each account was seen at since the last batch; as the store's `note_…_seen` take it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeenBatch {
    /// Users that came in with a password or a session.
    pub users: Vec<(Subject, Timestamp)>,
    /// Tokens that were shown, by fingerprint.
    pub tokens: Vec<(String, Timestamp)>,
}

impl SeenBatch {
    /// Whether nobody was seen.
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.tokens.is_empty()
    }
}

/// Gathers; as many entries as there are accounts.
#[derive(Default)]
pub(super) struct LastUse(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    users: HashMap<Subject, Timestamp>,
    tokens: HashMap<String, Timestamp>,
}

impl LastUse {
    pub(super) fn user(&self, subject: &Subject, now: Timestamp) {
        note(&mut self.lock().users, subject, now, Subject::clone);
    }

    pub(super) fn token(&self, fingerprint: &str, now: Timestamp) {
        note(&mut self.lock().tokens, fingerprint, now, str::to_owned);
    }

    pub(super) fn take(&self) -> SeenBatch {
        let Seen { users, tokens } = std::mem::take(&mut *self.lock());
        let (mut users, mut tokens) = (Vec::from_iter(users), Vec::from_iter(tokens));
        users.sort();
        tokens.sort();
        SeenBatch { users, tokens }
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keeps the newer instant, and copies the key only for a new entry.
fn note<K, Q>(seen: &mut HashMap<K, Timestamp>, key: &Q, now: Timestamp, own: impl Fn(&Q) -> K)
where
    K: Eq + Hash + std::borrow::Borrow<Q>,
    Q: Eq + Hash + ?Sized,
{
    match seen.get_mut(key) {
        Some(newest) => *newest = now.max(*newest),
        None => drop(seen.insert(own(key), now)),
    }
}
