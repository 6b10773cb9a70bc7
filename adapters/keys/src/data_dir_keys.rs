//! The key files of a data dir while they change: a new key is staged and proven beside them, then put in their place.
//!
//! The order of the steps is such that the key can be had at every instant from a file that the data dir is searched for,
//! but for a switch of place, which the journal tells of. Does NOT lock the data dir, and does NOT know what is sealed
//! in it.

mod files;
mod journal;
mod leftovers;
mod obstacle;
mod old;
mod resolving;
mod staged;

use async_trait::async_trait;
use files::{exists, remove, sync};
use jiff::Timestamp;
use journal::Journal;
use loom_domain::archive::KeyFileKind;
use loom_domain::ports::{
    KeyError, KeySource, KeySwitch, KeyTarget, KeyWrappings, OldKey, OldKeyFate, OldKeys, PendingSwitch,
    ResolvedOldKeys, SwitchOrder, Switched,
};
use loom_domain::secret::{KeyFingerprint, MasterKey};
use staged::Staged;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Name of the variable that holds a key the operator keeps.
const VARIABLE: &str = "OPENCCU_LOOM_SECRET_KEY";

/// The key files of one data dir.
pub struct DataDirKeys {
    folder: PathBuf,
    wrappings: KeyWrappings,
    /// What a staged key is proven with, and is unwrapped with from then on.
    proving: KeyWrappings,
    /// Asked before each step that changes a file; an error there is a crash.
    #[cfg(test)]
    crash: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
}

impl DataDirKeys {
    /// The key files of the data dir `folder`; keys that lie wrapped are wrapped and unwrapped by `wrappings`.
    pub fn new(folder: impl Into<PathBuf>, wrappings: KeyWrappings) -> Self {
        Self {
            folder: folder.into(),
            proving: wrappings.clone(),
            wrappings,
            #[cfg(test)]
            crash: Box::new(|| Ok(())),
        }
    }

    /// The same where whoever unwraps the key later has only `wrappings`: a key that those do not unwrap is not staged.
    #[must_use]
    pub fn proven_by(self, wrappings: KeyWrappings) -> Self {
        Self { proving: wrappings, ..self }
    }

    #[cfg(not(test))]
    #[expect(clippy::unused_self, reason = "tests crash here")]
    fn step(&self) -> io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    fn step(&self) -> io::Result<()> {
        (self.crash)()
    }

    fn journal(&self) -> Journal<'_> {
        Journal { folder: &self.folder }
    }

    fn failed(&self, cause: io::Error) -> KeyError {
        not_stored(&self.folder, cause)
    }

    /// Puts the staged key in place and the others out of it; gives the names of those it kept. Every step can be done
    /// again.
    fn carry_out(&self, pending: &PendingSwitch) -> Result<Vec<String>, KeyError> {
        let target = file_of(pending.order.target);
        let mut kept = Vec::new();
        if let Some(target) = target {
            kept.extend(self.install(pending, target)?);
        }
        for other in KeyFileKind::all().filter(|kind| Some(*kind) != target) {
            let path = self.folder.join(other.file_name());
            if !exists(&path) {
                continue;
            }
            let put_away = || {
                self.step()?;
                if self.may_go(pending, other) {
                    remove(&path)?;
                    sync(&self.folder)?;
                    return Ok(None);
                }
                files::keep_away(&self.folder, other, pending.order.begun_at).map(Some)
            };
            kept.extend(put_away().map_err(|error| not_stored(&path, error))?);
        }
        self.remove_journal().map_err(|error| not_stored(&self.journal().path(), error))?;
        Ok(kept)
    }

    fn remove_journal(&self) -> io::Result<()> {
        self.step()?;
        self.journal().remove()?;
        sync(&self.folder)
    }

    /// Nothing may be moved away unless the key is in its place, or can be put there.
    fn check_at_hand(&self, pending: &PendingSwitch) -> Result<(), KeyError> {
        let target = file_of(pending.order.target);
        obstacle::check(&self.folder, target)?;
        let Some(target) = target else { return Ok(()) };
        let (staged, live) = (staged::path(&self.folder, pending), self.folder.join(target.file_name()));
        match [&staged, &live].into_iter().any(|path| old::holds(path, target, &pending.to)) {
            true => Ok(()),
            false => {
                // A key that only moves can be put in clear where it is looked for; what is wrapped is made by a wrapper.
                let moves = pending.order.from == pending.to;
                let kind = if moves { KeyFileKind::Clear } else { target };
                let origin = KeySource::File(self.folder.join(kind.file_name()).display().to_string());
                Err(KeyError::StagedKeyGone { origin, key: pending.to.clone() })
            }
        }
    }

    /// Gives the staged key its place, unless it has it; gives the name that what was there is kept under.
    fn install(&self, pending: &PendingSwitch, target: KeyFileKind) -> Result<Option<String>, KeyError> {
        let (staged, live) = (staged::path(&self.folder, pending), self.folder.join(target.file_name()));
        if !old::holds(&staged, target, &pending.to) {
            return Ok(None);
        }
        let installed = || {
            let mut kept = None;
            if exists(&live) && !self.may_go(pending, target) {
                self.step()?;
                kept = Some(files::keep_too(&self.folder, target, pending.order.begun_at)?);
            }
            self.step()?;
            fs::rename(&staged, &live)?;
            sync(&self.folder)?;
            Ok(kept)
        };
        installed().map_err(|error| not_stored(&live, error))
    }

    /// Whether a key file can be given up for good: the same key lies elsewhere. Another key is never removed, whatever
    /// was ordered: something may need it.
    fn may_go(&self, pending: &PendingSwitch, kind: KeyFileKind) -> bool {
        pending.order.old == OldKeyFate::Removed
            && old::holds(&self.folder.join(kind.file_name()), kind, &pending.to)
    }
}

