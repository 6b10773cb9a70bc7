//! A disk in memory: files, folders, links and special files by their paths, shared by its clones.
//!
//! The other memory adapters meet here: what one stages at a location, another reads there.
//! Does NOT know what a data dir, an archive or a database is, and does NOT keep permissions.

use bytes::Bytes;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Files by path. Clones share one content; each call is atomic.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk {
    nodes: Arc<Mutex<BTreeMap<PathBuf, Node>>>,
}

/// What lies at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// A regular file with its bytes.
    File(Bytes),
    /// A folder.
    Folder,
    /// A symbolic link to an absolute path.
    Link(PathBuf),
    /// Something without content, in a word such as `socket`.
    Other(&'static str),
}

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// The bytes of the regular file at `path`; links are not followed.
    pub fn read(&self, path: &Path) -> Option<Bytes> {
        match self.lock().get(path) {
            Some(Node::File(bytes)) => Some(bytes.clone()),
            _ => None,
        }
    }

    /// Creates or replaces the file at `path`; missing folders above it are created.
    pub fn write(&self, path: &Path, bytes: impl Into<Bytes>) {
        self.put(path, Node::File(bytes.into()));
    }

    /// Puts `node` at `path`, in place of what is there; missing folders above it are created.
    pub fn put(&self, path: &Path, node: Node) {
        put(&mut self.lock(), path, node);
    }

    /// What lies at `path`; links are not followed.
    pub fn node(&self, path: &Path) -> Option<Node> {
        self.lock().get(path).cloned()
    }

    /// What lies directly in `folder`, by path in byte order.
    pub fn children(&self, folder: &Path) -> Vec<(PathBuf, Node)> {
        let nodes = self.lock();
        let children = nodes.iter().filter(|(path, _)| path.parent() == Some(folder));
        children.map(|(path, node)| (path.clone(), node.clone())).collect()
    }

    /// Everything below `folder`, however deep, by path; the folder itself is not part of it.
    pub fn below(&self, folder: &Path) -> BTreeMap<PathBuf, Node> {
        let nodes = self.lock();
        let below = nodes.iter().filter(|(path, _)| path.starts_with(folder) && *path != folder);
        below.map(|(path, node)| (path.clone(), node.clone())).collect()
    }

    /// Moves the node at `from`, with everything below it, to `to`; says whether there was one.
    pub fn rename(&self, from: &Path, to: &Path) -> bool {
        let mut nodes = self.lock();
        let moved: Vec<_> = nodes.keys().filter(|path| path.starts_with(from)).cloned().collect();
        for path in &moved {
            let (Some(node), Ok(rest)) = (nodes.remove(path), path.strip_prefix(from)) else { continue };
            // Joining an empty rest would append a slash.
            let target = if rest.as_os_str().is_empty() { to.to_owned() } else { to.join(rest) };
            put(&mut nodes, &target, node);
        }
        !moved.is_empty()
    }

    /// Removes the node at `path` and everything below it; says whether there was one.
    pub fn remove(&self, path: &Path) -> bool {
        let mut nodes = self.lock();
        let before = nodes.len();
        nodes.retain(|other, _| !other.starts_with(path));
        nodes.len() < before
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PathBuf, Node>> {
        // No call panics between two changes that belong together, so a poisoned disk is still whole.
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn put(nodes: &mut BTreeMap<PathBuf, Node>, path: &Path, node: Node) {
    for folder in path.ancestors().skip(1) {
        nodes.entry(folder.to_owned()).or_insert(Node::Folder);
    }
    nodes.insert(path.to_owned(), node);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_folder_takes_what_is_below_along() {
        let disk = MemoryDisk::new();
        disk.write(Path::new("/a/b/c"), "x");
        assert!(disk.rename(Path::new("/a/b"), Path::new("/z")));
        assert_eq!(disk.read(Path::new("/z/c")).unwrap(), "x");
        assert_eq!(disk.node(Path::new("/a/b")), None);
        assert!(!disk.rename(Path::new("/a/b"), Path::new("/y")));
    }

    #[test]
    fn removing_a_folder_spares_its_namesakes() {
        let disk = MemoryDisk::new();
        disk.write(Path::new("/a/b"), "x");
        disk.write(Path::new("/ab"), "y");
        assert!(disk.remove(Path::new("/a")));
        assert_eq!(disk.read(Path::new("/a/b")), None);
        assert_eq!(disk.read(Path::new("/ab")).unwrap(), "y");
    }

    #[test]
    fn children_are_those_directly_inside() {
        let disk = MemoryDisk::new();
        disk.write(Path::new("/a/b/c"), "x");
        let children = disk.children(Path::new("/a"));
        assert_eq!(children, [(PathBuf::from("/a/b"), Node::Folder)]);
        assert_eq!(disk.below(Path::new("/a")).len(), 2);
    }
}
