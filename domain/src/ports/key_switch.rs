//! Key switch: the places of a data dir where its master key lies, and the change from one key or place to another.
//!
//! Does NOT re-seal anything (`ports::resealing`) and does NOT decide when to change (`usecases::rotate_key`).

use super::{KeyError, KeySource, ResolvedKey};
use crate::secret::{KeyFingerprint, MasterKey, Wrapper};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Changes the key of one data dir so that it can be told at every instant which key is the one. Driven port; adapters:
/// `keys` (a data dir), `memory`.
///
/// # Contract (each line has a case in `loom_contract::key_switch`)
/// - A staged key changes nothing: the provider still resolves the old one.
/// - Staging proves the key: it is read back from where it lies, and unwrapped, before this returns.
/// - A staged switch is `pending` until it is completed or abandoned, also for another instance.
/// - After `complete` the provider resolves the new key, and the old one lies under the name it returns, or is gone.
/// - Of several switches at one instant, each returns the names of its own old key only.
/// - A key that is neither staged nor in its place is `StagedKeyGone` for `complete`, and nothing changes.
/// - After `abandon` nothing of the staged key is left.
/// - After `abandon` no copy of a `Copied` key is left, and every other old key is.
/// - Files that held another key than the old one are told as put aside.
/// - Completing and abandoning can be done again after being interrupted at any step.
/// - Two switches at once: the second is `SwitchPending`.
/// - The keys in its files are named without being unwrapped; one that lies elsewhere is not among them.
#[async_trait]
pub trait KeySwitch: Send + Sync {
    /// The switch that was begun and neither completed nor abandoned.
    async fn pending(&self) -> Result<Option<PendingSwitch>, KeyError>;
    /// Stores `key` durably beside the present one.
    async fn stage(&self, key: &MasterKey, order: &SwitchOrder) -> Result<PendingSwitch, KeyError>;
    /// Makes the staged key the key of the data dir.
    async fn complete(&self, pending: &PendingSwitch) -> Result<Switched, KeyError>;
    /// Removes what was staged, and the copy of an old key that is [`OldKeyFate::Copied`].
    async fn abandon(&self, pending: &PendingSwitch) -> Result<(), KeyError>;
    /// Public names of the keys that lie in the places of the data dir now, by the names of their files, kept ones left
    /// out. So is a file that cannot be read or holds no key.
    async fn lie_there(&self) -> Result<BTreeMap<String, KeyFingerprint>, KeyError>;
}

/// The keys that earlier switches left behind. Driven port; adapters: `keys` (a data dir), `memory`.
///
/// # Contract (each line has a case in `loom_contract::key_switch`)
/// - Old keys are listed with their fingerprints, and removed one by one.
/// - Old keys are resolved newest first, wrapped ones too.
/// - An old key that cannot be had is told with the reason, and holds back no other.
/// - A key from elsewhere that is kept is an old key, under a name of its own.
#[async_trait]
pub trait OldKeys: Send + Sync {
    /// Keys that were kept, oldest first.
    async fn list_old_keys(&self) -> Result<Vec<OldKey>, KeyError>;
    /// The keys themselves, as far as they can be had.
    async fn resolve_old_keys(&self) -> Result<ResolvedOldKeys, KeyError>;
    /// Keeps a key durably, in clear, that lies in no place of the data dir; gives the name of its file.
    async fn keep_old_key(&self, key: &MasterKey, replaced_at: Timestamp) -> Result<String, KeyError>;
    /// Removes one for good; an unknown name is no error.
    async fn remove_old_key(&self, name: &str) -> Result<(), KeyError>;
}

/// Where a data dir keeps its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyTarget {
    /// In clear, in `secret.key`.
    File,
    /// In an environment variable, which only the operator can change.
    Environment,
    /// Wrapped, in a file beside the database.
    Wrapped(Wrapper),
}

impl KeyTarget {
    /// The word for it in configuration and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Environment => "env",
            Self::Wrapped(wrapper) => wrapper.as_str(),
        }
    }

    /// The target of that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::File, Self::Environment, Self::Wrapped(Wrapper::Kms), Self::Wrapped(Wrapper::Pkcs11)]
            .into_iter()
            .find(|target| target.as_str() == word)
    }
}

/// What becomes of the files that held the old key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldKeyFate {
    /// They get the name `<name>.old-<utc>`.
    Kept,
    /// The same, and what is kept with [`OldKeys::keep_old_key`] at that instant, at which no other key in clear was
    /// replaced, is a copy: the key can be had elsewhere, and the copy goes with a switch that is abandoned.
    Copied,
    /// They are removed: the same key now lies elsewhere.
    Removed,
}

/// One switch as it is ordered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SwitchOrder {
    /// Public name of the present key.
    pub from: KeyFingerprint,
    /// Where the new key goes.
    pub target: KeyTarget,
    /// What becomes of the old one.
    pub old: OldKeyFate,
    /// When it was begun; names the old key.
    pub begun_at: Timestamp,
}

/// One switch as it is recorded. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingSwitch {
    /// The order.
    pub order: SwitchOrder,
    /// Public name of the staged key.
    pub to: KeyFingerprint,
}

/// What a completed switch did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switched {
    /// Where the key lies now.
    pub source: KeySource,
    /// Names of the files in the data dir that keep the old key; where it only moved, of those that held no such key and
    /// were put aside.
    pub kept: Vec<String>,
    /// Names of the files that this call put aside and that held another key than the old one, or none that can be told;
    /// empty where the key only moved.
    pub set_aside: Vec<String>,
}

/// A key that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldKey {
    /// Name of its file in the data dir, such as `secret.key.old-20261123T120000Z`.
    pub name: String,
    /// Its public name; `Err` says why it cannot be told.
    pub fingerprint: Result<KeyFingerprint, String>,
}

/// Keys that were kept, as far as they can be had.
#[derive(Debug, Default)]
pub struct ResolvedOldKeys {
    /// Newest first.
    pub keys: Vec<ResolvedKey>,
    /// Why the others cannot be had, by the names of their files.
    pub unresolved: BTreeMap<String, KeyError>,
}

impl ResolvedOldKeys {
    /// Whether the file of that name was read and holds no key: nothing can need it.
    pub fn is_no_key(&self, name: &str) -> bool {
        matches!(self.unresolved.get(name), Some(KeyError::Malformed { .. }))
    }
}
