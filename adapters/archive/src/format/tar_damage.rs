//! What a tar stream can have wrong, in words that name the place. Does NOT decide; `tar_reader` does.

use std::io;

/// Lowercase fragments; they read after "failed to read the archive: ". Offsets are bytes from the start of the tar.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TarDamage {
    /// A header whose checksum is wrong.
    #[error("tar header at byte {offset} is damaged: its checksum does not match")]
    Checksum {
        /// Where the header begins.
        offset: u64,
    },
    /// A number that is no number, negative or beyond any file's size.
    #[error("tar header at byte {offset} is damaged: its {field} is no usable number")]
    Number {
        /// Where the header begins.
        offset: u64,
        /// Which field.
        field: &'static str,
    },
    /// The stream is over before the end mark.
    #[error("the tar stream ends at byte {offset} before its end mark")]
    Truncated {
        /// Where the stream ends.
        offset: u64,
    },
    /// One block of zeros where two should be.
    #[error("the end mark of the tar at byte {offset} is damaged")]
    EndMark {
        /// Where the first block of zeros begins.
        offset: u64,
    },
    /// Something else than zeros after the end mark.
    #[error("trailing bytes after the end mark of the tar, from byte {offset}")]
    TrailingBytes {
        /// Where a block with such bytes begins.
        offset: u64,
    },
    /// A member that is neither a file nor a folder.
    #[error("member `{member}` is a {kind}; only files and folders are accepted")]
    Unsupported {
        /// Name of the member, made printable.
        member: String,
        /// What it is.
        kind: &'static str,
    },
    /// A folder that claims to hold bytes.
    #[error("member `{member}` is a folder with {size} bytes of content")]
    FolderWithContent {
        /// Name of the member, made printable.
        member: String,
        /// Bytes claimed.
        size: u64,
    },
    /// An extension header larger than any honest name.
    #[error("extension header at byte {offset} has {size} bytes, at most {limit} are accepted")]
    ExtensionTooLong {
        /// Where the header begins.
        offset: u64,
        /// Bytes claimed.
        size: u64,
        /// Bytes accepted.
        limit: u64,
    },
    /// Two extension headers of a kind, or one that belongs to no member.
    #[error("extension header at byte {offset} is out of order")]
    ExtensionOutOfOrder {
        /// Where the header begins.
        offset: u64,
    },
    /// Pax records that cannot be parsed, or that rename or resize members to come.
    #[error("extension header at byte {offset} is damaged or not acceptable")]
    Extension {
        /// Where the header begins.
        offset: u64,
    },
    /// The reader below failed; holds its finding when the damage is outside the tar.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A member name for messages: at most 200 characters, nothing a terminal would act on.
pub(super) fn printable(name: &[u8]) -> String {
    String::from_utf8_lossy(name).chars().take(200).flat_map(char::escape_debug).collect()
}
