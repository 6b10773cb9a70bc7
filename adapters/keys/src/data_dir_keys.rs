//! The key files of a data dir while they change: a new key is staged and proven beside them, then put in their place.
//!
//! The order of the steps is such that the key can be had at every instant from a file that the data dir is searched for,
//! but for a switch of place, which the journal tells of. Does NOT lock the data dir, and does NOT know what is sealed
//! in it.

mod journal;
mod old;
mod staged;

use async_trait::async_trait;
use journal::Journal;
use loom_domain::archive::KeyFileKind;
use loom_domain::ports::{
    KeyError, KeySource, KeySwitch, KeyTarget, KeyWrappings, OldKey, OldKeyFate, OldKeys, PendingSwitch,
    SwitchOrder, Switched,
};
use loom_domain::secret::MasterKey;
use staged::Staged;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Name of the variable that holds a key the operator keeps.
const VARIABLE: &str = "OPENCCU_LOOM_SECRET_KEY";

/// The key files of one data dir.
pub struct DataDirKeys {
    folder: PathBuf,
    wrappings: KeyWrappings,
    /// Asked before each step that changes a file; an error there is a crash.
    #[cfg(test)]
    crash: Box<dyn Fn() -> io::Result<()> + Send + Sync>,
}

impl DataDirKeys {
    /// The key files of the data dir `folder`; keys that lie wrapped are wrapped and unwrapped by `wrappings`.
    pub fn new(folder: impl Into<PathBuf>, wrappings: KeyWrappings) -> Self {
        Self {
            folder: folder.into(),
            wrappings,
            #[cfg(test)]
            crash: Box::new(|| Ok(())),
        }
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
        let origin = KeySource::File(self.folder.display().to_string());
        KeyError::NotStored { origin, cause: cause.into() }
    }

    /// Puts the staged key in place and the others out of it. Every step can be done again.
    fn carry_out(&self, pending: &PendingSwitch) -> io::Result<()> {
        let target = file_of(pending.order.target);
        let stamp = old::stamp(pending.order.begun_at);
        if let Some(target) = target {
            let staged = staged::path(&self.folder, pending);
            if staged.exists() {
                if self.folder.join(target).symlink_metadata().is_ok()
                    && pending.order.old == OldKeyFate::Kept
                {
                    self.step()?;
                    keep_a_link(&self.folder, target, &stamp)?;
                }
                self.step()?;
                fs::rename(&staged, self.folder.join(target))?;
                sync(&self.folder)?;
            } else if !self.folder.join(target).exists() {
                // Nothing may be moved away before there is something in its place.
                return Err(io::Error::other(format!("neither `{target}` nor the staged key is there")));
            }
        }
        for other in KeyFileKind::all().map(KeyFileKind::file_name).filter(|name| Some(*name) != target) {
            let path = self.folder.join(other);
            if path.symlink_metadata().is_err() {
                continue;
            }
            self.step()?;
            match pending.order.old {
                OldKeyFate::Kept => fs::rename(&path, old::free_path(&self.folder, other, &stamp))?,
                OldKeyFate::Removed => fs::remove_file(&path)?,
            }
            sync(&self.folder)?;
        }
        self.step()?;
        self.journal().remove()?;
        sync(&self.folder)
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
        let staged = Staged { folder: &self.folder, wrappings: &self.wrappings, pending: &pending };
        if order.target != KeyTarget::Environment {
            self.step().map_err(|error| self.failed(error))?;
            staged.write(key).await?;
        }
        let written = self.step().and_then(|()| self.journal().write(&pending));
        match written {
            Ok(()) => Ok(pending),
            Err(error) => {
                staged.remove();
                Err(match error.kind() {
                    ErrorKind::AlreadyExists => KeyError::SwitchPending,
                    _ => self.failed(error),
                })
            }
        }
    }

    async fn complete(&self, pending: &PendingSwitch) -> Result<Switched, KeyError> {
        self.carry_out(pending).map_err(|error| self.failed(error))?;
        let path = |name: &str| self.folder.join(name).display().to_string();
        let source = match pending.order.target {
            KeyTarget::File => KeySource::File(path(KeyFileKind::Clear.file_name())),
            KeyTarget::Environment => KeySource::Environment(VARIABLE.to_owned()),
            KeyTarget::Wrapped(wrapper) => staged::source(&self.folder, wrapper)?,
        };
        let kept = match pending.order.old {
            OldKeyFate::Kept => old::names_of(&self.folder, &old::stamp(pending.order.begun_at)),
            OldKeyFate::Removed => Ok(Vec::new()),
        };
        Ok(Switched { source, kept: kept.map_err(|error| self.failed(error))? })
    }

    async fn abandon(&self, pending: &PendingSwitch) -> Result<(), KeyError> {
        let removed = || {
            self.step()?;
            // The journal goes last: without it nobody would look for the staged key.
            remove(&staged::path(&self.folder, pending))?;
            sync(&self.folder)?;
            self.step()?;
            self.journal().remove()?;
            sync(&self.folder)
        };
        removed().map_err(|error| self.failed(error))
    }
}

#[async_trait]
impl OldKeys for DataDirKeys {
    async fn list_old_keys(&self) -> Result<Vec<OldKey>, KeyError> {
        old::list(&self.folder).map_err(|error| self.failed(error))
    }

    async fn remove_old_key(&self, name: &str) -> Result<(), KeyError> {
        if old::kind_of(name).is_none() {
            return Ok(());
        }
        remove(&self.folder.join(name)).and_then(|()| sync(&self.folder)).map_err(|error| self.failed(error))
    }
}

/// The file of a place, if it is one.
fn file_of(target: KeyTarget) -> Option<&'static str> {
    match target {
        KeyTarget::File => Some(KeyFileKind::Clear.file_name()),
        KeyTarget::Wrapped(wrapper) => Some(wrapper.file_name()),
        KeyTarget::Environment => None,
    }
}

/// Gives a file its old name too, unless an earlier try did.
fn keep_a_link(folder: &Path, name: &str, stamp: &str) -> io::Result<()> {
    let path = folder.join(name);
    let inode = path.symlink_metadata()?.ino();
    for kept in old::names_of(folder, stamp)? {
        if folder.join(kept).symlink_metadata()?.ino() == inode {
            return Ok(());
        }
    }
    fs::hard_link(&path, old::free_path(folder, name, stamp))?;
    sync(folder)
}

/// Removes a file that may be gone already.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests;
