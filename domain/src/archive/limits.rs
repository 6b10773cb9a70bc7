//! Limits an archive must keep to before any of it is believed: member count, sizes, ratio, one manifest.
//!
//! Does NOT read archives; adapters and use cases report what they meet and stop at the first refusal.

use super::{BadMemberPath, MemberPath};
use std::collections::HashSet;

/// Name of the manifest.
pub const MANIFEST_NAME: &str = "manifest.json";

/// The bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most members, folders included, and most files and folders they make.
    pub members: u64,
    /// Most bytes of the paths of all files and folders together: they are held in memory. A manifest that lists
    /// every file has far less room.
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
            path_bytes: 16 << 20,
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
    /// More members than allowed.
    #[error("it looks like an archive bomb: more than {0} members")]
    TooMany(u64),
    /// Longer paths than allowed.
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

/// Watches the members of one archive as they come.
#[derive(Debug)]
pub struct Watch {
    limits: Limits,
    files: HashSet<MemberPath>,
    folders: HashSet<MemberPath>,
    members: u64,
    path_bytes: u64,
    total_bytes: u64,
}

impl Watch {
    /// A watch that has seen nothing yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            files: HashSet::new(),
            folders: HashSet::new(),
            members: 0,
            path_bytes: 0,
            total_bytes: 0,
        }
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
        self.claim_parents(&path)?;
        if self.folders.contains(&path) || !self.files.insert(path.clone()) {
            return Err(Hostile::Duplicate(path));
        }
        self.hold(&path)?;
        Ok(path)
    }

    /// Accepts or refuses the next folder by its raw name. A folder may be named more than once.
    pub fn folder(&mut self, raw_name: &[u8]) -> Result<MemberPath, Hostile> {
        let path = MemberPath::parse(raw_name)?;
        self.count()?;
        self.claim_parents(&path)?;
        if self.files.contains(&path) {
            return Err(Hostile::Duplicate(path));
        }
        self.add_folder(&path)?;
        Ok(path)
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

    fn claim_parents(&mut self, path: &MemberPath) -> Result<(), Hostile> {
        let text = path.as_str();
        for (at, _) in text.match_indices('/') {
            let parent = MemberPath::parse(&text.as_bytes()[..at])?;
            if self.files.contains(&parent) {
                return Err(Hostile::BelowAFile(path.clone()));
            }
            self.add_folder(&parent)?;
        }
        Ok(())
    }

    fn add_folder(&mut self, path: &MemberPath) -> Result<(), Hostile> {
        if self.folders.insert(path.clone()) { self.hold(path) } else { Ok(()) }
    }

    /// Accounts for a path that is held from now on.
    fn hold(&mut self, path: &MemberPath) -> Result<(), Hostile> {
        if (self.files.len() + self.folders.len()) as u64 > self.limits.members {
            return Err(Hostile::TooMany(self.limits.members));
        }
        self.path_bytes += path.as_str().len() as u64;
        if self.path_bytes > self.limits.path_bytes {
            return Err(Hostile::TooLongPaths(self.limits.path_bytes));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
