//! Who is at work on which archive, so that nothing is removed or begun twice under somebody's hands.
//!
//! Does NOT know of other processes: an archive is published and removed in one step.

use super::StateBackupError;
use loom_domain::ports::ArchiveId;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Archives in use. Clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Claims(Arc<Mutex<BTreeMap<ArchiveId, &'static str>>>);

/// An archive in use, until this is dropped.
#[derive(Debug)]
pub(super) struct Claim {
    claims: Claims,
    id: ArchiveId,
}

impl Claims {
    /// Takes an archive, or says what has it.
    pub(super) fn take(&self, id: &ArchiveId, by: &'static str) -> Result<Claim, StateBackupError> {
        let mut taken = self.lock();
        if let Some(by) = taken.get(id) {
            return Err(StateBackupError::InUse { id: id.clone(), by });
        }
        taken.insert(id.clone(), by);
        Ok(Claim { claims: self.clone(), id: id.clone() })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<ArchiveId, &'static str>> {
        // Each call makes one change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Claim {
    /// The archive.
    pub(super) fn id(&self) -> &ArchiveId {
        &self.id
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.claims.lock().remove(&self.id);
    }
}
