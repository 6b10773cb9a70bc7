//! The memory restore target keeps its contract.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails the case")]

use loom_adapter_memory::{MemoryDataDir, MemoryDisk, MemoryRestoreTarget};
use loom_contract::restore_target::TargetBed;
use loom_domain::ports::RestoreTarget;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

struct Bed(MemoryDataDir);

impl Bed {
    fn new() -> Self {
        Self(MemoryDataDir::new(MemoryDisk::new(), "/data"))
    }

    fn target(&self) -> MemoryRestoreTarget {
        MemoryRestoreTarget::new(self.0.clone())
    }

    fn work_paths(&self) -> impl Iterator<Item = String> {
        let below = self.0.disk().below(self.0.root());
        let names = below.into_keys().map(|path| path.display().to_string());
        names.filter(|name| name.contains("/.loom-"))
    }
}

impl TargetBed for Bed {
    fn port(&self) -> Arc<dyn RestoreTarget> {
        Arc::new(self.target())
    }

    fn put_file(&self, path: &str, bytes: &[u8]) {
        self.0.write(path, bytes.to_vec());
    }

    fn remove_file(&self, path: &str) {
        self.0.disk().remove(&self.0.root().join(path));
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let live = self.0.files().into_iter().filter(|(path, _)| !path.starts_with(".loom-"));
        live.map(|(path, bytes)| (path, bytes.to_vec())).collect()
    }

    fn everything(&self) -> Option<String> {
        self.0.disk().node(self.0.root())?;
        Some(format!("{:?}", self.0.disk().below(self.0.root())))
    }

    fn has_work_files(&self) -> bool {
        self.work_paths().any(|path| !path.starts_with("/data/.loom-undo/") && path != "/data/.loom-undo")
    }

    fn is_private(&self) -> bool {
        // Nobody else reaches the disk; what can be said is that the data dir is there.
        self.0.disk().node(self.0.root()).is_some()
    }

    fn remove_data_dir(&self) {
        self.0.disk().remove(self.0.root());
    }

    fn hold_as_daemon(&self) -> (Box<dyn Any + Send>, String) {
        (Box::new(self.0.hold("a daemon (pid 4711)").unwrap()), "pid 4711".to_owned())
    }

    fn dying_port(&self, step: usize) -> Arc<dyn RestoreTarget> {
        Arc::new(self.target().dying_before(step))
    }
}

loom_contract::restore_target_contract!((Arc::new(Bed::new()), ()));
