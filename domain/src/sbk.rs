//! The judge of CCU backups: is this `.sbk` whole, is it what a CCU makes, and would a CCU take it back?
//!
//! An `.sbk` is an uncompressed tar of `usr_local.tar.gz`, `signature`, `key_index` and `firmware_version`, with OpenCCU
//! also of `signature.sha256`. The judge is fed the bytes as they arrive and looks at all of them once: the outer tar to
//! its end marker, the gzip inside to its checksum and length, the tar inside that to its end marker. It holds about
//! 200 KiB however large the backup is.
//!
//! Does NOT read files or sockets, does NOT unpack to disk, and does NOT verify `signature`: that takes the key of the CCU.

mod beginning;
mod damage;
mod firmware_version;
mod gunzip;
mod inner;
mod limits;
mod members;
mod sha256_list;
mod tar_header;
mod tar_walk;
mod verdict;
mod warning;

pub use beginning::Beginning;
pub use damage::SbkDamage;
pub use firmware_version::{BadFirmwareVersion, FirmwareVersion};
pub use limits::SbkLimits;
pub use verdict::{SbkFacts, SbkVerdict};
pub use warning::SbkWarning;

use crate::archive::hex;
use members::Members;
use sha2::{Digest, Sha256};
use tar_walk::{TarFault, TarWalk};

/// Judges one CCU backup while its bytes go by.
///
/// The verdict depends on the bytes alone, not on how they were cut into pushes.
pub struct SbkJudge {
    limits: SbkLimits,
    size_bytes: u64,
    hash: Sha256,
    walk: TarWalk,
    members: Members,
}

impl SbkJudge {
    /// A judge that has seen nothing yet.
    pub fn new(limits: SbkLimits) -> Self {
        Self {
            limits,
            size_bytes: 0,
            hash: Sha256::new(),
            walk: TarWalk::new(),
            members: Members::new(limits),
        }
    }

    /// Takes the next bytes, any number of them.
    ///
    /// # Errors
    /// From some push on, a damage that no further bytes can heal, at each push. The rest may be left unfetched, or be fed
    /// all the same: size and hash go on, and `finish` tells everything. Damage that shows only at the end, such as a
    /// missing member, is told by `finish` alone.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), SbkDamage> {
        self.hash.update(bytes);
        self.size_bytes = self.size_bytes.saturating_add(bytes.len() as u64);
        // Where the limit is passed must not depend on how the bytes are cut.
        let before = self.size_bytes.saturating_sub(bytes.len() as u64);
        let room = usize::try_from(self.limits.file_bytes.saturating_sub(before)).unwrap_or(usize::MAX);
        self.walk.feed(bytes.get(..room).unwrap_or(bytes), &mut self.members);
        self.damage_so_far().map_or(Ok(()), Err)
    }

    /// The verdict on what was pushed; `announced` is the size in bytes the sender named, if it named one.
    pub fn finish(self, announced: Option<u64>) -> SbkVerdict {
        let mut damages = Vec::new();
        let mut warnings = Vec::new();
        let mut facts = None;
        if let Some(announced) = announced.filter(|announced| *announced != self.size_bytes) {
            damages.push(SbkDamage::SizeMismatch { announced, got: self.size_bytes });
        }
        if let Some(damage) = self.nothing_like_a_backup() {
            damages.push(damage);
        } else {
            let structure = self.structural_damage();
            let whole = structure.is_none();
            damages.extend(structure);
            facts = Some(self.members.finish(whole, &mut damages, &mut warnings));
        }
        damages.sort_by_key(SbkDamage::rank);
        SbkVerdict {
            size_bytes: self.size_bytes,
            sha256: hex(&self.hash.finalize()),
            facts,
            damages,
            warnings,
        }
    }

    fn damage_so_far(&self) -> Option<SbkDamage> {
        self.too_large().or_else(|| self.fault()).or_else(|| self.members.damage_so_far())
    }

    fn too_large(&self) -> Option<SbkDamage> {
        let limit = self.limits.file_bytes;
        (self.size_bytes > limit).then_some(SbkDamage::TooLarge { limit })
    }

    fn fault(&self) -> Option<SbkDamage> {
        Some(match self.walk.fault()? {
            TarFault::NotATar => SbkDamage::NotATar(Beginning::of(self.walk.block())),
            TarFault::BadHeader { at } => SbkDamage::BadHeader { at },
            TarFault::TrailingBytes { at } => SbkDamage::TrailingBytes { at },
        })
    }

    fn nothing_like_a_backup(&self) -> Option<SbkDamage> {
        if self.size_bytes == 0 {
            return Some(SbkDamage::Empty);
        }
        if self.walk.fault() == Some(TarFault::NotATar) {
            return self.fault();
        }
        // Less than one header: only its first bytes can tell a cut backup from something else.
        let first = self.walk.first_header_is_open().then(|| self.walk.block())?;
        (!members::begins_like_a_member(first)).then(|| SbkDamage::NotATar(Beginning::of(first)))
    }

    fn structural_damage(&self) -> Option<SbkDamage> {
        let cut = || {
            let inside = self.members.current_name();
            (!self.walk.is_complete()).then_some(SbkDamage::CutOuter { at: self.size_bytes, inside })
        };
        self.too_large().or_else(|| self.fault()).or_else(cut)
    }
}
