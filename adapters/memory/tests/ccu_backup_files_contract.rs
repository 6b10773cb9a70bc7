//! CCU backups in memory keep the contract of their files.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails the case")]

use loom_adapter_memory::MemoryCcuBackupFiles;
use loom_contract::ccu_backup_files::SbkFilesBed;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::{CcuBackupFiles, CcuBackupJudging};
use std::sync::Arc;

struct Bed(MemoryCcuBackupFiles);

impl SbkFilesBed for Bed {
    fn files(&self) -> Arc<dyn CcuBackupFiles> {
        Arc::new(self.0.clone())
    }

    fn judging(&self) -> Arc<dyn CcuBackupJudging> {
        Arc::new(self.0.clone())
    }

    fn names(&self) -> Vec<String> {
        self.0.ids().iter().map(CcuBackupId::to_string).collect()
    }

    fn put(&self, id: &str, bytes: &[u8]) {
        self.0.put_bytes(CcuBackupId::parse(id).unwrap(), bytes.to_vec());
    }

    // There is no room for anything else.
    fn clutter(&self) {}
}

fn fresh() -> (Arc<Bed>, ()) {
    (Arc::new(Bed(MemoryCcuBackupFiles::new())), ())
}

loom_contract::ccu_backup_files_contract!(fresh());
