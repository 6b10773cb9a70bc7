//! What becomes of the key files of a data dir: which earlier key becomes the key again, and which one is kept for good.
//!
//! An archive may need any key there ever was, so none is left in the undo set alone, which the next restore replaces. A
//! wrapped copy is no substitute for a key in clear: its service may be gone.
//! Does NOT say it in words (`key_notes`).

use super::{LiveCopy, Present, Survey};
use crate::archive::layout::STATE_FOLDER;
use crate::archive::{KeyFileKind, KnownKeys, MemberPath};
use crate::ports::KeySource;
use crate::secret::KeyFingerprint;
use crate::usecases::Examined;

/// An earlier key of the data dir that becomes the key: the archive brings none, and its values are sealed with that one.
pub(super) fn brought_back<'a>(
    examined: &Examined,
    known: &'a KnownKeys,
) -> Option<(LiveCopy, &'a KeyFingerprint)> {
    let key = examined.key.as_ref().filter(|_| examined.sealed.unreadable < examined.sealed.total)?;
    // One of those beats the files of the data dir.
    let from_outside = matches!(key.source, KeySource::Environment(_) | KeySource::Credential(_));
    let fingerprint = key.key.fingerprint();
    if from_outside
        || known.files_unasked
        || own_key_file(examined).is_some()
        || known.present.as_ref() == Some(&fingerprint)
    {
        return None;
    }
    let (name, found) = known.old.iter().find(|(_, old)| *old == fingerprint)?;
    let copy = LiveCopy { from: path(name)?, to: path(KeyFileKind::of_old(name)?.file_name())? };
    Some((copy, found))
}

/// Copies of the key files among `replaced`, but for one whose key comes again in clear or was kept before, in clear or as
/// the same kind of file.
pub(super) fn kept(
    examined: &Examined,
    replaced: &[MemberPath],
    survey: &Survey,
    known: &KnownKeys,
    at: jiff::Timestamp,
    is_taken: impl Fn(&MemberPath) -> bool,
) -> Vec<LiveCopy> {
    let is_safe = |kind: &KeyFileKind| {
        // What only names the same key was not unwrapped to see whether it can be.
        let comes = own_key_file(examined) == Some(KeyFileKind::Clear) && examined.own_key == known.present;
        let is_old = |(name, key): &(String, KeyFingerprint)| {
            Some(key) == known.present.as_ref()
                && KeyFileKind::of_old(name).is_some_and(|old| old.stands_in_for(*kind))
        };
        known.present.is_some() && (comes || known.old.iter().any(is_old))
    };
    let safe = live_key_file(survey).filter(is_safe);
    // What nobody can read is set aside all the same: it must not keep out the key that comes.
    let readable =
        |from: &&MemberPath| survey.files.get(*from).is_some_and(|present| *present != Present::Closed);
    let lost = replaced.iter().filter(readable).filter_map(|from| Some((from, KeyFileKind::of(from)?)));
    let lost = lost.filter(|(_, kind)| Some(*kind) != safe);
    lost.filter_map(|(from, kind)| {
        let mut names = kind.old_names(at).filter_map(|name| path(&name));
        let to = names.find(|name| !survey.files.contains_key(name) && !is_taken(name))?;
        Some(LiveCopy { from: from.clone(), to })
    })
    .collect()
}

/// The key file a daemon will find among those of the archive.
pub(super) fn own_key_file(examined: &Examined) -> Option<KeyFileKind> {
    examined.files.keys().filter_map(|member| KeyFileKind::of(&member.strip(STATE_FOLDER)?)).min()
}

/// The key file a daemon finds in the data dir.
pub(super) fn live_key_file(survey: &Survey) -> Option<KeyFileKind> {
    survey.files.keys().filter_map(KeyFileKind::of).min()
}

fn path(name: &str) -> Option<MemberPath> {
    MemberPath::parse(name.as_bytes()).ok()
}
