//! Keys that earlier switches left behind: `<name>.old-<utc>`, and with a number where that name was taken.
//!
//! Does NOT know what they are still needed for.

use super::files::exists;
use crate::{WrappedFile, key_text};
use jiff::Timestamp;
use loom_domain::archive::KeyFileKind;
use loom_domain::ports::{KeyError, KeySource, KeyWrappings, OldKey};
use loom_domain::secret::KeyFingerprint;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

const INFIX: &str = ".old-";

/// The part of an old key's name that tells when it was replaced, such as `20261123T120000Z`.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// What kind of key file the name of an old one belongs to; `None` if it is no such name.
pub(super) fn kind_of(name: &str) -> Option<KeyFileKind> {
    KeyFileKind::all().find(|kind| {
        let rest = name.strip_prefix(kind.file_name()).and_then(|rest| rest.strip_prefix(INFIX));
        rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
    })
}

/// A name for the old key in a file of that kind that nothing has yet.
pub(super) fn free_name(folder: &Path, kind: KeyFileKind, stamp: &str) -> String {
    let first = format!("{}{INFIX}{stamp}", kind.file_name());
    let more = (2..).map(|n: u32| format!("{first}-{n}"));
    let mut names = std::iter::once(first.clone()).chain(more);
    names.find(|name| !exists(&folder.join(name))).unwrap_or(first)
}

/// Whether a file of that kind can be read and holds that key.
pub(super) fn holds(path: &Path, kind: KeyFileKind, key: &KeyFingerprint) -> bool {
    fingerprint(path, kind).is_ok_and(|found| found.as_ref() == Some(key))
}

/// Names of the old keys that were replaced at that instant, in order.
pub(super) fn names_of(folder: &Path, stamp: &str) -> io::Result<Vec<String>> {
    let part = format!("{INFIX}{stamp}");
    Ok(names(folder)?.into_iter().filter(|name| name.contains(&part)).collect())
}

/// Every old key, oldest first.
pub(super) fn list(folder: &Path) -> io::Result<Vec<OldKey>> {
    Ok(oldest_first(folder)?.into_iter().map(|name| describe(folder, name)).collect())
}

/// The names of all, by the instant at which each was replaced.
pub(super) fn oldest_first(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = names(folder)?;
    names.sort_by_cached_key(|name| name.split_once(INFIX).map(|(_, rest)| rest.to_owned()));
    Ok(names)
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names.extend(entry?.file_name().into_string().ok().filter(|name| kind_of(name).is_some()));
    }
    names.sort();
    Ok(names)
}

fn describe(folder: &Path, name: String) -> OldKey {
    let path = folder.join(&name);
    let fingerprint = fingerprint(&path, kind_of(&name).unwrap_or(KeyFileKind::Clear));
    let gone = || KeyError::Unreadable { origin: origin(&path), cause: "it is gone".into() };
    let fingerprint = fingerprint.and_then(|found| found.ok_or_else(gone)).map_err(|error| error.to_string());
    OldKey { name, fingerprint }
}

/// Public name of the key in a file of that kind, or the one a wrapped key bears; asks no service.
fn fingerprint(path: &Path, kind: KeyFileKind) -> Result<Option<KeyFingerprint>, KeyError> {
    match kind {
        KeyFileKind::Clear => in_clear(path),
        KeyFileKind::Wrapped(wrapper) => {
            let read = WrappedFile::new(path, wrapper, KeyWrappings::default()).read()?;
            Ok(read.map(|wrapped| wrapped.fingerprint))
        }
    }
}

/// Whoever may read it: it is only named here.
fn in_clear(path: &Path) -> Result<Option<KeyFingerprint>, KeyError> {
    match File::open(path) {
        Err(cause) => Err(KeyError::Unreadable { origin: origin(path), cause: cause.into() }),
        Ok(file) => Ok(Some(key_text::key_in(file, origin(path))?.key.fingerprint())),
    }
}

fn origin(path: &Path) -> KeySource {
    KeySource::File(path.display().to_string())
}
