//! What is remembered between two refreshes: which addresses were missing once, and since when a list is suspiciously short.
//!
//! Does NOT outlive the daemon: an interface that boots may list less than it has, and so may one after the daemon started.

use crate::device::InterfaceRef;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// So long a short list has to stay the same before it is believed; the slowest interface lists its devices before that.
const BELIEVED_AFTER: SignedDuration = SignedDuration::from_mins(30);

/// The memory of all interfaces.
#[derive(Debug, Clone, Default)]
pub struct RefreshMemory(BTreeMap<InterfaceRef, Memory>);

/// The memory of one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// Cached addresses the last list did not name.
    pub(super) missing: BTreeSet<String>,
    short: Option<Short>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Short {
    since: Timestamp,
    addresses: usize,
}

impl RefreshMemory {
    pub(super) fn of(&mut self, interface: &InterfaceRef) -> &mut Memory {
        self.0.entry(interface.clone()).or_default()
    }
}

impl Memory {
    /// Takes note of a short list of so many addresses; whether it was the same for so long that it is believed. An
    /// empty one never is.
    pub(super) fn short_list(&mut self, addresses: usize, now: Timestamp) -> bool {
        let same = self.short.filter(|short| short.addresses == addresses && short.since <= now);
        let short = same.unwrap_or(Short { since: now, addresses });
        self.short = Some(short);
        addresses > 0 && now.duration_since(short.since) >= BELIEVED_AFTER
    }

    /// Takes note of a list that is not short.
    pub(super) fn long_list(&mut self) {
        self.short = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_list_is_believed_when_it_stays_and_an_empty_one_never() {
        let at = |minute: i64| Timestamp::from_second(minute * 60).unwrap();
        let mut memory = Memory::default();
        assert!(!memory.short_list(3, at(0)));
        assert!(!memory.short_list(3, at(29)));
        assert!(!memory.short_list(4, at(30)), "it still grows");
        assert!(!memory.short_list(4, at(59)));
        assert!(memory.short_list(4, at(60)));
        memory.long_list();
        assert!(!memory.short_list(4, at(90)));
        assert!(!memory.short_list(0, at(100)) && !memory.short_list(0, at(500)));
        assert!(!memory.short_list(0, at(1)), "the clock was set back");
    }
}
