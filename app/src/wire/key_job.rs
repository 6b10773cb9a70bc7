//! The job behind `key rotate`, `key wrap`, `key unwrap` and `key retire`: a data dir nobody else uses meanwhile.
//!
//! Does NOT know how a key is changed (`usecases::rotate_key`, `usecases::move_key`) and which values need an old one
//! (`usecases::retire_keys`).

use super::config_import::give_to_owner;
use super::config_state::ConfigState;
use super::key_error::KeyJobError;
use super::key_recovery::recover_held;
use super::{Environment, keys, listing, new_key_file, recover_restore_unread};
use crate::backends::KeyBackend;
use crate::bootstrap::Bootstrap;
use crate::key_archives::{self, KeysAtHand};
use crate::key_rotation::{self, RotationReport, same_place};
use crate::key_settings::{KeySettings, wrappings};
use crate::state_backups::default_folder;
use crate::{SystemClock, kept_keys};
use loom_adapter_archive::{InstanceLock, Role, SwapLock, foreign_holder, subfolders_with_archives};
use loom_adapter_keys::{DataDirKeys, OsRandomness};
use loom_domain::account::Subject;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::audit_trail::{Actor, AuditTrail, Audited};
use loom_domain::ports::{KeyProvider, KeySource, KeySwitch, KeyTarget, OldKeys, SourceError};
use loom_domain::usecases::{
    KeyRecovery, MoveKey, MoveOrder, MovedKey, RetireKeys, RetiredKeys, RotateKey, RotateKeyError,
    RotateOrder,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who is recorded.
const ACTOR: &str = "cli-key";

/// A data dir whose keys are about to change.
pub struct KeyJob {
    /// What was brought to its end first, in words.
    pub recovered: Option<&'static str>,
    data_dir: PathBuf,
    backend: KeyBackend,
    files: Arc<DataDirKeys>,
    keys: Arc<dyn KeyProvider>,
    state: ConfigState,
    // Given up last.
    _held: (InstanceLock, SwapLock),
}

/// Which old keys are to be removed.
#[derive(Debug, Clone, Default)]
pub struct RetireOrder {
    /// By the names of their files; none means all.
    pub names: Vec<String>,
    /// Folders with archives that may need them. Each has to be there, but for the one in the data dir that a daemon makes.
    pub archives: Vec<PathBuf>,
    /// Whether they go although something needs them.
    pub force: bool,
}

/// What became of old keys, and of which archives it was known that they need none of them.
#[derive(Debug)]
pub struct Retirement {
    /// The keys.
    pub keys: Audited<RetiredKeys>,
    /// The folders that were looked into: none if nothing held the keys back.
    pub looked_at: Vec<LookedAt>,
}

/// A folder in which every archive was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedAt {
    /// The folder.
    pub folder: PathBuf,
    /// How many archives there are in it.
    pub archives: usize,
}

impl KeyJob {
    /// Holds a data dir: nobody else uses it until the job is dropped. An interrupted change of the key is brought to its
    /// end first.
    ///
    /// An interrupted restore is for [`super::recover_restore`] to end before the configuration is read: one that is
    /// completed only here is `BroughtToEnd`, for the key would go where that of before has it, or old ones go that archives
    /// in a folder of the new one need.
    pub async fn prepare(
        bootstrap: &Bootstrap,
        settings: &KeySettings,
        environment: &Environment,
    ) -> Result<Self, KeyJobError> {
        let data_dir = existing(&bootstrap.data_dir)?;
        let locked = |error| KeyJobError::locked(data_dir, error);
        let unusable = |source| KeyJobError::Unusable { dir: data_dir.display().to_string(), source };
        recover_restore_unread(data_dir).await?;
        let instance = InstanceLock::acquire(data_dir, Role::KeyChange).map_err(locked)?;
        let swap = SwapLock::exclusive(data_dir).map_err(locked)?;
        // A daemon that knows no such lock has the database open.
        if let Some(by) = foreign_holder(&data_dir.join(MAIN_DATABASE)).map_err(unusable)? {
            return Err(KeyJobError::Busy { dir: data_dir.display().to_string(), by });
        }
        // Flags are of this command alone: a key that needs them would be lost to the daemon.
        let of_daemon = wrappings(&bootstrap.keys, environment);
        let wrappings = wrappings(settings, environment);
        let files = Arc::new(DataDirKeys::new(data_dir, wrappings.clone()).proven_by(of_daemon));
        let switch = recover_held(data_dir, files.clone()).await?;
        if !data_dir.join(MAIN_DATABASE).exists() {
            return Err(KeyJobError::NoState(data_dir.display().to_string()));
        }
        let recovered = (switch != KeyRecovery::NothingToDo)
            .then_some("an interrupted change of the master key was brought to its end first");
        let state = ConfigState::live(data_dir, None).await?;
        give_to_owner(data_dir).map_err(unusable)?;
        Ok(Self {
            recovered,
            data_dir: data_dir.to_owned(),
            backend: bootstrap.key_backend,
            keys: keys::of_bootstrap(bootstrap, environment, &wrappings),
            files,
            state,
            _held: (instance, swap),
        })
    }

