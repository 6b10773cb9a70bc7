//! The keys at hand on trial: each is tried on every sealed value of an archive, and one of them is the key of its state.
//!
//! Does NOT open the archive itself (`ports::archive_source`).

use super::KeyRing;
use crate::archive::{SealedTally, SealedValue};
use crate::ports::ResolvedKey;

/// What each key opened so far.
pub(super) struct Trial {
    /// The key that a daemon would take, if there is one, comes first.
    tried: Vec<(Option<ResolvedKey>, SealedTally)>,
    may_be_earlier: bool,
}

/// How a trial ended.
pub(super) struct Tried {
    /// The key of the state.
    pub(super) key: Option<ResolvedKey>,
    /// What it opened.
    pub(super) sealed: SealedTally,
    /// Another key at hand that opens everything, where that one does not.
    pub(super) better: Option<ResolvedKey>,
}

impl Trial {
    /// Tries the keys at hand and the archive's `own`. An earlier key of the data dir is the key of the state only where
    /// nobody named one and the archive `brings` no key file: otherwise a daemon would go by those after a restore.
    pub(super) fn new(keys: &KeyRing, own: Option<ResolvedKey>, brings_key_file: bool) -> Self {
        let first = keys.before.clone().or_else(|| own.clone()).or_else(|| keys.after.clone());
        let mut tried = vec![(first, SealedTally::default())];
        for key in own.iter().chain(&keys.after).chain(&keys.earlier) {
            let known =
                tried.iter().any(|(other, _)| other.as_ref().is_some_and(|other| other.key == key.key));
            if !known {
                tried.push((Some(key.clone()), SealedTally::default()));
            }
        }
        Self { tried, may_be_earlier: keys.before.is_none() && !brings_key_file }
    }

    /// Tries every key on the values of one database.
    pub(super) fn add(&mut self, values: &[SealedValue]) {
        for (key, tally) in &mut self.tried {
            tally.add(values, key.as_ref());
        }
    }

    /// The verdict.
    pub(super) fn end(mut self) -> Tried {
        // Of those that open as many the first.
        let best = self.tried.iter().enumerate().min_by_key(|(_, (_, tally))| tally.unreadable);
        let best = best.map_or(0, |(at, _)| at);
        let at = if self.may_be_earlier { best } else { 0 };
        let better = self.tried.get(best).filter(|(_, tally)| best != at && tally.unreadable == 0);
        let better = better.and_then(|(key, _)| key.clone());
        let (key, sealed) = self.tried.swap_remove(at);
        Tried { key, sealed, better }
    }
}
