//! Verify an archive: examine it in a private scratch area that is gone afterwards.
//!
//! Does NOT touch a data dir.

use super::examine_archive::Keep;
use super::{ExamineArchive, ExamineError, Examined, KeyRing};
use crate::ports::{ArchiveId, ArchiveSource, ScratchAreas};
use std::sync::Arc;

/// Verifies archives of one source.
pub struct VerifyArchive {
    /// Where the archives are.
    pub source: Arc<dyn ArchiveSource>,
    /// Where their databases may be unpacked.
    pub scratch: Arc<dyn ScratchAreas>,
    /// Examines them.
    pub examine: ExamineArchive,
}

/// Why an archive could not be verified to its end.
pub type VerifyError = ExamineError;

impl VerifyArchive {
    /// Verifies one archive. `Ok` means it was read to its end; [`Examined::damage`] says what is wrong with it.
    pub async fn run(&self, id: &ArchiveId, keys: &KeyRing) -> Result<Examined, VerifyError> {
        let reader = self.source.open(id, &keys.openers()).await?;
        let mut area = self.scratch.open_scratch(reader.lock()).await?;
        self.examine.run(reader, area.as_mut(), Keep::Databases, keys).await
    }
}
