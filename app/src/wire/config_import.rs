//! The job behind `config import`: a plan against a copy of the state, or an import into a state nobody else uses.
//!
//! Does NOT know what an import changes (`usecases::import_config`), and never creates a key.

use super::config_state::{ConfigJobError, ConfigState, Lineages};
use super::{Environment, keys, recover_key_switch, recover_restore_unread};
use crate::SystemClock;
use crate::bootstrap::Bootstrap;
use crate::key_settings::wrappings;
use loom_adapter_archive::{InstanceLock, Role, foreign_holder};
use loom_domain::account::Subject;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::audit_trail::{Actor, AuditTrail, Audited};
use loom_domain::config_document::ReadDocument;
use loom_domain::usecases::{ImportConfig, ImportMode, ImportPlan, Imported, SecretStoring};
use std::io;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Who is recorded.
const ACTOR: &str = "cli-import";
/// What opening a state can create in a data dir.
const CREATED: [&str; 4] = ["", "-wal", "-shm", "-migrate.lock"];

/// An import that was planned and holds what it was planned against.
pub struct ImportJob {
    /// What would change.
    pub plan: ImportPlan,
    /// The folder a rehearsal's copy of the state lies in, if that is not the data dir.
    pub copied_beside: Option<PathBuf>,
    import: ImportConfig,
    _state: ConfigState,
    // Given up last.
    _lock: Option<InstanceLock>,
}

impl ImportJob {
    /// Plans an import into a data dir nobody else uses, which stays so until the job ends. A missing database is
    /// created.
    ///
    /// An interrupted restore is for [`recover_restore`](super::recover_restore) to end before the configuration is read:
    /// one that is completed only here is `BroughtToEnd`, for secrets would be sealed with the key that of before names.
    pub async fn prepare(
        bootstrap: &Bootstrap,
        document: &ReadDocument,
        mode: ImportMode,
        environment: &Environment,
    ) -> Result<Self, ConfigJobError> {
        let data_dir = existing(&bootstrap.data_dir)?;
        recover_restore_unread(data_dir).await?;
        let wrappings = wrappings(&bootstrap.keys, environment);
        recover_key_switch(data_dir, &wrappings).await.map_err(Box::new)?;
        let lock = InstanceLock::acquire(data_dir, Role::Import)
            .map_err(|error| ConfigJobError::locked(data_dir, error))?;
        let unusable = |source| ConfigJobError::Unusable { dir: data_dir.display().to_string(), source };
        // A daemon that knows no such lock has the database open.
        if let Some(by) = foreign_holder(&data_dir.join(MAIN_DATABASE)).map_err(unusable)? {
            return Err(ConfigJobError::Busy { dir: data_dir.display().to_string(), by });
        }
        let key = keys::of_bootstrap(bootstrap, environment, &wrappings).resolve().await?;
        let storing = storing(key.is_some());
        if has_no_database(data_dir) {
            // What is refused does not create one.
            Self::plan(ConfigState::nothing(key.clone()), document, mode, storing).await?;
        }
        let state = ConfigState::live(data_dir, key).await?;
        give_to_owner(data_dir).map_err(unusable)?;
        Ok(Self { _lock: Some(lock), ..Self::plan(state, document, mode, storing).await? })
    }

    /// Plans an import against a copy of the state, beside whoever uses it, and changes nothing. The copy lies in the
    /// data dir meanwhile, and in `beside` where that cannot be written.
    pub async fn rehearse(
        bootstrap: &Bootstrap,
        document: &ReadDocument,
        mode: ImportMode,
        beside: &Path,
        environment: &Environment,
    ) -> Result<Self, ConfigJobError> {
        let data_dir = existing(&bootstrap.data_dir)?;
        let key = keys::of_bootstrap(bootstrap, environment, &wrappings(&bootstrap.keys, environment))
            .resolve()
            .await?;
        let storing = storing(key.is_some());
        let state = match has_no_database(data_dir) {
            true => ConfigState::nothing(key),
            false => ConfigState::copy_of(data_dir, Some(beside), Lineages::Own, key).await?,
        };
        Self::plan(state, document, mode, storing).await
    }

    /// Carries the plan out; that of a rehearsal changes nothing but its copy.
    pub async fn apply(self) -> Result<Audited<Imported>, ConfigJobError> {
        let actor = Actor { name: Subject::parse(ACTOR).ok(), via: "cli".to_owned() };
        Ok(self.import.apply(self.plan, &actor).await?)
    }

    async fn plan(
        state: ConfigState,
        document: &ReadDocument,
        mode: ImportMode,
        storing: SecretStoring,
    ) -> Result<Self, ConfigJobError> {
        let clock = Arc::new(SystemClock);
        let import = ImportConfig {
            sections: state.sections.clone(),
            centrals: state.centrals.clone(),
            batches: state.batches.clone(),
            audit: AuditTrail { log: state.audit.clone(), clock: clock.clone() },
            clock,
            storing,
        };
        let plan = import.plan(document, mode).await?;
        let copied_beside = state.beside.clone();
        Ok(Self { plan, copied_beside, import, _state: state, _lock: None })
    }
}

fn existing(data_dir: &Path) -> Result<&Path, ConfigJobError> {
    match data_dir.is_dir() {
        true => Ok(data_dir),
        false => Err(ConfigJobError::NoDataDir(data_dir.display().to_string())),
    }
}

fn has_no_database(data_dir: &Path) -> bool {
    let found = data_dir.join(MAIN_DATABASE).symlink_metadata();
    found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

fn storing(has_key: bool) -> SecretStoring {
    if has_key { SecretStoring::Possible } else { SecretStoring::NoMasterKey }
}

/// Gives what root has created to the owner of the data dir, whose daemon has to open it.
pub(super) fn give_to_owner(data_dir: &Path) -> io::Result<()> {
    let owner = data_dir.metadata()?;
    for suffix in CREATED {
        let path = data_dir.join(format!("{MAIN_DATABASE}{suffix}"));
        match path.symlink_metadata() {
            Ok(created) if created.uid() != owner.uid() && rustix::process::geteuid().is_root() => {
                lchown(&path, Some(owner.uid()), Some(owner.gid()))?;
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
