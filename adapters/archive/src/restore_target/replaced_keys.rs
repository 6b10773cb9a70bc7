//! The key files an undo replaces by another one, and those in an undo set that a restore replaces: each is kept as an
//! earlier key, unless one of those holds it already.
//!
//! Goes by bytes. Does NOT know which key is needed, and does NOT copy.

use crate::durable::exists;
use crate::swap::{Change, UndoSet};
use jiff::Timestamp;
use loom_domain::archive::{KeyFileKind, MemberPath};
use loom_domain::restore_plan::LiveCopy;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// What an undo does for the key files it replaces.
#[derive(Debug, Default)]
pub(super) struct ReplacedKeys {
    /// The copies to make.
    pub(super) copies: Vec<LiveCopy>,
    /// Those that cannot be read, and so not be copied; that is no reason to leave the state as it is.
    pub(super) not_kept: Vec<MemberPath>,
}

/// What to do before the state of `before` comes back.
pub(super) fn find(dir: &Path, before: &UndoSet, at: Timestamp) -> io::Result<ReplacedKeys> {
    let mut found = ReplacedKeys::default();
    if !before.replaced.iter().any(|path| KeyFileKind::of(path).is_some()) {
        return Ok(found);
    }
    let goes = |path: &MemberPath| before.installed.contains(path) || before.replaced.contains(path);
    for kind in KeyFileKind::all() {
        let Some(from) = parse(kind.file_name()).filter(goes) else { continue };
        let live = dir.join(from.as_str());
        if !exists(&live)? {
            continue;
        }
        let Ok(bytes) = read(&live) else {
            found.not_kept.push(from);
            continue;
        };
        // There after the undo: what lies in the undo set, and what it does not touch.
        let mut afterwards = vec![from.clone()];
        for entry in dir.read_dir()? {
            afterwards.extend(entry?.file_name().to_str().and_then(parse).filter(|path| !goes(path)));
        }
        afterwards.extend(before.replaced.iter().cloned());
        let is_key = |path: &&MemberPath| **path == from || KeyFileKind::of_old(path.as_str()) == Some(kind);
        let holds_it = |path: &MemberPath| {
            let place = if goes(path) { UndoSet::location(path) } else { path.as_str().into() };
            read(&dir.join(place)).is_ok_and(|kept| kept == bytes)
        };
        if afterwards.iter().filter(is_key).any(holds_it) {
            continue;
        }
        for to in kind.old_names(at).filter_map(|name| parse(&name)) {
            if !exists(&dir.join(to.as_str()))? {
                found.copies.push(LiveCopy { from, to });
                break;
            }
        }
    }
    Ok(found)
}

/// Where the key files of an undo set go that would lie nowhere else after `change`, which replaces it; one that cannot be
/// read goes with the set.
pub(super) fn of_undo_set(
    dir: &Path,
    set: &UndoSet,
    change: &Change,
) -> io::Result<BTreeMap<MemberPath, PathBuf>> {
    let kind_of = |path: &MemberPath| KeyFileKind::of(path).or(KeyFileKind::of_old(path.as_str()));
    let mut there = Vec::new();
    for entry in dir.read_dir()? {
        let name = entry?.file_name().to_str().and_then(parse);
        let stays = name.filter(|name| kind_of(name).is_some() && !change.paths.contains_key(name));
        there.extend(stays.and_then(|name| read(&dir.join(name.as_str())).ok()));
    }
    let comes =
        change.paths.iter().filter(|(path, _)| kind_of(path).is_some()).filter_map(|(_, new)| new.clone());
    let copied = change.copies.iter().map(|copy| PathBuf::from(copy.from.as_str()));
    there.extend(comes.chain(copied).filter_map(|place| read(&dir.join(place)).ok()));

    let mut kept = BTreeMap::new();
    for (path, kind) in set.replaced.iter().filter_map(|path| Some((path, kind_of(path)?))) {
        let place = UndoSet::location(path);
        let Ok(bytes) = read(&dir.join(&place)) else { continue };
        if there.contains(&bytes) {
            continue;
        }
        for to in kind.old_names(change.at).filter_map(|name| parse(&name)) {
            let is_taken = change.paths.contains_key(&to)
                || change.copies.iter().any(|copy| copy.to == to)
                || kept.contains_key(&to);
            if !is_taken && !exists(&dir.join(to.as_str()))? {
                kept.insert(to, place);
                there.push(bytes);
                break;
            }
        }
    }
    Ok(kept)
}

/// The bytes of a regular file. Nothing else is opened: a pipe would be waited for.
fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    fs::read(path).map(Zeroizing::new)
}

fn parse(name: &str) -> Option<MemberPath> {
    MemberPath::parse(name.as_bytes()).ok()
}
