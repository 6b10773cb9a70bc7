//! Local scratch areas keep the contract of staging.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails its case by panicking")]

use loom_adapter_archive::LocalScratch;
use loom_contract::staging_area::StagingBed;
use loom_domain::ports::ScratchAreas;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

struct Bed(PathBuf);

fn fresh() -> (Arc<Bed>, TempDir) {
    let place = tempfile::tempdir().unwrap();
    (Arc::new(Bed(place.path().to_owned())), place)
}

impl StagingBed for Bed {
    fn port(&self) -> Arc<dyn ScratchAreas> {
        Arc::new(LocalScratch::new(&self.0))
    }

    fn read(&self, location: &Path) -> Option<Vec<u8>> {
        std::fs::read(location).ok()
    }

    fn is_private(&self, location: &Path) -> bool {
        let inside = location.ancestors().take_while(|path| *path != self.0);
        inside.map(|path| path.metadata().unwrap().permissions().mode()).all(|mode| mode & 0o077 == 0)
    }

    fn count(&self) -> usize {
        self.0.read_dir().unwrap().count()
    }
}

loom_contract::staging_area_contract!(fresh());
