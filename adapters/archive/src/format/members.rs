//! Members coming out of an archive one after the other, whatever its format.
//!
//! Does NOT judge names, compare hashes or limit how many members or bytes there are.

use super::tar_damage::TarDamage;
use super::tar_reader::TarReader;
use std::io::{self, Read};

/// Pulls members out of an archive. After an error it is unusable.
pub trait Members {
    /// Skips what is left of the current member and returns the next one.
    ///
    /// `None` comes only once the archive was read to its very end, every checksum fits and nothing follows.
    ///
    /// # Errors
    /// The archive is damaged or refused, or the reader below failed.
    fn next(&mut self) -> Result<Option<Member>, MemberFault>;

    /// Reads content of the current member; 0 once it is through, or when `buf` is empty.
    ///
    /// # Errors
    /// The archive is damaged, or the reader below failed.
    fn read_chunk(&mut self, buf: &mut [u8]) -> Result<usize, MemberFault>;
}

/// One file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name as it stands in the archive: any bytes, unjudged.
    pub path: Vec<u8>,
    /// File or folder.
    pub kind: MemberKind,
    /// Bytes of content; 0 for a folder.
    pub size: u64,
    /// Permission bits, within `0o7777`.
    pub mode: u32,
}

/// The two kinds of members that are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// A regular file.
    File,
    /// A folder.
    Directory,
}

/// Why members come no further. Lowercase fragments; they read after "failed to read the archive: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MemberFault {
    /// Something that no archive of a data dir holds; in words, with the member.
    #[error("{0}")]
    Refused(String),
    /// Damage; in words, with the place.
    #[error("{0}")]
    Damaged(String),
    /// The reader below failed; holds its finding when the damage is below the members.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl<R: Read> Members for TarReader<R> {
    fn next(&mut self) -> Result<Option<Member>, MemberFault> {
        Ok(TarReader::next(self)?)
    }

    fn read_chunk(&mut self, buf: &mut [u8]) -> Result<usize, MemberFault> {
        Ok(TarReader::read_chunk(self, buf)?)
    }
}

impl From<TarDamage> for MemberFault {
    fn from(damage: TarDamage) -> Self {
        match damage {
            TarDamage::Io(error) => Self::Io(error),
            refused @ (TarDamage::Unsupported { .. }
            | TarDamage::FolderWithContent { .. }
            | TarDamage::ExtensionTooLong { .. }) => Self::Refused(refused.to_string()),
            damage => Self::Damaged(damage.to_string()),
        }
    }
}
