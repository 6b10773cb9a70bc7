//! The jobs behind `backup restore` and `backup undo-restore`.
//!
//! Does NOT restore itself (`usecases::restore_archive`, `ports::restore_target`).

use super::{AtHand, Environment, Origin, keys};
use crate::SystemClock;
use crate::bootstrap::Bootstrap;
use crate::key_settings::wrappings;
use loom_adapter_archive::{LocalRestoreTarget, LocalScratch};
use loom_adapter_sqlite::SqliteJudge;
use loom_domain::ports::{KeyError, Progress, Recovery, RestoreTarget, TargetError, Undone};
use loom_domain::restore_plan::{Consents, RestorePlan};
use loom_domain::usecases::{ExamineArchive, Examined, RestoreArchive, RestoreError, RestoreRequest};
use std::path::Path;
use std::sync::Arc;

/// A restore ready to be planned or carried out.
pub struct RestoreJob {
    restore: RestoreArchive,
    request: RestoreRequest,
    /// What the operator should know of the keys at hand.
    pub key_note: Option<String>,
    /// Whether a dry run would unpack inside the data dir it must not touch.
    pub scratch_in_data_dir: bool,
}

impl RestoreJob {
    /// Wires the adapters. `scratch` is where a dry run unpacks databases; by default beside the archive.
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
        let (keys, key_note) = keys::for_restore(key_file, data_dir, environment, &wrappings).await?;
        let keys = at_hand.clone().beside(keys);
        let scratch = scratch.map_or_else(|| origin.folder.clone(), Path::to_owned);
        let scratch_in_data_dir = lies_in(&scratch, data_dir);
        let restore = RestoreArchive {
            source: origin.source,
            target: Arc::new(LocalRestoreTarget::new(data_dir, bootstrap.config_path.clone())),
            scratch: Arc::new(LocalScratch::new(scratch)),
            examine: ExamineArchive { judge: Arc::new(SqliteJudge), progress },
            clock: Arc::new(SystemClock),
        };
        let request = RestoreRequest { id: origin.id, keys, consents };
        Ok(Self { restore, request, key_note, scratch_in_data_dir })
    }

    /// Works out the plan and touches nothing.
    pub async fn plan(&self) -> Result<(Examined, RestorePlan), RestoreError> {
        self.restore.plan(&self.request).await
    }

    /// Restores.
    pub async fn run(&self) -> Result<(Examined, RestorePlan, Recovery), RestoreError> {
        self.restore.run(&self.request).await
    }
}

/// Brings back what the last restore replaced.
pub async fn undo_restore(bootstrap: &Bootstrap) -> Result<Undone, TargetError> {
    LocalRestoreTarget::new(&bootstrap.data_dir, bootstrap.config_path.clone()).undo().await
}

/// Whether `folder` is `data_dir` or below it; what does not exist lies nowhere.
fn lies_in(folder: &Path, data_dir: &Path) -> bool {
    match (folder.canonicalize(), data_dir.canonicalize()) {
        (Ok(folder), Ok(data_dir)) => folder.starts_with(data_dir),
        _ => false,
    }
}
