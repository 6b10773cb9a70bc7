//! Whether a file is still the one that was found: its size, its inode, and when either was changed.
//!
//! Does NOT read its bytes.

use crate::kept_open;
use jiff::Timestamp;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Names the bytes of a file: 1 to 64 lower-case hex digits and `-`.
pub(crate) fn tag(metadata: &Metadata) -> String {
    // When the inode was changed counts too: the time of writing can be set back by whoever writes.
    format!(
        "{:x}-{:x}-{:x}{:08x}-{:x}{:08x}",
        metadata.ino(),
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec(),
        metadata.ctime(),
        metadata.ctime_nsec()
    )
}

/// When the bytes of a file were last written.
pub(crate) fn modified_at(metadata: &Metadata) -> Option<Timestamp> {
    metadata.modified().ok().and_then(|time| Timestamp::try_from(time).ok())
}

/// Opens the regular file that was found under `tag`; `None` if it is not that one any more.
pub(crate) fn open_as(path: &Path, wanted: &str) -> io::Result<Option<File>> {
    let file = kept_open::open_to_read(path)?;
    // Of the file that is open: another one, or a link, may have taken the name since it was looked at.
    Ok((tag(&file.metadata()?) == wanted).then_some(file))
}
