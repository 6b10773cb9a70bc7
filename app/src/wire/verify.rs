//! The job behind `backup verify`.
//!
//! Does NOT verify itself (`usecases::verify_archive`).

use super::scratch_places::ScratchPlaces;
use super::{AtHand, Environment, Origin, keys};
use crate::bootstrap::Bootstrap;
use crate::key_settings::wrappings;
use loom_adapter_sqlite::SqliteJudge;
use loom_domain::ports::{ArchiveId, KeyError, Progress};
use loom_domain::usecases::{ExamineArchive, Examined, KeyRing, VerifyArchive, VerifyError};
use std::path::Path;
use std::sync::Arc;

/// A verification ready to run.
pub struct VerifyJob {
    verify: VerifyArchive,
    scratch: Arc<ScratchPlaces>,
    id: ArchiveId,
    keys: KeyRing,
    /// What the operator should know of the keys at hand.
    pub key_note: Option<String>,
}

impl VerifyJob {
    /// Wires the adapters. `scratch` is where databases are unpacked; by default beside an archive that is not
    /// sealed, and for a sealed one in the data dir, else in the system's temporary folder.
    pub async fn prepare(
        bootstrap: &Bootstrap,
        origin: Origin,
        at_hand: AtHand,
        scratch: Option<&Path>,
        environment: &Environment,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, KeyError> {
        let wrappings = wrappings(&bootstrap.keys, environment);
        let key_file = at_hand.key_file.as_deref();
        let (keys, key_note) =
            keys::for_verify(key_file, &bootstrap.data_dir, environment, &wrappings).await?;
        let keys = at_hand.clone().beside(keys);
        let scratch = Arc::new(ScratchPlaces::new(scratch, &origin.folder, &bootstrap.data_dir));
        let verify = VerifyArchive {
            source: origin.source,
            scratch: scratch.clone(),
            examine: ExamineArchive { judge: Arc::new(SqliteJudge), progress },
        };
        Ok(Self { verify, scratch, id: origin.id, keys, key_note })
    }

    /// Verifies the archive.
    pub async fn run(&self) -> Result<Examined, VerifyError> {
        self.verify.run(&self.id, &self.keys).await
    }

    /// What the operator should know of the place where databases lay; known after [`Self::run`].
    pub fn scratch_note(&self) -> Option<String> {
        self.scratch.note()
    }
}
