//! Snapshots of the databases in memory.
//!
//! Does NOT copy: the bytes of a file on a [`MemoryDisk`] never change, they are replaced.

use crate::database::BadDatabase;
use crate::{MemoryContent, MemoryDatabase, MemoryDisk};
use async_trait::async_trait;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::archive::{MemberPath, SchemaLineage};
use loom_domain::ports::{Progress, Snapshot, SnapshotError, Snapshots, Stage};
use std::path::PathBuf;

/// Snapshots of the [`MemoryDatabase`]s in one data dir of a disk.
#[derive(Debug, Clone)]
pub struct MemorySnapshots {
    disk: MemoryDisk,
    data_dir: PathBuf,
}

impl MemorySnapshots {
    /// Snapshots of the data dir at an absolute path.
    pub fn new(disk: MemoryDisk, data_dir: impl Into<PathBuf>) -> Self {
        Self { disk, data_dir: data_dir.into() }
    }
}

#[async_trait]
impl Snapshots for MemorySnapshots {
    async fn take_snapshot(
        &self,
        path: &MemberPath,
        progress: &dyn Progress,
    ) -> Result<Snapshot, SnapshotError> {
        let name = path.to_string();
        let foreign =
            |reason: &str| SnapshotError::Foreign { path: path.to_string(), reason: reason.to_owned() };
        let Some(body) = self.disk.read(&self.data_dir.join(path.as_str())) else {
            return Err(SnapshotError::Missing(name));
        };
        let database = MemoryDatabase::parse(&body).map_err(|bad| match bad {
            BadDatabase::NoDatabase => foreign(bad.words()),
            BadDatabase::Damaged => {
                SnapshotError::Damaged { path: path.to_string(), reason: bad.words().to_owned() }
            }
        })?;
        if path.as_str() == MAIN_DATABASE && database.facts.lineage == SchemaLineage::Unknown {
            return Err(foreign("none of its tables is one of ours"));
        }
        let bytes = body.len() as u64;
        progress.begin(Stage::Snapshot, path.as_str(), Some(bytes));
        progress.reached(bytes);
        let MemoryDatabase { facts, sealed, .. } = database;
        Ok(Snapshot { facts, sealed, bytes, content: Box::new(MemoryContent::new(body)) })
    }
}
