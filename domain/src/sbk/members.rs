//! The members of the outer tar: which are there, what the small ones say, and whether the hashes agree.
//!
//! Does NOT look into `usr_local.tar.gz` itself (`inner`).

use super::damage::shown;
use super::inner::Inner;
use super::tar_header::{Kind, decimal};
use super::tar_walk::{Entry, Visitor};
use super::{SbkDamage, SbkFacts, SbkLimits, SbkWarning, firmware_version, sha256_list};
use crate::archive::hex;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

const USR_LOCAL: &str = "usr_local.tar.gz";
const FIRMWARE_VERSION: &str = "firmware_version";
const SIGNATURE: &str = "signature";
const KEY_INDEX: &str = "key_index";
const SHA256_LIST: &str = "signature.sha256";
/// What no backup is without.
const NEEDED: [&str; 4] = [USR_LOCAL, FIRMWARE_VERSION, SIGNATURE, KEY_INDEX];

/// Most members of a backup; CCUs write five.
const MAX_MEMBERS: u64 = 64;
/// Longest name a file can have, in bytes.
const MAX_NAME_BYTES: usize = 255;

/// A member of the top level: what came of it.
#[derive(Default)]
struct Found {
    complete: bool,
    sha256: String,
    /// Content, of the small ones only.
    text: Vec<u8>,
}

/// The member being read.
struct Current {
    name: Vec<u8>,
    hash: Sha256,
    use_of: Use,
}

/// What the content of a member is for, beyond its hash.
#[derive(Clone, Copy)]
enum Use {
    Judge,
    Keep,
    Nothing,
}

pub(super) struct Members {
    limits: SbkLimits,
    count: u64,
    found: BTreeMap<Vec<u8>, Found>,
    current: Option<Current>,
    current_name: Option<String>,
    inner: Option<Inner>,
    damages: Vec<SbkDamage>,
    warnings: Vec<SbkWarning>,
}

/// Whether these first bytes of a file, fewer than a tar header, may be those of a backup.
pub(super) fn begins_like_a_member(first: &[u8]) -> bool {
    let first = first.strip_prefix(b"./").unwrap_or(first);
    let known = NEEDED.iter().chain(&[SHA256_LIST]).map(|name| name.as_bytes());
    known.into_iter().any(|name| match first.split_at_checked(name.len()) {
        Some((start, rest)) => start == name && rest.first().is_none_or(|byte| *byte == 0),
        None => name.starts_with(first),
    })
}

