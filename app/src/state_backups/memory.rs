//! Archives of the state in memory, for tests of what stands on them.
//!
//! Does NOT hold the state of a store in memory: archives are of a data dir of its own, with a small database in it.

use super::StateBackupPorts;
use crate::wire::HeldDataDir;
use async_trait::async_trait;
use loom_adapter_memory::{
    MemoryArchives, MemoryDataDir, MemoryDatabase, MemoryDisk, MemoryJudge, MemoryScratch, MemorySnapshots,
};
use loom_domain::archive::FormOrder;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::{Clock, KeyError, KeyProvider, KeySource, ResolvedKey};
use std::sync::Arc;

impl StateBackupPorts {
    /// Everything in memory: archives kept in `archives`, of a data dir that holds a database of one table.
    pub fn in_memory(archives: MemoryArchives, keys: Arc<dyn KeyProvider>, clock: Arc<dyn Clock>) -> Self {
        let disk = MemoryDisk::new();
        let data_dir = MemoryDataDir::new(disk.clone(), "/data");
        data_dir.write(MAIN_DATABASE, MemoryDatabase::new(&["centrals"]).to_bytes());
        let snapshots = MemorySnapshots::new(disk.clone(), data_dir.root());
        let hold = move |_: &FormOrder| {
            Ok(HeldDataDir::unlocked(Arc::new(data_dir.clone()), Arc::new(snapshots.clone())))
        };
        Self {
            hold: Arc::new(hold),
            keys: Arc::new(FromElsewhere(keys)),
            old_keys: None,
            sink: Arc::new(archives.clone()),
            listing: Arc::new(archives.clone()),
            source: Arc::new(archives.clone()),
            shelf: Arc::new(archives),
            scratch: Arc::new(MemoryScratch::new(disk.clone(), "/scratch")),
            judge: Arc::new(MemoryJudge::new(disk)),
            clock,
        }
    }
}

/// A key of whatever place: the data dir of these archives has no key file.
struct FromElsewhere(Arc<dyn KeyProvider>);

#[async_trait]
impl KeyProvider for FromElsewhere {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        let found = self.0.resolve().await?;
        Ok(found.map(|found| ResolvedKey { source: KeySource::Memory, ..found }))
    }
}