#[async_trait]
impl KeySwitch for DataDirKeys {
    async fn pending(&self) -> Result<Option<PendingSwitch>, KeyError> {
        self.journal().read()
    }

    async fn stage(&self, key: &MasterKey, order: &SwitchOrder) -> Result<PendingSwitch, KeyError> {
        if self.pending().await?.is_some() {
            return Err(KeyError::SwitchPending);
        }
        let pending = PendingSwitch { order: order.clone(), to: key.fingerprint() };
        obstacle::check(&self.folder, file_of(order.target))?;
        let Self { folder, wrappings, proving, .. } = self;
        let staged = Staged { folder, wrappings, proving, pending: &pending };
        if order.target != KeyTarget::Environment {
            self.step().map_err(|error| self.failed(error))?;
            staged.write(key).await?;
        }
        if let Err(error) = self.step().and_then(|()| self.journal().write(&pending)) {
            staged.remove();
            return Err(match error.kind() {
                ErrorKind::AlreadyExists => KeyError::SwitchPending,
                _ => self.failed(error),
            });
        }
        let durable = self.step().and_then(|()| sync(&self.folder));
        match durable {
            Ok(()) => Ok(pending),
            Err(error) => {
                // The journal may be on the disk: as long as it may come back, so must the key it tells of.
                if self.remove_journal().is_ok() {
                    staged.remove();
                }
                Err(self.failed(error))
            }
        }
    }

    async fn complete(&self, pending: &PendingSwitch) -> Result<Switched, KeyError> {
        self.check_at_hand(pending)?;
        let carried = self.carry_out(pending)?;
        let path = |name: &str| self.folder.join(name).display().to_string();
        let source = match pending.order.target {
            KeyTarget::File => KeySource::File(path(KeyFileKind::Clear.file_name())),
            KeyTarget::Environment => KeySource::Environment(VARIABLE.to_owned()),
            KeyTarget::Wrapped(wrapper) => staged::source(&self.folder, wrapper)?,
        };
        if pending.order.old == OldKeyFate::Removed {
            return Ok(Switched { source, kept: carried, set_aside: Vec::new() });
        }
        let kept = old::names_of_key(&self.folder, pending.order.begun_at, &pending.order.from)
            .map_err(|error| self.failed(error))?;
        let set_aside = carried.into_iter().filter(|name| !kept.contains(name)).collect();
        Ok(Switched { source, kept, set_aside })
    }

    async fn abandon(&self, pending: &PendingSwitch) -> Result<(), KeyError> {
        let removed = || {
            self.step()?;
            // The journal goes last: without it nobody would look for the staged key.
            remove(&staged::path(&self.folder, pending))?;
            if pending.order.old == OldKeyFate::Copied {
                let PendingSwitch { order, .. } = pending;
                for copy in old::names_of_key(&self.folder, order.begun_at, &order.from)? {
                    self.step()?;
                    remove(&self.folder.join(copy))?;
                }
            }
            sync(&self.folder)?;
            self.remove_journal()
        };
        removed().map_err(|error| self.failed(error))
    }

    async fn lie_there(&self) -> Result<BTreeMap<String, KeyFingerprint>, KeyError> {
        Ok(old::present(&self.folder))
    }
}

#[async_trait]
impl OldKeys for DataDirKeys {
    async fn list_old_keys(&self) -> Result<Vec<OldKey>, KeyError> {
        old::list(&self.folder).map_err(|error| self.failed(error))
    }

    async fn resolve_old_keys(&self) -> Result<ResolvedOldKeys, KeyError> {
        let found = resolving::newest_first(&self.folder, &self.wrappings, resolving::PATIENCE).await;
        found.map_err(|error| self.failed(error))
    }

    async fn keep_old_key(&self, key: &MasterKey, replaced_at: Timestamp) -> Result<String, KeyError> {
        let kept = || {
            self.step()?;
            let name = files::keep_from_elsewhere(&self.folder, key, replaced_at)?;
            if let Err(error) = self.step().and_then(|()| sync(&self.folder)) {
                // Whoever is told that it failed does not look for it.
                let _ = remove(&self.folder.join(name));
                return Err(error);
            }
            Ok(name)
        };
        kept().map_err(|error| self.failed(error))
    }

    async fn remove_old_key(&self, name: &str) -> Result<(), KeyError> {
        if KeyFileKind::of_old(name).is_none() {
            return Ok(());
        }
        remove(&self.folder.join(name)).and_then(|()| sync(&self.folder)).map_err(|error| self.failed(error))
    }
}

fn not_stored(path: &Path, cause: io::Error) -> KeyError {
    KeyError::NotStored { origin: KeySource::File(path.display().to_string()), cause: cause.into() }
}

/// The file of a place, if it is one.
fn file_of(target: KeyTarget) -> Option<KeyFileKind> {
    match target {
        KeyTarget::File => Some(KeyFileKind::Clear),
        KeyTarget::Wrapped(wrapper) => Some(KeyFileKind::Wrapped(wrapper)),
        KeyTarget::Environment => None,
    }
}

#[cfg(test)]
mod tests;
