//! Retire old master keys: remove them for good once no stored value needs them.
//!
//! Does NOT look at archives; whoever calls it does.

use super::TakeKeyInventory;
use crate::audit_trail::{Actor, AuditAction, AuditDraft, AuditTrail, Audited};
use crate::ports::{
    KeyError, KeyProvider, KeySource, KeySwitch, OldKey, OldKeys, Resealing, ResolvedKey, ResolvedOldKeys,
    StoreError,
};
use std::sync::Arc;

/// Retires old keys of one data dir.
pub struct RetireKeys {
    /// Knows the present key.
    pub keys: Arc<dyn KeyProvider>,
    /// Knows which keys lie in their places.
    pub switch: Arc<dyn KeySwitch>,
    /// The old ones.
    pub old: Arc<dyn OldKeys>,
    /// Shows the values that may need one.
    pub resealing: Arc<dyn Resealing>,
    /// Is told of it.
    pub audit: AuditTrail,
}

/// Why an old key was not removed. Fragments read after "failed to retire the key: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RetireKeysError {
    /// The places of the keys.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The state.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is none of that name.
    #[error("there is no old key `{0}`\nhint: `key status` lists those there are")]
    Unknown(String),
    /// Stored values need it, or may need it.
    #[error(
        "old key `{name}` is still needed: {why}\nhint: `--force` (over REST `?force=true`) removes it all the same, and with it what it opens"
    )]
    Needed {
        /// The key.
        name: String,
        /// What needs it.
        why: String,
    },
    /// Some went before the disk failed.
    #[error("{cause}; removed before that: {}", .removed.join(", "))]
    NotAll {
        /// Names of those that are gone.
        removed: Vec<String>,
        /// Why the next one is not.
        cause: Box<KeyError>,
    },
}

/// What became of old keys that nothing needs.
#[derive(Debug)]
pub struct RetiredKeys {
    /// Those that are gone.
    pub removed: Vec<OldKey>,
    /// Why the next one, and those after it, are still there.
    pub stopped: Option<KeyError>,
}

impl RetiredKeys {
    /// Those that are gone, if that is all of them.
    pub fn all(self) -> Result<Vec<OldKey>, RetireKeysError> {
        match (self.stopped, self.removed.as_slice()) {
            (None, _) => Ok(self.removed),
            (Some(cause), []) => Err(cause.into()),
            (Some(cause), removed) => Err(RetireKeysError::NotAll {
                removed: removed.iter().map(|key| key.name.clone()).collect(),
                cause: cause.into(),
            }),
        }
    }
}

impl RetireKeys {
    /// Removes the old keys of these names, all of them if none is named. Nothing is removed if one of them is still
    /// needed, unless `force`. What the audit log is told is what went, also where the disk fails at a later one.
    pub async fn run(
        &self,
        names: &[String],
        force: bool,
        actor: &Actor,
    ) -> Result<Audited<RetiredKeys>, RetireKeysError> {
        let old = self.old.list_old_keys().await?;
        if let Some(unknown) = names.iter().find(|name| old.iter().all(|key| key.name != **name)) {
            return Err(RetireKeysError::Unknown(unknown.clone()));
        }
        let retired: Vec<_> =
            old.into_iter().filter(|key| names.is_empty() || names.contains(&key.name)).collect();
        if !force {
            self.check(&retired).await?;
        }
        let retired = self.remove(retired).await;
        let names = retired.removed.iter().map(|key| key.name.as_str()).collect::<Vec<_>>().join(" ");
        let recorded = match retired.removed.is_empty() {
            true => Ok(()),
            false => self.audit.record(AuditDraft::new(actor, AuditAction::KeyRetire, &names)).await,
        };
        Ok(Audited::new(retired, recorded))
    }

    async fn remove(&self, keys: Vec<OldKey>) -> RetiredKeys {
        let mut retired = RetiredKeys { removed: Vec::new(), stopped: None };
        for key in keys {
            match self.old.remove_old_key(&key.name).await {
                Ok(()) => retired.removed.push(key),
                Err(error) => {
                    retired.stopped = Some(error);
                    break;
                }
            }
        }
        retired
    }

    async fn check(&self, keys: &[OldKey]) -> Result<(), RetireKeysError> {
        let present = self.keys.resolve().await?;
        let take = TakeKeyInventory { resealing: self.resealing.clone() };
        let inventory = take.run(present.as_ref().map(|present| &present.key)).await?;
        if let Some(present) = &present {
            let opens = inventory.v1() + inventory.v2() > inventory.unreadable();
            self.check_in_place(present, opens, keys).await?;
        }
        // Which of the nameless ones are no keys at all.
        let resolved = match keys.iter().any(|key| key.fingerprint.is_err()) && inventory.unreadable() > 0 {
            true => self.old.resolve_old_keys().await?,
            false => ResolvedOldKeys::default(),
        };
        let named: u64 = inventory.other_keys.values().sum();
        // Values that name no key may be sealed with any of them.
        let unnamed = inventory.unreadable() - named.min(inventory.unreadable());
        for key in keys {
            let (needs, may_need) = match &key.fingerprint {
                Ok(fingerprint) => (inventory.other_keys.get(fingerprint), unnamed),
                Err(_) if resolved.is_no_key(&key.name) => (None, 0),
                // Nobody knows which one it is.
                Err(_) => (None, inventory.unreadable()),
            };
            let why = match (needs, may_need) {
                (Some(values), _) => format!("{values} stored values are sealed with it"),
                (None, 0) => continue,
                (None, values) => format!(
                    "{values} stored values do not open with the present key and may be sealed with it (`key status` names them; enter them anew, and nothing does any more)"
                ),
            };
            return Err(RetireKeysError::Needed { name: key.name.clone(), why });
        }
        Ok(())
    }

    /// Refuses to remove the key in use where no file in place holds it any more: it would be gone with the daemon that
    /// still holds it, or with the shell whose variable does. One from outside of the data dir that opens no stored value
    /// may go.
    async fn check_in_place(
        &self,
        present: &ResolvedKey,
        opens: bool,
        keys: &[OldKey],
    ) -> Result<(), RetireKeysError> {
        let fingerprint = present.key.fingerprint();
        let copy = keys.iter().find(|key| key.fingerprint.as_ref() == Ok(&fingerprint));
        let is_outside = matches!(present.source, KeySource::Environment(_) | KeySource::Credential(_));
        let (Some(copy), false) = (copy, is_outside && !opens) else { return Ok(()) };
        if self.switch.lie_there().await?.values().any(|there| *there == fingerprint) {
            return Ok(());
        }
        let why = "it is the key in use, and no key file in its place holds it".to_owned();
        Err(RetireKeysError::Needed { name: copy.name.clone(), why })
    }
}
