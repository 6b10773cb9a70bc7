//! The memory data dir and the memory scratch areas keep their contracts.

use loom_adapter_memory::{MemoryDataDir, MemoryDisk, MemoryScratch, Node};
use loom_contract::data_dir_files::DataDirBed;
use loom_contract::staging_area::StagingBed;
use loom_domain::ports::{DataDirFiles, ScratchAreas};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

struct DirBed(MemoryDataDir);

impl DirBed {
    fn new() -> Self {
        Self(MemoryDataDir::new(MemoryDisk::new(), "/data"))
    }

    fn put(&self, path: &str, node: Node) {
        self.0.disk().put(&self.0.root().join(path), node);
    }
}

impl DataDirBed for DirBed {
    fn port(&self) -> Arc<dyn DataDirFiles> {
        Arc::new(self.0.clone())
    }

    fn put_file(&self, path: &str, bytes: &[u8]) {
        self.0.write(path, bytes.to_vec());
    }

    fn make_folder(&self, path: &str) {
        self.put(path, Node::Folder);
    }

    fn link(&self, path: &str, target: &str) {
        self.put(path, Node::Link(self.0.root().join(target)));
    }

    fn put_others(&self) -> Vec<(&'static str, &'static str)> {
        let others = vec![("a socket", "socket"), ("fifo", "FIFO"), ("disk", "block device")];
        for (name, word) in &others {
            self.put(name, Node::Other(word));
        }
        others
    }

    fn put_bad_name(&self) {
        let path = self.0.root().join(OsStr::from_bytes(b"not \xff text"));
        self.0.disk().write(&path, "x");
    }

    fn remove(&self, path: &str) {
        self.0.disk().remove(&self.0.root().join(path));
    }

    fn remove_data_dir(&self) {
        self.0.disk().remove(self.0.root());
    }
}

struct ScratchBed {
    disk: MemoryDisk,
    scratch: MemoryScratch,
}

impl ScratchBed {
    fn new() -> Self {
        let disk = MemoryDisk::new();
        Self { scratch: MemoryScratch::new(disk.clone(), "/scratch"), disk }
    }
}

impl StagingBed for ScratchBed {
    fn port(&self) -> Arc<dyn ScratchAreas> {
        Arc::new(self.scratch.clone())
    }

    fn read(&self, location: &Path) -> Option<Vec<u8>> {
        self.disk.read(location).map(Into::into)
    }

    fn is_private(&self, location: &Path) -> bool {
        // Nobody else reaches the disk; what can be said is that the file lies in an area.
        location.starts_with("/scratch")
    }

    fn count(&self) -> usize {
        self.disk.below(&PathBuf::from("/scratch")).len()
    }
}

loom_contract::data_dir_files_contract!((Arc::new(DirBed::new()), ()));
loom_contract::staging_area_contract!((Arc::new(ScratchBed::new()), ()));
