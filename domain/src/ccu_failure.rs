//! Why work with a central was given up, in words and as a kind that programs can act on.
//!
//! Does NOT hold errors of ports; their words become a failure.

use crate::words::reason_and_hint;
use std::fmt;

/// Why a backup or a restore of a central was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CcuFailure {
    /// Whose fault it is, roughly.
    pub kind: CcuFailureKind,
    /// Why, in words for the operator.
    pub reason: String,
    /// What can be done about it.
    pub hint: Option<String>,
}

/// Whose fault a failure is, roughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CcuFailureKind {
    /// The central was not reachable, refused, or answered something else.
    Central,
    /// The `.sbk` file is damaged.
    Damaged,
    /// There was no room, or the place of files or the state could not be written.
    Storage,
    /// Somebody cancelled it, or the daemon ended.
    Cancelled,
    /// Anything else.
    Other,
}

impl CcuFailure {
    /// The failure that the words of `error` tell; what follows `hint:` is its hint.
    pub fn of(kind: CcuFailureKind, error: &impl fmt::Display) -> Self {
        let (reason, hint) = reason_and_hint(error);
        Self { kind, reason, hint }
    }
}

impl CcuFailure {
    /// The same, with what can be done about it where its words do not say it.
    #[must_use]
    pub fn advised(self) -> Self {
        let advice = match self.kind {
            CcuFailureKind::Central => {
                "try again in some minutes; if it stays, look at the central and at the network in between"
            }
            CcuFailureKind::Damaged => "make the backup again, or take another one",
            CcuFailureKind::Storage => "look after the data dir and the state store, then try again",
            CcuFailureKind::Cancelled | CcuFailureKind::Other => return self,
        };
        Self { hint: self.hint.or_else(|| Some(advice.to_owned())), ..self }
    }
}

impl CcuFailureKind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Central, Self::Damaged, Self::Storage, Self::Cancelled, Self::Other];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Central => "central",
            Self::Damaged => "damaged",
            Self::Storage => "storage",
            Self::Cancelled => "cancelled",
            Self::Other => "other",
        }
    }

    /// The kind of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}
