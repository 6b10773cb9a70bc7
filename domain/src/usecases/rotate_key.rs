//! Rotate the master key: a new key, every sealed value under it, and the old one kept until it is retired.
//!
//! The transaction that re-seals the values is the instant of the change: before it the old key is the key, after it the
//! new one, whatever is interrupted (`recover_key_switch`). Does NOT lock the data dir; whoever calls it does.

mod resealer;

use super::{TakeKeyInventory, UnreadableValues};
use crate::archive::KeyFileKind;
use crate::audit_trail::{Actor, AuditAction, AuditDraft};
use crate::ports::{
    Clock, KeyError, KeyProvider, KeySource, KeySwitch, KeyTarget, NoRandomness, OldKeyFate, OldKeys,
    PendingSwitch, Randomness, ResealRecord, Resealed, Resealing, ResolvedKey, StoreError, SwitchOrder,
    Switched,
};
use crate::secret::{HeldKeys, KeyFingerprint, MasterKey};
use jiff::Timestamp;
use resealer::ValueResealer;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Rotates the key of one data dir.
pub struct RotateKey {
    /// Knows the present key.
    pub keys: Arc<dyn KeyProvider>,
    /// The places the key can lie in.
    pub switch: Arc<dyn KeySwitch>,
    /// The keys that were replaced.
    pub old: Arc<dyn OldKeys>,
    /// Re-seals the values.
    pub resealing: Arc<dyn Resealing>,
    /// Gives the new key and the nonces.
    pub randomness: Arc<dyn Randomness>,
    /// Names the old key, and dates the audit entry.
    pub clock: Arc<dyn Clock>,
    /// The keys of a program that goes on running: its writers wait, and it seals with the new key afterwards.
    pub held: Option<Arc<HeldKeys>>,
}

/// One rotation as it is ordered.
#[derive(Debug, Clone)]
pub struct RotateOrder {
    /// Where the new key goes.
    pub target: KeyTarget,
    /// The new key, where the operator has to bring it; `None` draws one.
    pub new_key: Option<MasterKey>,
    /// Values that the present key does not open stay as they are; otherwise they are a reason not to begin.
    pub leave_unreadable: bool,
    /// Who orders it.
    pub actor: Actor,
}

/// A key that was rotated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RotatedKey {
    /// Public name of the key before.
    pub from: KeyFingerprint,
    /// Where it lay.
    pub from_source: KeySource,
    /// The key now, and where it lies.
    pub key: ResolvedKey,
    /// What was re-sealed.
    pub resealed: Resealed,
    /// Names of the files in the data dir that keep the old key.
    pub kept: Vec<String>,
    /// Names of the files there that held another key, or none that can be told, and were put aside.
    pub set_aside: Vec<String>,
}

/// Why a key was not rotated, or not to the end. Fragments read after "failed to rotate the master key: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RotateKeyError {
    /// The key, its place, or what wraps it. The old key is the key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no key.
    #[error(
        "the data dir has no master key\nhint: start the daemon once; it makes one. A key given to the daemon alone, as OPENCCU_LOOM_SECRET_KEY or a credential, is not seen here: give it to this command too"
    )]
    NoKey,
    /// The operator has to bring the new key.
    #[error(
        "only you can change the environment of the daemon, and a new key that is kept nowhere else is gone with this command\nhint: write a line OPENCCU_LOOM_NEW_SECRET_KEY= with the output of `openssl rand -base64 32` into the file the daemon's environment is set from, and name that file with --new-key-file"
    )]
    NewKeyMissing,
    /// The new key is the old one.
    #[error("the new key is the present key {0}\nhint: draw a new one with `openssl rand -base64 32`")]
    SameKey(KeyFingerprint),
    /// Values would be left behind.
    #[error(transparent)]
    Unreadable(#[from] UnreadableValues),
    /// The state cannot be read. The old key is the key.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no new key. The old one is the key.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// The values were not re-sealed. The old key is the key.
    #[error("the values were not re-sealed, and the old key stays: {0}")]
    NotResealed(#[source] StoreError),
    /// It is not known whether the values were re-sealed.
    #[error(
        "it is not known whether the values were re-sealed: {0}\nhint: `key status`, or a restart of the daemon, brings the change to its end"
    )]
    OutcomeUnknown(#[source] StoreError),
    /// The values are re-sealed, and the new key is not in its place yet.
    #[error(
        "every value is sealed with the new key, which is not in its place yet: {0}\nhint: `key status`, or a restart of the daemon, brings the change to its end"
    )]
    NotCompleted(#[source] KeyError),
}

