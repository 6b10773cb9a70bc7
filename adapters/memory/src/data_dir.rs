//! A data dir on a disk in memory: one folder, who uses it, and its files as the domain reads them.
//!
//! Does NOT replace files as a restore does (`restore_target`).

use crate::{MemoryContent, MemoryDisk, Node};
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{DataDirFiles, Entry, EntryKind, FilesError, OpenFile};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A data dir. Clones are the same data dir, as seen by another process.
#[derive(Debug, Clone)]
pub struct MemoryDataDir {
    disk: MemoryDisk,
    root: PathBuf,
    pub(crate) shared: Arc<Mutex<Shared>>,
}

/// What is known of a data dir beside its files.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) holder: Option<String>,
    pub(crate) replacing: crate::restore_target::Replacing,
}

/// A data dir in use; it is free again when this is dropped.
#[derive(Debug)]
pub struct Hold {
    shared: Arc<Mutex<Shared>>,
}

impl MemoryDataDir {
    /// The data dir at an absolute path of `disk`, created if it is missing.
    pub fn new(disk: MemoryDisk, root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        if disk.node(&root).is_none() {
            disk.put(&root, Node::Folder);
        }
        Self { disk, root, shared: Arc::default() }
    }

    /// The disk it lies on.
    pub fn disk(&self) -> &MemoryDisk {
        &self.disk
    }

    /// Its path on the disk.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file in place of what is there; creates its parents.
    pub fn write(&self, path: &str, bytes: impl Into<Bytes>) {
        self.disk.write(&self.root.join(path), bytes);
    }

    /// Every regular file by its path, working files of a restore included.
    pub fn files(&self) -> BTreeMap<String, Bytes> {
        let below = self.disk.below(&self.root).into_iter();
        let files = below.filter_map(|(path, node)| match node {
            Node::File(bytes) => Some((path.strip_prefix(&self.root).ok()?.to_str()?.to_owned(), bytes)),
            _ => None,
        });
        files.collect()
    }

    /// Uses the data dir as `by` until the hold is dropped; `Err` names who uses it already.
    pub fn hold(&self, by: &str) -> Result<Hold, String> {
        let mut shared = self.lock();
        match &shared.holder {
            Some(holder) => Err(holder.clone()),
            None => {
                shared.holder = Some(by.to_owned());
                Ok(Hold { shared: Arc::clone(&self.shared) })
            }
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Shared> {
        // No call panics between two changes that belong together, so a poisoned state is still whole.
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What an entry of a folder is, links followed.
    pub(crate) fn kind(&self, node: Node) -> EntryKind {
        let target = match &node {
            Node::Link(target) => self.disk.node(target),
            _ => None,
        };
        match (node, target) {
            (Node::File(bytes), _) | (Node::Link(_), Some(Node::File(bytes))) => {
                EntryKind::File(bytes.len() as u64)
            }
            (Node::Folder, _) => EntryKind::Folder,
            (Node::Other(word), _) | (Node::Link(_), Some(Node::Other(word))) => EntryKind::Other(word),
            (Node::Link(_), Some(Node::Folder)) => EntryKind::Other("link to a folder"),
            (Node::Link(_), Some(Node::Link(_))) => EntryKind::Other("link to a link"),
            (Node::Link(_), None) => EntryKind::Other("broken link"),
        }
    }

    /// The bytes of a file, links followed.
    pub(crate) fn read(&self, path: &MemberPath) -> Result<Bytes, FilesError> {
        let location = self.root.join(path.as_str());
        let found = match self.disk.node(&location) {
            Some(Node::Link(target)) => self.disk.node(&target),
            found => found,
        };
        match found {
            Some(Node::File(bytes)) => Ok(bytes),
            None => Err(FilesError::Vanished(path.as_str().to_owned())),
            Some(_) => {
                Err(FilesError::Unreadable { path: path.as_str().to_owned(), source: "it is no file".into() })
            }
        }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner).holder = None;
    }
}

#[async_trait]
impl DataDirFiles for MemoryDataDir {
    async fn list(&self, folder: Option<&MemberPath>) -> Result<Vec<Entry>, FilesError> {
        let location = folder.map_or_else(|| self.root.clone(), |folder| self.root.join(folder.as_str()));
        if !matches!(self.disk.node(&location), Some(Node::Folder)) {
            return Err(match folder {
                None => FilesError::Missing(self.root.display().to_string()),
                Some(folder) => FilesError::Vanished(folder.as_str().to_owned()),
            });
        }
        let entries = self.disk.children(&location).into_iter().map(|(path, node)| {
            let inside = path.strip_prefix(&self.root).unwrap_or(&path);
            let path = MemberPath::parse(inside.as_os_str().as_bytes())?;
            Ok(Entry { path, kind: self.kind(node) })
        });
        entries.collect()
    }

    async fn head(&self, path: &MemberPath, bytes: usize) -> Result<Vec<u8>, FilesError> {
        let content = self.read(path)?;
        Ok(content[..content.len().min(bytes)].to_vec())
    }

    async fn open(&self, path: &MemberPath) -> Result<OpenFile, FilesError> {
        let content = self.read(path)?;
        Ok(OpenFile { bytes: content.len() as u64, content: Box::new(MemoryContent::new(content)) })
    }
}
