//! Judges `usr_local.tar.gz`: decompressed to its end, its tar walked to its end, its names and the ReGa database looked at.
//!
//! Does NOT judge where links point: links out of `/usr/local` are usual on a CCU.

use super::damage::shown;
use super::gunzip::{Gunzip, GzipFault};
use super::tar_header::Kind;
use super::tar_walk::{Entry, TarFault, TarWalk, Visitor};
use super::{SbkDamage, SbkFacts, SbkLimits};

const REGADOM: &[u8] = b"etc/config/homematic.regadom";
const HMIP_FOLDER: &[u8] = b"etc/config/crRFD/data/";

pub(super) struct Inner {
    limits: SbkLimits,
    gunzip: Gunzip,
    walk: TarWalk,
    contents: Contents,
    bytes: u64,
}

/// What is inside, as far as it matters.
#[derive(Default)]
struct Contents {
    members: u64,
    files: u64,
    regadom_bytes: Option<u64>,
    has_hmip_identity: bool,
    escape: Option<String>,
}

impl Inner {
    pub(super) fn new(limits: SbkLimits) -> Self {
        Self { limits, gunzip: Gunzip::new(), walk: TarWalk::new(), contents: Contents::default(), bytes: 0 }
    }

    /// Takes the next bytes of the member.
    pub(super) fn feed(&mut self, bytes: &[u8]) {
        let Self { gunzip, walk, contents, bytes: unpacked, limits } = self;
        gunzip.feed(bytes, |piece| {
            let room = usize::try_from(limits.inner_bytes.saturating_sub(*unpacked)).unwrap_or(usize::MAX);
            let within = piece.get(..room).unwrap_or(piece);
            *unpacked = unpacked.saturating_add(within.len() as u64);
            walk.feed(within, contents);
            within.len() == piece.len()
        });
    }

    /// The first damage that more bytes cannot heal.
    pub(super) fn damage_so_far(&self) -> Option<SbkDamage> {
        self.gzip_damage().or_else(|| self.tar_damage()).or_else(|| self.content_damages().next())
    }

    /// All damages; `whole` says whether the member was read to its end.
    pub(super) fn damages(&self, whole: bool) -> Vec<SbkDamage> {
        let cut = || {
            let complete = self.gunzip.is_complete() && self.walk.is_complete();
            (whole && !complete).then_some(SbkDamage::CutInner { inner_bytes: self.bytes })
        };
        // What a damaged gzip unpacks to need not be a tar, and what is cut need not hold everything.
        let structure = self.gzip_damage().or_else(|| self.tar_damage()).or_else(cut);
        let regadom = match self.contents.regadom_bytes {
            _ if structure.is_some() || !whole => None,
            None => Some(SbkDamage::NoRegadom),
            Some(0) => Some(SbkDamage::EmptyRegadom),
            Some(_) => None,
        };
        structure.into_iter().chain(self.content_damages()).chain(regadom).collect()
    }

    /// Whether everything was read to its end, so that what was not seen is not there.
    pub(super) fn is_complete(&self) -> bool {
        self.gunzip.is_complete() && self.walk.is_complete()
    }

    /// Notes what was seen.
    pub(super) fn tell(&self, facts: &mut SbkFacts) {
        facts.inner_files = self.contents.files;
        facts.inner_bytes = self.bytes;
        facts.regadom_bytes = self.contents.regadom_bytes.unwrap_or_default();
        facts.has_hmip_identity = self.contents.has_hmip_identity;
    }

    fn gzip_damage(&self) -> Option<SbkDamage> {
        Some(match self.gunzip.fault()? {
            GzipFault::NotGzip => SbkDamage::InnerNotGzip,
            GzipFault::Damaged => SbkDamage::InnerDamaged,
            GzipFault::TrailingBytes => SbkDamage::InnerTrailingBytes,
            GzipFault::Stopped => SbkDamage::InflatesTooFar { limit: self.limits.inner_bytes },
        })
    }

    fn tar_damage(&self) -> Option<SbkDamage> {
        Some(match self.walk.fault()? {
            TarFault::NotATar => SbkDamage::InnerNotATar,
            TarFault::BadHeader { at } => SbkDamage::InnerBadHeader { at },
            TarFault::TrailingBytes { .. } => SbkDamage::InnerTrailingBytes,
        })
    }

    fn content_damages(&self) -> impl Iterator<Item = SbkDamage> {
        let limit = self.limits.inner_members;
        let too_many = (self.contents.members > limit).then_some(SbkDamage::InnerTooManyMembers { limit });
        too_many.into_iter().chain(self.contents.escape.clone().map(SbkDamage::InnerEscapes))
    }
}

impl Visitor for Contents {
    fn begin(&mut self, entry: Entry<'_>) {
        self.members = self.members.saturating_add(1);
        let Some(path) = below_usr_local(entry.name) else {
            self.escape.get_or_insert_with(|| shown(entry.name));
            return;
        };
        if entry.kind != Kind::Regular {
            return;
        }
        self.files = self.files.saturating_add(1);
        self.has_hmip_identity |= path.starts_with(HMIP_FOLDER) && path.ends_with(b".apkx") && entry.size > 0;
        if path == REGADOM {
            // Of two, the later one is what unpacking leaves.
            self.regadom_bytes = Some(entry.size);
        }
    }

    fn data(&mut self, _bytes: &[u8]) {}

    fn end(&mut self) {}
}

/// The path below `usr/local`, in its plainest form; `None` if it lies elsewhere or could.
fn below_usr_local(name: &[u8]) -> Option<Vec<u8>> {
    if name.starts_with(b"/") || name.contains(&0) {
        return None;
    }
    let mut parts = name.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    let inside = parts.next() == Some(b"usr") && parts.next() == Some(b"local");
    let rest: Vec<&[u8]> = parts.collect();
    (inside && !rest.contains(&b"..".as_slice())).then(|| rest.join(&b'/'))
}
