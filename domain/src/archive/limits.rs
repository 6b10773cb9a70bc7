//! Limits an archive must keep to before any of it is believed: member count, sizes, ratio, one manifest and that last.
//!
//! Does NOT read archives; adapters and use cases report what they meet and stop at the first refusal.

use super::{BadMemberPath, MemberPath};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// Name of the manifest.
pub const MANIFEST_NAME: &str = "manifest.json";

/// The bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most members, folders included, and most files and folders they make.
    pub members: u64,
    /// Most bytes of the names of all members together: readers hold them in memory. A manifest that lists every
    /// file has far less room.
    pub path_bytes: u64,
    /// Most bytes of all members together.
    pub total_bytes: u64,
    /// Most bytes of the manifest.
    pub manifest_bytes: u64,
    /// Most unpacked bytes per packed byte, once `ratio_from_bytes` are unpacked. State that honest daemons keep
    /// compresses far below this; deflate reaches 1,032 at the most.
    pub ratio: u64,
    /// Unpacked bytes below which the ratio is not looked at.
    pub ratio_from_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            members: 100_000,
            path_bytes: 8 << 20,
            total_bytes: 1 << 36,
            manifest_bytes: 4 << 20,
            ratio: 300,
            ratio_from_bytes: 256 << 20,
        }
    }
}

/// Why an archive is refused before its contents are looked at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Hostile {
    /// The name could leave the folder or cannot be stored.
    #[error(transparent)]
    Name(#[from] BadMemberPath),
    /// Two members of one name.
    #[error("member `{0}` appears twice")]
    Duplicate(MemberPath),
    /// A file where another member needs a folder.
    #[error("member `{0}` lies below a member that is a file")]
    BelowAFile(MemberPath),
    /// A member that the manifest, which is the last one, cannot speak of.
    #[error("member `{0}` comes after `manifest.json`")]
    AfterManifest(MemberPath),
    /// More members than allowed.
    #[error("it looks like an archive bomb: more than {0} members")]
    TooMany(u64),
    /// Longer names than allowed.
    #[error("it looks like an archive bomb: more than {0} bytes of names")]
    TooLongPaths(u64),
    /// More bytes than allowed.
    #[error("it looks like an archive bomb: `{member}` brings the total over {limit} bytes")]
    TooLarge {
        /// The member that went over.
        member: MemberPath,
        /// The bound.
        limit: u64,
    },
    /// The manifest is over its bound.
    #[error("`manifest.json` has {bytes} bytes, more than the {limit} allowed")]
    ManifestTooLarge {
        /// Announced size.
        bytes: u64,
        /// The bound.
        limit: u64,
    },
    /// Unpacks to far more than any honest archive.
    #[error("it looks like an archive bomb: {unpacked} bytes came out of {packed}")]
    Ratio {
        /// Bytes unpacked so far.
        unpacked: u64,
        /// Bytes read so far.
        packed: u64,
    },
}

/// What stands for a path: a prefix of its SHA-256, since a deep path makes hundreds of folders and the paths of all of
/// them would fill the memory. Two paths that share one are refused like one path twice, never mixed up.
type Digest16 = [u8; 16];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    Folder,
}

/// Watches the members of one archive as they come.
#[derive(Debug)]
pub struct Watch {
    limits: Limits,
    seen: HashMap<Digest16, Kind>,
    manifest_seen: bool,
    members: u64,
    path_bytes: u64,
    total_bytes: u64,
}

impl Watch {
    /// A watch that has seen nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self { limits, seen: HashMap::new(), manifest_seen: false, members: 0, path_bytes: 0, total_bytes: 0 }
    }

    /// Accepts or refuses the next file by its raw name and announced size in bytes.
    pub fn file(&mut self, raw_name: &[u8], size_bytes: u64) -> Result<MemberPath, Hostile> {
        let path = MemberPath::parse(raw_name)?;
        self.count()?;
        if path.as_str() == MANIFEST_NAME && size_bytes > self.limits.manifest_bytes {
            return Err(Hostile::ManifestTooLarge { bytes: size_bytes, limit: self.limits.manifest_bytes });
        }
        self.total_bytes = self.total_bytes.saturating_add(size_bytes);
        if self.total_bytes > self.limits.total_bytes {
            return Err(Hostile::TooLarge { member: path, limit: self.limits.total_bytes });
        }
        self.name(path, Kind::File)
    }

    /// Accepts or refuses the next folder by its raw name. A folder may be named more than once.
    pub fn folder(&mut self, raw_name: &[u8]) -> Result<MemberPath, Hostile> {
        let path = MemberPath::parse(raw_name)?;
        self.count()?;
        self.name(path, Kind::Folder)
    }

    /// Compares what was unpacked so far with what was read for it.
    pub fn ratio(&self, unpacked: u64, packed: u64) -> Result<(), Hostile> {
        let over = unpacked > self.limits.ratio_from_bytes && unpacked / packed.max(1) > self.limits.ratio;
        if over { Err(Hostile::Ratio { unpacked, packed }) } else { Ok(()) }
    }

    fn count(&mut self) -> Result<(), Hostile> {
        self.members += 1;
        if self.members > self.limits.members { Err(Hostile::TooMany(self.limits.members)) } else { Ok(()) }
    }

    /// Makes the path and the folders above it.
    fn name(&mut self, path: MemberPath, kind: Kind) -> Result<MemberPath, Hostile> {
        let text = path.as_str();
        self.path_bytes += text.len() as u64;
        if self.path_bytes > self.limits.path_bytes {
            return Err(Hostile::TooLongPaths(self.limits.path_bytes));
        }
        let (mut hash, mut hashed) = (Sha256::new(), 0);
        for (at, _) in text.match_indices('/') {
            hash.update(&text[hashed..at]);
            hashed = at;
            if self.make(hash.clone(), Kind::Folder)? == Some(Kind::File) {
                return Err(Hostile::BelowAFile(path));
            }
        }
        hash.update(&text[hashed..]);
        let before = self.make(hash, kind)?;
        if before.is_some_and(|before| (before, kind) != (Kind::Folder, Kind::Folder)) {
            return Err(Hostile::Duplicate(path));
        }
        if self.manifest_seen {
            return Err(Hostile::AfterManifest(path));
        }
        self.manifest_seen = path.as_str() == MANIFEST_NAME;
        Ok(path)
    }

    /// What the path was before.
    fn make(&mut self, path: Sha256, kind: Kind) -> Result<Option<Kind>, Hostile> {
        let mut digest = Digest16::default();
        digest.copy_from_slice(&path.finalize()[..16]);
        if let Some(before) = self.seen.get(&digest) {
            return Ok(Some(*before));
        }
        if self.seen.len() as u64 >= self.limits.members {
            return Err(Hostile::TooMany(self.limits.members));
        }
        self.seen.insert(digest, kind);
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
