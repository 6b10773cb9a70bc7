//! One folder of a data dir, entry by entry, each with its kind.
//!
//! Does NOT descend and does NOT open files.

use crate::durable::is_absent;
use loom_domain::archive::{BadMemberPath, MemberPath};
use loom_domain::ports::{Entry, EntryKind, FilesError};
use std::fs::{DirEntry, FileType};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// The entries of a folder of the data dir `dir`, in no order; a name no member can have is an entry of its own.
pub(crate) fn list_folder(
    dir: &Path,
    folder: Option<&MemberPath>,
) -> Result<Vec<Result<Entry, BadMemberPath>>, FilesError> {
    let location = folder.map_or_else(|| dir.to_owned(), |folder| dir.join(folder.as_str()));
    let failed = |error: io::Error| match folder {
        None if error.kind() == io::ErrorKind::NotFound => FilesError::Missing(dir.display().to_string()),
        Some(folder) if is_absent(&error) => FilesError::Vanished(folder.as_str().to_owned()),
        _ => FilesError::Unreadable { path: location.display().to_string(), source: error.into() },
    };
    let mut entries = Vec::new();
    for entry in location.read_dir().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = match kind_of(&entry) {
            Ok(kind) => kind,
            Err(error) if is_absent(&error) => continue,
            Err(error) => {
                let path = entry.path().display().to_string();
                return Err(FilesError::Unreadable { path, source: error.into() });
            }
        };
        entries.push(path_of(folder, &entry).map(|path| Entry { path, kind }));
    }
    Ok(entries)
}

fn path_of(folder: Option<&MemberPath>, entry: &DirEntry) -> Result<MemberPath, BadMemberPath> {
    let name = entry.file_name();
    match folder {
        None => MemberPath::parse(name.as_bytes()),
        Some(folder) => MemberPath::parse(&[folder.as_str().as_bytes(), b"/", name.as_bytes()].concat()),
    }
}

fn kind_of(entry: &DirEntry) -> io::Result<EntryKind> {
    let metadata = entry.metadata()?;
    if !metadata.is_symlink() {
        return Ok(match metadata.file_type() {
            kind if kind.is_file() => EntryKind::File(metadata.len()),
            kind if kind.is_dir() => EntryKind::Folder,
            kind => EntryKind::Other(word_for(kind)),
        });
    }
    Ok(match entry.path().metadata() {
        Ok(target) if target.is_file() => EntryKind::File(target.len()),
        Ok(target) if target.is_dir() => EntryKind::Other("link to a folder"),
        Ok(target) => EntryKind::Other(word_for(target.file_type())),
        Err(error) if is_absent(&error) || is_loop(&error) => EntryKind::Other("broken link"),
        Err(other) => return Err(other),
    })
}

fn is_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

fn word_for(kind: FileType) -> &'static str {
    if kind.is_socket() {
        "socket"
    } else if kind.is_fifo() {
        "FIFO"
    } else if kind.is_char_device() || kind.is_block_device() {
        "device"
    } else {
        "special file"
    }
}