    /// Seals every secret under a new key, which goes to `target`, by default where the present one is. It is drawn, or
    /// read from the file in which the operator keeps it.
    pub async fn rotate(
        &self,
        target: Option<KeyTarget>,
        new_key_file: Option<&Path>,
        leave_unreadable: bool,
    ) -> Result<RotationReport, KeyJobError> {
        let present = self.keys.resolve().await?.ok_or(RotateKeyError::NoKey)?;
        let target = match (target, &present.source) {
            (None, KeySource::Credential(_)) => return Err(KeyJobError::Credential),
            (target, source) => target.unwrap_or_else(|| same_place(source)),
        };
        self.check_place(target)?;
        let new_key = new_key_file.map(|path| new_key_file::read(path, target)).transpose()?;
        let rotate = RotateKey {
            keys: self.keys.clone(),
            switch: self.files.clone(),
            old: self.files.clone(),
            resealing: self.state.resealing.clone(),
            randomness: Arc::new(OsRandomness),
            clock: Arc::new(SystemClock),
            held: None,
        };
        let order = RotateOrder { target, new_key, leave_unreadable, actor: actor() };
        Ok(key_rotation::rotate(rotate, &order).await?)
    }

    /// Puts the same key into another place, and removes it from the present one.
    pub async fn move_to(
        &self,
        target: KeyTarget,
        leave_unreadable: bool,
    ) -> Result<Audited<MovedKey>, KeyJobError> {
        self.check_place(target)?;
        let moving = MoveKey {
            keys: self.keys.clone(),
            switch: self.files.clone(),
            resealing: self.state.resealing.clone(),
            audit: self.audit(),
        };
        Ok(moving.run(&MoveOrder { target, leave_unreadable, actor: actor() }).await?)
    }

    /// Removes old keys that neither a stored value nor an archive nor an undo needs, all of them or none; tells which.
    pub async fn retire(&self, order: &RetireOrder) -> Result<Retirement, KeyJobError> {
        let looked_at = if order.force { Vec::new() } else { self.check_unneeded(order).await? };
        let retire = RetireKeys {
            keys: self.keys.clone(),
            switch: self.files.clone(),
            old: self.files.clone(),
            resealing: self.state.resealing.clone(),
            audit: self.audit(),
        };
        Ok(Retirement { keys: retire.run(&order.names, order.force, &actor()).await?, looked_at })
    }

    /// Refuses to remove what an archive or an undo may need; tells where archives were looked at.
    async fn check_unneeded(&self, order: &RetireOrder) -> Result<Vec<LookedAt>, KeyJobError> {
        let old = self.files.list_old_keys().await?;
        let retired = key_archives::asked_for(&old, &order.names, kept_keys::needs_old_keys(&self.data_dir))?;
        let keys = KeysAtHand {
            present: self.keys.resolve().await?.map(|present| present.key),
            in_place: self.files.lie_there().await?,
            earlier: self.files.resolve_old_keys().await?,
            old: old.clone(),
        };
        let mut looked_at = Vec::new();
        let default = default_folder(&self.data_dir);
        let same = |one: &Path, other: &Path| {
            one == other || matches!((one.canonicalize(), other.canonicalize()), (Ok(a), Ok(b)) if a == b)
        };
        let more = order.archives.iter().all(|folder| !same(folder, &default)).then_some(&default);
        for folder in order.archives.iter().chain(more) {
            let listing = |openers| listing(folder, openers);
            let archives = match key_archives::look(&listing, &keys).await {
                Err(SourceError::NotFound(_)) if *folder == default => continue,
                looked => looked?,
            };
            key_archives::check_unneeded(&archives, &keys, &retired)?;
            let mut unseen = subfolders_with_archives(folder).unwrap_or_default();
            unseen.retain(|unseen| order.archives.iter().chain(more).all(|seen| !same(seen, unseen)));
            key_archives::check_unseen(&unseen, &keys, &retired)?;
            looked_at.push(LookedAt { folder: folder.clone(), archives: archives.len() });
        }
        Ok(looked_at)
    }

    /// Refuses a place where the daemon does not look for its key.
    fn check_place(&self, target: KeyTarget) -> Result<(), KeyJobError> {
        match (self.backend, target) {
            (KeyBackend::File, _) | (KeyBackend::Env, KeyTarget::Environment) => Ok(()),
            (backend, target) => {
                Err(KeyJobError::NotLookedAt { backend: backend.as_str(), target: target.as_str() })
            }
        }
    }

    fn audit(&self) -> AuditTrail {
        AuditTrail { log: self.state.audit.clone(), clock: Arc::new(SystemClock) }
    }
}

pub(super) fn existing(data_dir: &Path) -> Result<&Path, KeyJobError> {
    match data_dir.is_dir() {
        true => Ok(data_dir),
        false => Err(KeyJobError::NoDataDir(data_dir.display().to_string())),
    }
}

fn actor() -> Actor {
    Actor { name: Subject::parse(ACTOR).ok(), via: "cli".to_owned() }
}

#[cfg(test)]
mod tests;
