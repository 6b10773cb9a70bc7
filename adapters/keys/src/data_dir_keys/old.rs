//! Keys that earlier switches left behind, under the names of [`KeyFileKind::old_names`].
//!
//! Does NOT know what they are still needed for.

use super::files::exists;
use crate::{WrappedFile, key_text};
use jiff::Timestamp;
use loom_domain::archive::KeyFileKind;
use loom_domain::ports::{KeyError, KeySource, KeyWrappings, OldKey};
use loom_domain::secret::KeyFingerprint;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

/// A name for the old key in a file of that kind that nothing has yet.
pub(super) fn free_name(folder: &Path, kind: KeyFileKind, replaced_at: Timestamp) -> String {
    let is_free = |name: &String| !exists(&folder.join(name));
    kind.old_names(replaced_at).find(is_free).unwrap_or_default()
}

/// Whether a file of that kind can be read and holds that key.
pub(super) fn holds(path: &Path, kind: KeyFileKind, key: &KeyFingerprint) -> bool {
    fingerprint(path, kind).is_ok_and(|found| found.as_ref() == Some(key))
}

/// Public names of the keys in the places of the data dir, by the names of their files, as far as those can be read.
pub(super) fn present(folder: &Path) -> BTreeMap<String, KeyFingerprint> {
    let found = |kind: KeyFileKind| {
        let fingerprint = fingerprint(&folder.join(kind.file_name()), kind).ok().flatten()?;
        Some((kind.file_name().to_owned(), fingerprint))
    };
    KeyFileKind::all().filter_map(found).collect()
}

/// Names of the old keys that were replaced at that instant, in order.
pub(super) fn names_of(folder: &Path, replaced_at: Timestamp) -> io::Result<Vec<String>> {
    let first: Vec<_> = KeyFileKind::all().filter_map(|kind| kind.old_names(replaced_at).next()).collect();
    let is_number = |rest: &str| rest.strip_prefix('-').is_some_and(|number| number.parse::<u32>().is_ok());
    let is_of = |name: &str, first: &String| {
        name.strip_prefix(first.as_str()).is_some_and(|rest| rest.is_empty() || is_number(rest))
    };
    let is_one = |name: &String| first.iter().any(|first| is_of(name, first));
    Ok(names(folder)?.into_iter().filter(is_one).collect())
}

/// Those of them that hold that key: other switches may have kept others at that instant.
pub(super) fn names_of_key(
    folder: &Path,
    replaced_at: Timestamp,
    key: &KeyFingerprint,
) -> io::Result<Vec<String>> {
    let is_it =
        |name: &String| KeyFileKind::of_old(name).is_some_and(|kind| holds(&folder.join(name), kind, key));
    Ok(names_of(folder, replaced_at)?.into_iter().filter(is_it).collect())
}

/// Every old key, oldest first.
pub(super) fn list(folder: &Path) -> io::Result<Vec<OldKey>> {
    Ok(oldest_first(folder)?.into_iter().map(|name| describe(folder, name)).collect())
}

/// The names of all, by the instant at which each was replaced.
pub(super) fn oldest_first(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = names(folder)?;
    let replaced_at = |name: &String| {
        let rest = KeyFileKind::of_old(name).and_then(|kind| name.strip_prefix(kind.file_name()));
        rest.map(str::to_owned)
    };
    names.sort_by_cached_key(replaced_at);
    Ok(names)
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut names = Vec::new();
    for entry in entries {
        names
            .extend(entry?.file_name().into_string().ok().filter(|name| KeyFileKind::of_old(name).is_some()));
    }
    names.sort();
    Ok(names)
}

fn describe(folder: &Path, name: String) -> OldKey {
    let path = folder.join(&name);
    let fingerprint = fingerprint(&path, KeyFileKind::of_old(&name).unwrap_or(KeyFileKind::Clear));
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
