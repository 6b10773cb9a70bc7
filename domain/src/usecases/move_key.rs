//! Move the master key to another place: wrapped by a service or token, or back into its file. It stays the same key.
//!
//! Does NOT re-seal anything (`rotate_key`).

use super::{TakeKeyInventory, UnreadableValues};
use crate::archive::KeyFileKind;
use crate::audit_trail::{Actor, AuditAction, AuditDraft, AuditTrail, Audited};
use crate::ports::{
    KeyError, KeyProvider, KeySource, KeySwitch, KeyTarget, OldKeyFate, PendingSwitch, Resealing,
    ResolvedKey, StoreError, SwitchOrder,
};
use crate::secret::KeyFingerprint;
use std::sync::Arc;

/// Moves the key of one data dir.
pub struct MoveKey {
    /// Knows the key.
    pub keys: Arc<dyn KeyProvider>,
    /// The places it can lie in.
    pub switch: Arc<dyn KeySwitch>,
    /// Shows the values the key has to open.
    pub resealing: Arc<dyn Resealing>,
    /// Is told of it, and knows the time.
    pub audit: AuditTrail,
}

/// One move as it is ordered.
#[derive(Debug, Clone)]
pub struct MoveOrder {
    /// Where the key goes.
    pub target: KeyTarget,
    /// Values that the key does not open are no reason not to begin.
    pub leave_unreadable: bool,
    /// Who orders it.
    pub actor: Actor,
}

/// A key that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedKey {
    /// The key and where it lies now.
    pub key: ResolvedKey,
    /// Where it lay.
    pub from: KeySource,
    /// Names of the files in the data dir that were in its way, held no key that could be told, and were put aside.
    pub kept: Vec<String>,
}

/// Why a key was not moved. Fragments read after "failed to move the master key: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MoveKeyError {
    /// The key, its place, or what wraps it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no key.
    #[error(
        "the data dir has no master key\nhint: start the daemon once; it makes one. A key given to the daemon alone, as OPENCCU_LOOM_SECRET_KEY or a credential, is not seen here: give it to this command too"
    )]
    NoKey,
    /// It is there already.
    #[error("the master key lies there already: {0}")]
    AlreadyThere(KeySource),
    /// Another key would lose its place: the one that was found may be the wrong one.
    #[error(
        "the key of {from} is {key}, and `{file}` in the data dir holds another one, {other}\nhint: {}",
        ways_out(from, file)
    )]
    AnotherKey {
        /// Where the key lies that was to be moved.
        from: Box<KeySource>,
        /// Its public name.
        key: KeyFingerprint,
        /// The file with the other one.
        file: String,
        /// The public name of that.
        other: KeyFingerprint,
    },
    /// It may be the wrong key.
    #[error(transparent)]
    Unreadable(#[from] UnreadableValues),
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// This program cannot put it there.
    #[error(
        "only you can change the environment of the daemon\nhint: set OPENCCU_LOOM_SECRET_KEY to the content of `secret.key`"
    )]
    Environment,
    /// It was proven, and did not get its new place while it could not be had from the old one either, or has both.
    #[error(
        "the move was not completed: {0}\nhint: `key status`, or a restart of the daemon, brings it to its end"
    )]
    NotCompleted(#[source] KeyError),
}

impl MoveKey {
    /// Moves the key. The old place is given up only once the key was had from the new one.
    pub async fn run(&self, order: &MoveOrder) -> Result<Audited<MovedKey>, MoveKeyError> {
        let target = order.target;
        if target == KeyTarget::Environment {
            return Err(MoveKeyError::Environment);
        }
        let present = self.keys.resolve().await?.ok_or(MoveKeyError::NoKey)?;
        if lies_in(&present.source, target) {
            return Err(MoveKeyError::AlreadyThere(present.source));
        }
        self.refuse_another(&present).await?;
        if !order.leave_unreadable {
            let take = TakeKeyInventory { resealing: self.resealing.clone() };
            take.run(Some(&present.key)).await?.refuse_unreadable()?;
        }
        let switch = SwitchOrder {
            from: present.key.fingerprint(),
            target,
            old: OldKeyFate::Removed,
            begun_at: self.audit.clock.now(),
        };
        let pending = self.switch.stage(&present.key, &switch).await?;
        let switched = match self.switch.complete(&pending).await {
            Ok(switched) => switched,
            Err(error) if self.is_taken_back(&pending, &present).await => return Err(error.into()),
            Err(error) => return Err(MoveKeyError::NotCompleted(error)),
        };
        let action = match target {
            KeyTarget::Wrapped(_) => AuditAction::KeyWrap,
            _ => AuditAction::KeyUnwrap,
        };
        let object = format!("{} to {}", present.key.fingerprint(), target.as_str());
        let recorded = self.audit.record(AuditDraft::new(&order.actor, action, &object)).await;
        let key = ResolvedKey { key: present.key, source: switched.source };
        let kept = switched.kept;
        Ok(Audited::new(MovedKey { key, from: present.source, kept }, recorded))
    }

    /// Gives up a move whose key is not in its new place, and is had from the old one as before.
    async fn is_taken_back(&self, pending: &PendingSwitch, present: &ResolvedKey) -> bool {
        let file = match pending.order.target {
            KeyTarget::Wrapped(wrapper) => wrapper.file_name(),
            _ => KeyFileKind::Clear.file_name(),
        };
        let is_there = match self.switch.lie_there().await {
            Ok(there) => there.get(file) == Some(&pending.to),
            Err(_) => true,
        };
        let is_had = matches!(self.keys.resolve().await, Ok(Some(found)) if found == *present);
        !is_there && is_had && self.switch.abandon(pending).await.is_ok()
    }

    /// Whatever lies in the data dir's own places has to be the key that moves: it is taken away from there.
    async fn refuse_another(&self, present: &ResolvedKey) -> Result<(), MoveKeyError> {
        let key = present.key.fingerprint();
        match self.switch.lie_there().await?.into_iter().find(|(_, lying)| *lying != key) {
            None => Ok(()),
            Some((file, other)) => {
                Err(MoveKeyError::AnotherKey { from: present.source.clone().into(), key, file, other })
            }
        }
    }
}

/// What to do about two keys.
fn ways_out(from: &KeySource, file: &str) -> String {
    let away = format!("move `{file}` out of the data dir and keep it, if that is the one nobody needs");
    match from {
        KeySource::Environment(variable) => format!("remove {variable} if it was forgotten, or {away}"),
        KeySource::Credential(_) => {
            format!("take the credential out of the unit if it was forgotten, or {away}")
        }
        _ => away,
    }
}

/// Whether a key of that source lies in the data dir's place for the target already.
fn lies_in(source: &KeySource, target: KeyTarget) -> bool {
    match (source, target) {
        (KeySource::File(_), KeyTarget::File) => true,
        (KeySource::Wrapped { wrapper, .. }, KeyTarget::Wrapped(wanted)) => *wrapper == wanted,
        _ => false,
    }
}
