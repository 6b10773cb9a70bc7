//! CCU backups in a local folder keep the contract of their files.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails the case")]

use loom_adapter_archive::SbkFolder;
use loom_contract::ccu_backup_files::SbkFilesBed;
use loom_domain::ports::{CcuBackupFiles, CcuBackupJudging};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;

struct Bed(SbkFolder);

impl Bed {
    fn path(&self, name: &str) -> PathBuf {
        self.0.folder().join(name)
    }
}

impl SbkFilesBed for Bed {
    fn files(&self) -> Arc<dyn CcuBackupFiles> {
        Arc::new(self.0.clone())
    }

    fn judging(&self) -> Arc<dyn CcuBackupJudging> {
        Arc::new(self.0.clone())
    }

    fn names(&self) -> Vec<String> {
        let entries = self.0.folder().read_dir().unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn put(&self, id: &str, bytes: &[u8]) {
        std::fs::write(self.path(&format!("{id}.sbk")), bytes).unwrap();
    }

    fn clutter(&self) {
        for name in ["notes.txt", "sbk", ".sbk", "backup.sbk.part", "c.SBK"] {
            std::fs::write(self.path(name), "no backup").unwrap();
        }
        std::fs::create_dir(self.path("folder.sbk")).unwrap();
        std::fs::write(self.path("folder.sbk/inside.sbk"), "no backup").unwrap();
        std::os::unix::fs::symlink(self.path("notes.txt"), self.path("link.sbk")).unwrap();
    }
}

fn fresh() -> (Arc<Bed>, TempDir) {
    let parent = tempfile::tempdir().unwrap();
    (Arc::new(Bed(SbkFolder::open(parent.path().join("backups")).unwrap())), parent)
}

loom_contract::ccu_backup_files_contract!(fresh());