impl Members {
    pub(super) fn new(limits: SbkLimits) -> Self {
        Self {
            limits,
            count: 0,
            found: BTreeMap::new(),
            current: None,
            current_name: None,
            inner: None,
            damages: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// The first damage that more bytes cannot heal.
    pub(super) fn damage_so_far(&self) -> Option<SbkDamage> {
        self.damages.first().cloned().or_else(|| self.inner.as_ref()?.damage_so_far())
    }

    /// The member being read, for display.
    pub(super) fn current_name(&self) -> Option<String> {
        self.current_name.clone()
    }

    /// All that was found; `whole` says whether the outer tar was read to its end.
    pub(super) fn finish(
        mut self,
        whole: bool,
        damages: &mut Vec<SbkDamage>,
        warnings: &mut Vec<SbkWarning>,
    ) -> SbkFacts {
        let mut facts = SbkFacts::default();
        damages.append(&mut self.damages);
        warnings.append(&mut self.warnings);
        if whole {
            let missing = NEEDED.into_iter().filter(|name| !self.found.contains_key(name.as_bytes()));
            damages.extend(missing.map(SbkDamage::MissingMember));
        }
        self.read_small_members(&mut facts, damages, warnings);
        damages.extend(self.hash_damages(whole));
        if let Some(inner) = &self.inner {
            damages.extend(inner.damages(self.complete(USR_LOCAL).is_some()));
            inner.tell(&mut facts);
            if inner.is_complete() && !facts.has_hmip_identity {
                warnings.push(SbkWarning::NoHmIpIdentity);
            }
        }
        facts
    }

    fn read_small_members(
        &self,
        facts: &mut SbkFacts,
        damages: &mut Vec<SbkDamage>,
        warnings: &mut Vec<SbkWarning>,
    ) {
        if let Some(member) = self.complete(FIRMWARE_VERSION) {
            match firmware_version::read(&member.text) {
                Ok((firmware, product)) => (facts.firmware, facts.product) = (Some(firmware), product),
                Err(damage) => damages.push(damage),
            }
        }
        if let Some(member) = self.complete(SIGNATURE) {
            let signature = member.text.trim_ascii();
            if signature.iter().all(|byte| *byte == 0) {
                damages.push(SbkDamage::EmptySignature);
            } else if signature.len() != 32 || !signature.iter().all(u8::is_ascii_hexdigit) {
                warnings.push(SbkWarning::OddSignature);
            }
        }
        if let Some(member) = self.complete(KEY_INDEX) {
            facts.key_index = decimal(member.text.trim_ascii());
            damages.extend(facts.key_index.is_none().then_some(SbkDamage::BadKeyIndex));
        }
    }

    fn hash_damages(&self, whole: bool) -> Vec<SbkDamage> {
        let Some(list) = self.complete(SHA256_LIST) else { return Vec::new() };
        let listed = match sha256_list::parse(&list.text) {
            Ok(listed) => listed,
            Err(line) => return vec![SbkDamage::Sha256ListUnreadable { line }],
        };
        let mut damages = Vec::new();
        for line in &listed {
            let agrees = match self.found.get(line.name) {
                Some(found) if found.complete => found.sha256.as_bytes() == line.sha256,
                // It may come in the part that is cut off, or was refused for another reason already.
                Some(_) => true,
                None => !whole,
            };
            if !agrees {
                damages.push(SbkDamage::Sha256Mismatch { member: shown(line.name) });
            }
        }
        let unlisted = |name: &&str| !listed.iter().any(|line| line.name == name.as_bytes());
        damages.extend(NEEDED.into_iter().filter(unlisted).map(SbkDamage::Sha256Unlisted));
        damages
    }

    fn complete(&self, name: &str) -> Option<&Found> {
        self.found.get(name.as_bytes()).filter(|found| found.complete)
    }

    /// Takes a member that may be read, or says what is wrong with it; `None` if it does not matter.
    fn admit(&mut self, name: &[u8], entry: Entry<'_>) -> Result<Option<Current>, SbkDamage> {
        if self.count > MAX_MEMBERS {
            return if self.count == MAX_MEMBERS + 1 {
                Err(SbkDamage::TooManyMembers { limit: MAX_MEMBERS })
            } else {
                Ok(None)
            };
        }
        let leads_out = entry.name.starts_with(b"/") || name.contains(&b'/') || name == b"..";
        if !leads_out && name.is_empty() && entry.kind == Kind::Folder {
            return Ok(None);
        }
        if leads_out || name.is_empty() || name.len() > MAX_NAME_BYTES {
            return Err(SbkDamage::OuterEscapes(shown(entry.name)));
        }
        if self.found.contains_key(name) {
            return Err(SbkDamage::DuplicateMember(shown(name)));
        }
        self.found.insert(name.to_vec(), Found::default());
        if entry.kind != Kind::Regular {
            return Err(SbkDamage::NotARegularFile(shown(name)));
        }
        let use_of = if let Some((member, limit)) = self.small(name) {
            if entry.size > limit {
                return Err(SbkDamage::MemberTooLarge { member, bytes: entry.size, limit });
            }
            Use::Keep
        } else if name == USR_LOCAL.as_bytes() {
            self.inner = Some(Inner::new(self.limits));
            Use::Judge
        } else {
            self.warnings.push(SbkWarning::UnknownMember(shown(name)));
            Use::Nothing
        };
        Ok(Some(Current { name: name.to_vec(), hash: Sha256::new(), use_of }))
    }

    /// The name and limit of a member whose content is held.
    fn small(&self, name: &[u8]) -> Option<(&'static str, u64)> {
        let SbkLimits { small_member_bytes, sha256_list_bytes, .. } = self.limits;
        let small = [
            (FIRMWARE_VERSION, small_member_bytes),
            (SIGNATURE, small_member_bytes),
            (KEY_INDEX, small_member_bytes),
            (SHA256_LIST, sha256_list_bytes),
        ];
        small.into_iter().find(|(member, _)| member.as_bytes() == name)
    }
}

impl Visitor for Members {
    fn begin(&mut self, entry: Entry<'_>) {
        self.count = self.count.saturating_add(1);
        let name = plain(entry.name);
        self.current_name = Some(shown(name));
        match self.admit(name, entry) {
            Ok(current) => self.current = current,
            Err(damage) => self.damages.push(damage),
        }
    }

    fn data(&mut self, bytes: &[u8]) {
        let Some(current) = &mut self.current else { return };
        current.hash.update(bytes);
        match (current.use_of, &mut self.inner, self.found.get_mut(&current.name)) {
            (Use::Judge, Some(inner), _) => inner.feed(bytes),
            (Use::Keep, _, Some(found)) => found.text.extend_from_slice(bytes),
            _ => {}
        }
    }

    fn end(&mut self) {
        self.current_name = None;
        let Some(Current { name, hash, .. }) = self.current.take() else { return };
        if let Some(found) = self.found.get_mut(&name) {
            found.complete = true;
            found.sha256 = hex(&hash.finalize());
        }
    }
}

/// The name without a leading `./` and without a slash at its end.
fn plain(name: &[u8]) -> &[u8] {
    let name = name.strip_prefix(b"./").unwrap_or(name);
    if name == b"." { b"" } else { name.strip_suffix(b"/").unwrap_or(name) }
}
