//! Move the master key to another place: wrapped by a service or token, or back into its file. It stays the same key.
//!
//! Does NOT re-seal anything (`rotate_key`).

use crate::audit_trail::{Actor, AuditAction, AuditDraft, AuditTrail, Audited};
use crate::ports::{
    KeyError, KeyProvider, KeySource, KeySwitch, KeyTarget, OldKeyFate, ResolvedKey, SwitchOrder,
};
use std::sync::Arc;

/// Moves the key of one data dir.
pub struct MoveKey {
    /// Knows the key.
    pub keys: Arc<dyn KeyProvider>,
    /// The places it can lie in.
    pub switch: Arc<dyn KeySwitch>,
    /// Is told of it, and knows the time.
    pub audit: AuditTrail,
}

/// A key that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedKey {
    /// The key and where it lies now.
    pub key: ResolvedKey,
    /// Where it lay.
    pub from: KeySource,
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
    /// This program cannot put it there.
    #[error(
        "only you can change the environment of the daemon\nhint: set OPENCCU_LOOM_SECRET_KEY to the content of `secret.key`"
    )]
    Environment,
    /// It was proven in its new place, and the old place could not be given up.
    #[error(
        "the master key lies in its new place and in the old one, for the change was not completed: {0}\nhint: `key status` completes it"
    )]
    NotCompleted(#[source] KeyError),
}

impl MoveKey {
    /// Moves the key. The old place is given up only once the key was had from the new one.
    pub async fn run(&self, target: KeyTarget, actor: &Actor) -> Result<Audited<MovedKey>, MoveKeyError> {
        if target == KeyTarget::Environment {
            return Err(MoveKeyError::Environment);
        }
        let present = self.keys.resolve().await?.ok_or(MoveKeyError::NoKey)?;
        if lies_in(&present.source, target) {
            return Err(MoveKeyError::AlreadyThere(present.source));
        }
        let order = SwitchOrder {
            from: present.key.fingerprint(),
            target,
            old: OldKeyFate::Removed,
            begun_at: self.audit.clock.now(),
        };
        let pending = self.switch.stage(&present.key, &order).await?;
        let switched = self.switch.complete(&pending).await.map_err(MoveKeyError::NotCompleted)?;
        let action = match target {
            KeyTarget::Wrapped(_) => AuditAction::KeyWrap,
            _ => AuditAction::KeyUnwrap,
        };
        let object = format!("{} to {}", present.key.fingerprint(), target.as_str());
        let recorded = self.audit.record(AuditDraft::new(actor, action, &object)).await;
        let key = ResolvedKey { key: present.key, source: switched.source };
        Ok(Audited::new(MovedKey { key, from: present.source }, recorded))
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
