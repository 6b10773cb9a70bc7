//! The jobs behind `backup restore` and `backup undo-restore`.
//!
//! Does NOT restore itself (`usecases::restore_archive`, `ports::restore_target`).

use super::scratch_places::ScratchPlaces;
use super::{AtHand, Environment, Origin, keys};
use crate::SystemClock;
use crate::backends::KeyBackend;
use crate::bootstrap::{Bootstrap, BootstrapError, ConfigFile, Sources};
use crate::key_settings::wrappings;
use loom_adapter_archive::LocalRestoreTarget;
use loom_adapter_keys::DataDirKeys;
use loom_adapter_sqlite::SqliteJudge;
use loom_domain::ports::{KeyError, Progress, Recovery, RestoreTarget, TargetError, Undone};
use loom_domain::restore_plan::{Consents, Destination, RestorePlan, note_of_env_alone};
use loom_domain::usecases::{ExamineArchive, Examined, RestoreArchive, RestoreError, RestoreRequest};
use loom_domain::words::{for_a_shell, reason_and_hint};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A restore ready to be planned or carried out.
pub struct RestoreJob {
    restore: RestoreArchive,
    scratch: Arc<ScratchPlaces>,
    request: RestoreRequest,
    config_path: Option<PathBuf>,
    /// What the operator should know of the keys at hand.
    pub key_note: Option<String>,
}

