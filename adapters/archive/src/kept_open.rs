//! Databases this process looked into, kept open: closing one would drop the locks its own SQLite connections hold.
//!
//! POSIX record locks belong to a process and a file, not to a descriptor. A daemon that takes a backup of its own
//! data dir would lose the locks of its open database by merely opening and closing the file beside them, and
//! another process could then reset the write-ahead log under it. So whatever may carry such locks is opened once.
//! Does NOT lock anything.

use rustix::fs::{Mode, OFlags};
use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Descriptors by device and inode.
static KEPT: Mutex<BTreeMap<(u64, u64), Arc<File>>> = Mutex::new(BTreeMap::new());

/// The first `bytes` bytes of a regular file, fewer if it is shorter. A database, and shared memory of one, stays open.
pub(crate) fn head(path: &Path, bytes: usize) -> io::Result<Vec<u8>> {
    let metadata = path.metadata()?;
    // An empty file may be a database that SQLite has just created and locked.
    if metadata.len() == 0 {
        return Ok(Vec::new());
    }
    if is_shared_memory(path) || find(&metadata).is_some() {
        let file = database(path)?;
        return read_head(&file, bytes);
    }
    let file = open_to_read(path)?;
    let magic = read_head(&file, 16)?;
    let head = read_head(&file, bytes)?;
    if magic == b"SQLite format 3\0" {
        keep(file)?;
    }
    Ok(head)
}

/// A database, or the shared memory of one, open for reading.
pub(crate) fn database(path: &Path) -> io::Result<Arc<File>> {
    match find(&path.metadata()?) {
        Some(file) => Ok(file),
        None => keep(open_to_read(path)?),
    }
}

/// Opens a regular file; a FIFO that took its place meanwhile is refused instead of waited for.
pub(crate) fn open_to_read(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok(file)
}

fn find(metadata: &Metadata) -> Option<Arc<File>> {
    let kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.get(&(metadata.dev(), metadata.ino())).cloned()
}

fn keep(file: File) -> io::Result<Arc<File>> {
    let metadata = file.metadata()?;
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    // Nobody else can open a removed file, so its locks guard nothing any more.
    kept.retain(|_, file| file.metadata().is_ok_and(|metadata| metadata.nlink() > 0));
    let file = kept.entry((metadata.dev(), metadata.ino())).or_insert_with(|| Arc::new(file));
    Ok(Arc::clone(file))
}

fn is_shared_memory(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().ends_with(b"-shm"))
}

fn read_head(file: &File, bytes: usize) -> io::Result<Vec<u8>> {
    let mut head = vec![0; bytes];
    let mut filled = 0;
    while filled < bytes {
        match file.read_at(&mut head[filled..], filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(filled);
    Ok(head)
}