impl RotateKey {
    /// Rotates the key. To be run where nobody drops it halfway: a change that broke off waits for its recovery.
    pub async fn run(&self, order: &RotateOrder) -> Result<RotatedKey, RotateKeyError> {
        let change = match &self.held {
            Some(held) => Some(held.change().await),
            None => None,
        };
        let old = self.keys.resolve().await?.ok_or(RotateKeyError::NoKey)?;
        let from = old.key.fingerprint();
        let new = self.new_key(order)?;
        let to = new.fingerprint();
        if to == from {
            return Err(RotateKeyError::SameKey(to));
        }
        if !order.leave_unreadable {
            let take = TakeKeyInventory { resealing: self.resealing.clone() };
            take.run(Some(&old.key)).await?.refuse_unreadable()?;
        }
        let begun_at = self.clock.now();
        let to_keep = self.has_to_be_kept(&from, order.target).await?;
        let fate = if to_keep { self.fate(&old.source, begun_at).await? } else { OldKeyFate::Kept };
        let switch = SwitchOrder { from: from.clone(), target: order.target, old: fate, begun_at };
        let pending = self.switch.stage(&new, &switch).await?;
        // From here on whoever takes the switch back finds the copy, and nothing is sealed with the new key before it is
        // durable.
        if to_keep && let Err(error) = self.old.keep_old_key(&old.key, begun_at).await {
            let _ = self.switch.abandon(&pending).await;
            return Err(error.into());
        }
        if let Some(change) = &change {
            change.expect(new.clone());
        }
        let outcome = self.reseal(order, &old.key, &new, &pending).await;
        let resealed = match outcome {
            Ok(resealed) => resealed,
            Err(RotateKeyError::NotResealed(error)) => {
                if let Some(change) = change {
                    change.stay();
                }
                // It was ruled out that the values need the staged key. What stays of it is found by the next recovery.
                let _ = self.switch.abandon(&pending).await;
                return Err(RotateKeyError::NotResealed(error));
            }
            // Dropping the change says that it broke off.
            Err(other) => return Err(other),
        };
        let switched = self.switch.complete(&pending).await;
        // Where it is not there yet, the next change of the key must not go to the place of the old one.
        let source = match &switched {
            Ok(switched) => switched.source.clone(),
            Err(_) => place_of(order.target),
        };
        let key = ResolvedKey { key: new, source };
        if let Some(change) = change {
            change.switch(key.clone());
        }
        let Switched { kept, set_aside, .. } = switched.map_err(RotateKeyError::NotCompleted)?;
        Ok(RotatedKey { from, from_source: old.source, key, resealed, kept, set_aside })
    }

    fn new_key(&self, order: &RotateOrder) -> Result<MasterKey, RotateKeyError> {
        if let Some(key) = &order.new_key {
            return Ok(key.clone());
        }
        if order.target == KeyTarget::Environment {
            return Err(RotateKeyError::NewKeyMissing);
        }
        let mut bytes = Zeroizing::new([0; 32]);
        self.randomness.fill(bytes.as_mut_slice())?;
        Ok(MasterKey::from_bytes(*bytes))
    }

    /// Whether the old key lies in clear in no place of the data dir, be it outside, wrapped by what may be lost, or gone
    /// from its file: archives may need it. It is kept only where the new one lies in clear too.
    async fn has_to_be_kept(&self, from: &KeyFingerprint, target: KeyTarget) -> Result<bool, KeyError> {
        let in_clear = self.switch.lie_there().await?.remove(KeyFileKind::Clear.file_name());
        Ok(target == KeyTarget::File && in_clear.as_ref() != Some(from))
    }

    /// Whether what is kept goes with a switch that is taken back: never the only copy, and nothing that was there before.
    async fn fate(&self, source: &KeySource, begun_at: Timestamp) -> Result<OldKeyFate, KeyError> {
        let is_elsewhere = match source {
            KeySource::Environment(_) | KeySource::Credential(_) => true,
            // A program that goes on running may be the last to have it.
            KeySource::Wrapped { .. } => self.held.is_none(),
            KeySource::File(_) | KeySource::Archive | KeySource::Memory => false,
        };
        let first = KeyFileKind::Clear.old_names(begun_at).next().unwrap_or_default();
        let was_there = self.old.list_old_keys().await?.iter().any(|old| old.name.starts_with(&first));
        Ok(if is_elsewhere && !was_there { OldKeyFate::Copied } else { OldKeyFate::Kept })
    }

    /// Re-seals everything, or makes sure that nothing was: an error of the store may have come after its commit, or in
    /// the middle of it.
    async fn reseal(
        &self,
        order: &RotateOrder,
        old: &MasterKey,
        new: &MasterKey,
        pending: &PendingSwitch,
    ) -> Result<Resealed, RotateKeyError> {
        let resealer = ValueResealer {
            old: old.clone(),
            new: new.clone(),
            leave_unreadable: order.leave_unreadable,
            randomness: self.randomness.clone(),
        };
        match self.resealing.reseal(Arc::new(resealer), &record(pending, &order.actor, "")).await {
            Ok(resealed) => Ok(resealed),
            Err(error) => match self.resealing.rule_out(&not_done(pending, &order.actor)).await {
                Ok(false) => Ok(Resealed::default()),
                Ok(true) => Err(RotateKeyError::NotResealed(error)),
                Err(_) => Err(RotateKeyError::OutcomeUnknown(error)),
            },
        }
    }
}

/// Where a key will lie, as far as that can be told before it does.
fn place_of(target: KeyTarget) -> KeySource {
    match target {
        KeyTarget::File => KeySource::File(KeyFileKind::Clear.file_name().to_owned()),
        KeyTarget::Environment => KeySource::Environment("OPENCCU_LOOM_SECRET_KEY".to_owned()),
        KeyTarget::Wrapped(wrapper) => KeySource::Wrapped {
            wrapper,
            path: wrapper.file_name().to_owned(),
            wrapping_key: "of its settings".to_owned(),
        },
    }
}

/// What a store notes of a rotation that it rules out.
pub(super) fn not_done(pending: &PendingSwitch, actor: &Actor) -> ResealRecord {
    record(pending, actor, "not done: ")
}

fn record(pending: &PendingSwitch, actor: &Actor, outcome: &str) -> ResealRecord {
    let PendingSwitch { order, to } = pending;
    let object = format!("{outcome}{} to {to} in {}", order.from, order.target.as_str());
    let draft = AuditDraft::new(actor, AuditAction::KeyRotate, &object);
    ResealRecord { key: to.clone(), begun_at: order.begun_at, audit: draft.at(order.begun_at) }
}
