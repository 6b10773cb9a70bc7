//! The audit trail: how a use case says who changed what.
//!
//! Does NOT decide what is worth an entry, and does NOT undo a change whose entry could not be written.

mod action;
mod changes;

pub use action::AuditAction;
pub use changes::{Change, changes_between};

use crate::account::Subject;
use crate::audit::AuditEntry;
use crate::central::CentralName;
use crate::ports::{AuditLog, Clock, StoreError};
use std::sync::Arc;

/// Writes entries with the present instant.
#[derive(Clone)]
pub struct AuditTrail {
    /// Where entries go.
    pub log: Arc<dyn AuditLog>,
    /// What time they bear.
    pub clock: Arc<dyn Clock>,
}

/// Who acts, and through what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account; `None` is recorded as `anonymous`.
    pub name: Option<Subject>,
    /// The way in, such as `session`, `bearer 1a2b3c4d5e6f` or `cli`; it ends up in the note.
    pub via: String,
}

/// The change happened, but its entry was not written. Log it as an error and count it: nobody else will.
#[derive(Debug, thiserror::Error)]
#[error("the audit entry `{}` was not written: {cause}", action.word())]
pub struct NotAudited {
    /// What was done.
    pub action: AuditAction,
    /// Why there is no entry.
    #[source]
    pub cause: StoreError,
}

/// What a change brought about, and whether its audit entry was written.
#[derive(Debug)]
#[must_use = "a change without an audit entry has to be logged and counted"]
pub struct Audited<T> {
    value: T,
    recorded: Result<(), NotAudited>,
}

impl<T> Audited<T> {
    /// The value of a change and the outcome of its entry.
    pub fn new(value: T, recorded: Result<(), NotAudited>) -> Self {
        Self { value, recorded }
    }

    /// Tells of a missing entry and hands out the value, which stands either way.
    pub fn or_tell(self, tell: impl FnOnce(NotAudited)) -> T {
        if let Err(missing) = self.recorded {
            tell(missing);
        }
        self.value
    }

    /// The same outcome with another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Audited<U> {
        Audited { value: change(self.value), recorded: self.recorded }
    }
}

impl AuditTrail {
    /// Writes one entry.
    pub async fn record(&self, draft: AuditDraft) -> Result<(), NotAudited> {
        let AuditDraft { action, mut entry } = draft;
        entry.timestamp = self.clock.now();
        match self.log.append_audit(&entry).await {
            Ok(_) => Ok(()),
            Err(cause) => Err(NotAudited { action, cause }),
        }
    }
}

/// An entry on its way into the log; its time is that of `AuditTrail::record`.
#[derive(Debug, Clone)]
pub struct AuditDraft {
    action: AuditAction,
    entry: AuditEntry,
}

impl AuditDraft {
    /// `actor` did `action` on `object`: a name such as a user's, or empty where the action says it all.
    pub fn new(actor: &Actor, action: AuditAction, object: &str) -> Self {
        let user = actor.name.as_ref().map_or("anonymous", Subject::as_str).to_owned();
        let parts = [object.to_owned(), format!("via {}", actor.via)];
        let shown = parts.iter().filter(|part| !part.is_empty() && *part != "via ").map(String::as_str);
        let note = shown.collect::<Vec<_>>().join(", ");
        let entry = AuditEntry {
            timestamp: jiff::Timestamp::UNIX_EPOCH,
            user,
            action: action.word().to_owned(),
            central: None,
            device_address: None,
            channel_no: None,
            paramset: None,
            peer: None,
            parameter: None,
            note: Some(note).filter(|note| !note.is_empty()),
            changes: None,
        };
        Self { action, entry }
    }

    /// The entry as of `at`, for a store that writes it together with the change.
    pub fn at(mut self, at: jiff::Timestamp) -> AuditEntry {
        self.entry.timestamp = at;
        self.entry
    }

    /// It was done on this central.
    pub fn central(mut self, name: &CentralName) -> Self {
        self.entry.central = Some(name.clone());
        self
    }

    /// These values changed; none of them are recorded as no list at all.
    pub fn changes(mut self, changes: &[Change]) -> Self {
        self.entry.changes = Change::list_to_json(changes);
        self
    }
}

impl Actor {
    /// An account that came in through `via`.
    pub fn new(name: &Subject, via: impl Into<String>) -> Self {
        Self { name: Some(name.clone()), via: via.into() }
    }

    /// Somebody who did not log in.
    pub fn anonymous(via: impl Into<String>) -> Self {
        Self { name: None, via: via.into() }
    }
}

#[cfg(test)]
mod tests;