impl RestoreJob {
    /// Wires the adapters. `scratch` is where a dry run unpacks databases; by default beside an archive that is not
    /// sealed, and for a sealed one in the data dir, else in the system's temporary folder.
    pub async fn prepare(
        bootstrap: &Bootstrap,
        origin: Origin,
        consents: Consents,
        at_hand: AtHand,
        scratch: Option<&Path>,
        environment: &Environment,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, KeyError> {
        let data_dir = &bootstrap.data_dir;
        let wrappings = wrappings(&bootstrap.keys, environment);
        let key_file = at_hand.key_file.as_deref();
        let (keys, key_note) = keys::for_restore(key_file, bootstrap, environment, &wrappings).await?;
        let keys = at_hand.clone().beside(keys);
        let scratch = Arc::new(ScratchPlaces::new(scratch, &origin.folder, data_dir));
        let restore = RestoreArchive {
            source: origin.source,
            target: Arc::new(LocalRestoreTarget::new(data_dir, bootstrap.config_path.clone())),
            scratch: scratch.clone(),
            examine: ExamineArchive { judge: Arc::new(SqliteJudge), progress },
            switch: Arc::new(DataDirKeys::new(data_dir, wrappings)),
            clock: Arc::new(SystemClock),
        };
        let request =
            RestoreRequest { id: origin.id, keys, consents, env_files: bootstrap.env_files.clone() };
        let config_path = bootstrap.config_path.clone();
        Ok(Self { restore, scratch, request, config_path, key_note })
    }

    /// Works out the plan and changes nothing.
    pub async fn plan(&self) -> Result<(Examined, RestorePlan), RestoreError> {
        self.restore.plan(&self.request).await
    }

    /// What the operator should know of the place where databases lay; known after [`Self::plan`].
    pub fn scratch_note(&self) -> Option<String> {
        self.scratch.note()
    }

    /// Restores.
    pub async fn run(&self) -> Result<(Examined, RestorePlan, Recovery), RestoreError> {
        let (examined, mut plan, recovery) = self.restore.run(&self.request).await?;
        if let Some(path) = &self.config_path
            && plan.swap.install.iter().any(|install| install.to == Destination::Config)
        {
            match key_backend_now(path, Path::new(&plan.dir)) {
                Err(unusable) => plan.notes.push(unusable),
                // Where the one before said so too, the plan does.
                Ok(KeyBackend::Env) if !self.request.keys.files_unasked => {
                    plan.notes.extend(note_of_env_alone(&examined));
                }
                Ok(_) => {}
            }
        }
        Ok((examined, plan, recovery))
    }
}

/// Where the config file that came has the daemon look for its key, or in words that it cannot be used.
fn key_backend_now(path: &Path, data_dir: &Path) -> Result<KeyBackend, String> {
    let sources = Sources {
        config: Some(path),
        config_file: ConfigFile::MustExist,
        data_dir: Some(data_dir),
        environment: &|_| None,
    };
    let unusable = |error: BootstrapError| {
        format!(
            "no daemon starts as things are: {}; correct it, or take the restore back with `backup undo-restore --data-dir {}`, which brings the config file back too",
            reason_and_hint(&error).0,
            for_a_shell(&data_dir.display())
        )
    };
    Bootstrap::load(&sources).map(|bootstrap| bootstrap.key_backend).map_err(unusable)
}

/// Brings an interrupted restore or undo to its end. After `RolledForward` a config file that was read before is the
/// replaced one, if it replaces one: it has to be read again.
pub async fn recover_restore(data_dir: &Path) -> Result<Recovery, TargetError> {
    LocalRestoreTarget::new(data_dir, None).recover().await
}

/// The same for whoever has read the configuration: one that is completed only here is `BroughtToEnd`, for nobody may go on
/// with what the config file said before.
pub(crate) async fn recover_restore_unread(data_dir: &Path) -> Result<(), TargetError> {
    match recover_restore(data_dir).await? {
        Recovery::NothingToDo | Recovery::RolledBack => Ok(()),
        Recovery::RolledForward => Err(TargetError::BroughtToEnd(data_dir.display().to_string())),
    }
}

/// What an interrupted restore left that could not be removed, in words; asked after [`recover_restore`].
pub fn restore_leftover(data_dir: &Path) -> Option<String> {
    let left = LocalRestoreTarget::new(data_dir, None).leftover();
    let left: Vec<_> = left.iter().map(|path| format!("`{}`", path.display())).collect();
    (!left.is_empty()).then(|| {
        format!(
            "an interrupted restore left {}, which this user could not remove\nhint: run `OPENCCU_LOOM_DATA_DIR={} openccu-loom backup create` once as root; it removes them",
            left.join(" and "),
            for_a_shell(&data_dir.display())
        )
    })
}

/// Brings back what the last restore replaced.
pub async fn undo_restore(bootstrap: &Bootstrap) -> Result<Undone, TargetError> {
    LocalRestoreTarget::new(&bootstrap.data_dir, bootstrap.config_path.clone()).undo().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key_kit::{self, KitError, WantedSecret};
    use crate::wire::{
        self, ConfigJobError, ConfigJobErrorKind, CreateError, CreateJob, ImportJob, KeyJob, KeyJobError,
        KeyJobErrorKind, export_config,
    };
    use loom_domain::archive::FormOrder;
    use loom_domain::config_document::ReadDocument;
    use loom_domain::ports::Silent;
    use loom_domain::usecases::{ExportSecrets, ImportMode};
    use tempfile::TempDir;

    /// A data dir in which a restore died after its journal was written.
    fn died() -> (TempDir, Bootstrap, Environment) {
        let folder = TempDir::new().unwrap();
        let work = folder.path().join(".loom-restore");
        std::fs::create_dir(&work).unwrap();
        let journal = r#"{"format":2,"moves":[],"folders":[],"keep":null,"discard":null}"#;
        std::fs::write(work.join("journal.json"), journal).unwrap();
        let data_dir = Some(folder.path());
        let sources =
            Sources { config: None, config_file: ConfigFile::MustExist, data_dir, environment: &|_| None };
        let bootstrap = Bootstrap::load(&sources).unwrap();
        (folder, bootstrap, Arc::new(|_| None))
    }

    #[test]
    fn a_config_file_that_came_and_cannot_be_used_is_told_with_the_way_back() {
        let folder = TempDir::new().unwrap();
        let config = folder.path().join("config.yaml");
        for (text, says) in
            [("a: b: c\n", Err("config.yaml")), ("backends:\n  keys: env\n", Ok(KeyBackend::Env))]
        {
            std::fs::write(&config, text).unwrap();
            match (key_backend_now(&config, Path::new("/the data")), says) {
                (Ok(found), says) => assert_eq!(Ok(found), says),
                (Err(told), says) => {
                    assert!(told.contains(says.unwrap_err()), "{told}");
                    assert!(told.contains("`backup undo-restore --data-dir '/the data'`"), "{told}");
                }
            }
        }
    }

    #[tokio::test]
    async fn no_job_goes_on_with_what_was_read_before_a_restore_was_completed() {
        let (_folder, bootstrap, environment) = died();
        let job = KeyJob::prepare(&bootstrap, &bootstrap.keys, &environment).await;
        let error = job.err().unwrap();
        assert!(matches!(error, KeyJobError::Target(TargetError::BroughtToEnd(_))), "{error}");
        assert_eq!(error.kind(), KeyJobErrorKind::Refused);

        let (_folder, bootstrap, environment) = died();
        let document = ReadDocument::parse(br#"{"sections":{}}"#).unwrap();
        let job = ImportJob::prepare(&bootstrap, &document, ImportMode::Merge, &environment).await;
        let import = job.err().unwrap();
        let (_folder, bootstrap, environment) = died();
        let export =
            export_config(&bootstrap, ExportSecrets::Redacted, None, &environment).await.err().unwrap();
        for error in [import, export] {
            assert!(matches!(error, ConfigJobError::Target(TargetError::BroughtToEnd(_))), "{error}");
            assert_eq!(error.kind(), ConfigJobErrorKind::Refused);
        }

        let (_folder, bootstrap, environment) = died();
        let sheet = key_kit::gather(&bootstrap, &WantedSecret::Nothing, &environment).await;
        assert!(matches!(sheet, Err(KitError::Restore(TargetError::BroughtToEnd(_)))));

        let (folder, bootstrap, environment) = died();
        let to = wire::Destination::File(folder.path().join("a.tar.gz"));
        let order = FormOrder::default();
        let job =
            CreateJob::prepare(&bootstrap, to, order, false, None, &environment, Arc::new(Silent)).await;
        assert!(matches!(job.err(), Some(CreateError::Target(TargetError::BroughtToEnd(_)))));
    }
}
