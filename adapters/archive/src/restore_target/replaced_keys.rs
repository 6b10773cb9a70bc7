//! The key files an undo replaces by another one: each is kept as an earlier key, unless one of those holds it already.
//!
//! Goes by bytes. Does NOT know which key is needed, and does NOT copy.

use crate::durable::{exists, is_absent};
use crate::swap::UndoSet;
use jiff::Timestamp;
use loom_domain::archive::{KeyFileKind, MemberPath};
use loom_domain::restore_plan::LiveCopy;
use std::fs;
use std::io;
use std::path::Path;

/// The copies to make before the state of `before` comes back.
pub(super) fn copies(dir: &Path, before: &UndoSet, at: Timestamp) -> io::Result<Vec<LiveCopy>> {
    let mut copies = Vec::new();
    if !before.replaced.iter().any(|path| KeyFileKind::of(path).is_some()) {
        return Ok(copies);
    }
    let goes = |path: &MemberPath| before.installed.contains(path) || before.replaced.contains(path);
    for kind in KeyFileKind::all() {
        let Some(from) = parse(kind.file_name()).filter(goes) else { continue };
        let live = dir.join(from.as_str());
        if !exists(&live)? {
            continue;
        }
        // There after the undo: what lies in the undo set, and what it does not touch.
        let mut afterwards = vec![from.clone()];
        for entry in dir.read_dir()? {
            afterwards.extend(entry?.file_name().to_str().and_then(parse).filter(|path| !goes(path)));
        }
        afterwards.extend(before.replaced.iter().cloned());
        let is_key = |path: &&MemberPath| **path == from || KeyFileKind::of_old(path.as_str()) == Some(kind);
        let mut is_kept = false;
        for path in afterwards.iter().filter(is_key) {
            let place = if goes(path) { UndoSet::location(path) } else { path.as_str().into() };
            is_kept |= same_bytes(&live, &dir.join(place))?;
        }
        if is_kept {
            continue;
        }
        for to in kind.old_names(at).filter_map(|name| parse(&name)) {
            if !exists(&dir.join(to.as_str()))? {
                copies.push(LiveCopy { from, to });
                break;
            }
        }
    }
    Ok(copies)
}

fn same_bytes(one: &Path, other: &Path) -> io::Result<bool> {
    let (one, other) = match (fs::metadata(one), fs::metadata(other)) {
        (Ok(found), Ok(same)) if found.is_file() && same.is_file() && found.len() == same.len() => {
            (one, other)
        }
        (Err(error), _) | (_, Err(error)) if !is_absent(&error) => return Err(error),
        _ => return Ok(false),
    };
    Ok(fs::read(one)? == fs::read(other)?)
}

fn parse(name: &str) -> Option<MemberPath> {
    MemberPath::parse(name.as_bytes()).ok()
}
