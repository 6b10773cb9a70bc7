//! A data dir in a temporary folder, and everything there is in it.

use crate::lock::{InstanceLock, Role};
use crate::restore_target::LocalRestoreTarget;
use crate::swap::Steps;
use loom_contract::restore_target::TargetBed;
use loom_domain::ports::RestoreTarget;
use std::any::Any;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

pub(super) struct Bed {
    pub(super) dir: PathBuf,
    pub(super) config: Option<PathBuf>,
}

pub(super) fn fresh() -> (Arc<Bed>, TempDir) {
    // In memory where there is such a place: the crash tests sync thousands of times.
    let place = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let dir = place.path().join("data");
    fs::create_dir(&dir).unwrap();
    (Arc::new(Bed { dir, config: None }), place)
}

impl Bed {
    pub(super) fn target(&self) -> LocalRestoreTarget {
        LocalRestoreTarget::new(&self.dir, self.config.clone())
    }
}

impl TargetBed for Bed {
    fn port(&self) -> Arc<dyn RestoreTarget> {
        Arc::new(self.target())
    }

    fn put_file(&self, path: &str, bytes: &[u8]) {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn remove_file(&self, path: &str) {
        _ = fs::remove_file(self.dir.join(path));
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let is_live = |path: &PathBuf| {
            let name = path.strip_prefix(&self.dir).unwrap().to_str().unwrap();
            path.is_file() && !name.starts_with(".loom-") && name != "openccu-loom.lock"
        };
        let name = |path: &PathBuf| path.strip_prefix(&self.dir).unwrap().to_str().unwrap().to_owned();
        all(&self.dir)
            .iter()
            .filter(|path| is_live(path))
            .map(|path| (name(path), fs::read(path).unwrap()))
            .collect()
    }

    fn everything(&self) -> Option<String> {
        if !self.dir.exists() {
            return None;
        }
        let mut text = String::new();
        for path in all(&self.dir).iter().filter(|path| !path.ends_with("openccu-loom.lock")) {
            let metadata = path.symlink_metadata().unwrap();
            write!(text, "{} {:o} ", path.display(), metadata.permissions().mode()).unwrap();
            let content = metadata.is_file().then(|| fs::read(path).unwrap());
            writeln!(text, "{:?} {content:?}", metadata.modified().ok().filter(|_| metadata.is_file()))
                .unwrap();
        }
        Some(text)
    }

    fn has_work_files(&self) -> bool {
        self.dir.join(".loom-restore").exists()
    }

    fn is_private(&self) -> bool {
        self.dir.metadata().unwrap().permissions().mode() & 0o777 == 0o700
    }

    fn remove_data_dir(&self) {
        fs::remove_dir_all(&self.dir).unwrap();
    }

    fn hold_as_daemon(&self) -> (Box<dyn Any + Send>, String) {
        let lock = InstanceLock::acquire(&self.dir, Role::Daemon).unwrap();
        (Box::new(lock), format!("a daemon (pid {})", std::process::id()))
    }

    fn dying_port(&self, step: usize) -> Arc<dyn RestoreTarget> {
        Arc::new(LocalRestoreTarget { steps: Steps::dying_before(step), ..self.target() })
    }
}

/// Every entry below a folder, in order.
pub(super) fn all(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.symlink_metadata().unwrap().is_dir() {
            found.extend(all(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}
