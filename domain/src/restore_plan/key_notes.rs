//! What an operator should know of the key a daemon will find after a restore.
//!
//! Does NOT refuse anything: sealed values that stay shut are a refusal of the plan itself.

use super::live_keys::{live_key_file, own_key_file};
use super::{LiveCopy, Present, Survey};
use crate::archive::layout::STATE_FOLDER;
use crate::archive::{KeyFileKind, KnownKeys, MemberPath};
use crate::ports::{KeySource, ResolvedKey};
use crate::secret::KeyFingerprint;
use crate::usecases::Examined;

/// The notes; `replaced` are the live files that go, `brought_back` is the earlier key that becomes the key, `kept` are
/// the keys that get the names of earlier ones.
pub(super) fn of(
    examined: &Examined,
    survey: &Survey,
    keys: &KnownKeys,
    replaced: &[MemberPath],
    brought_back: Option<&(LiveCopy, &KeyFingerprint)>,
    kept: &[LiveCopy],
) -> Vec<String> {
    let mut notes = Vec::new();
    match brought_back {
        Some((LiveCopy { from, to }, key)) => notes.push(format!(
            "the archive is sealed with the earlier master key {key}: `{from}` becomes `{to}` again"
        )),
        None if keys.files_unasked => notes.extend(of_the_environment(examined)),
        None => notes.extend(of_the_key(examined, survey, keys.present.as_ref())),
    }
    notes.extend(of_wrapped_keys(examined, replaced, keys.files_unasked));
    notes.extend(kept.iter().map(|LiveCopy { from, to }| {
        let present = live_key_file(survey).is_some_and(|kind| kind.file_name() == from.as_str());
        // Of another file nobody knows whether it holds a key at all.
        let what = match keys.present.as_ref().filter(|_| present) {
            Some(key) => format!("the master key {key} of `{from}`"),
            None => format!("the file `{from}`"),
        };
        format!("{what} is kept as `{to}`: `key retire` removes it once nothing needs it")
    }));
    let is_closed = |path: &&MemberPath| survey.files.get(*path) == Some(&Present::Closed);
    notes.extend(replaced.iter().filter(is_closed).map(|path| {
        format!(
            "`{path}` cannot be read, so no copy of it is kept: it will lie in the undo set only, which the next restore replaces"
        )
    }));
    notes
}

/// What to do where the daemon asks its environment alone, and what opens the values did not come from there.
pub fn of_the_environment(examined: &Examined) -> Option<String> {
    let in_place = |key: &ResolvedKey| matches!(key.source, KeySource::Environment(_));
    let any_opens = examined.sealed.unreadable < examined.sealed.total;
    if examined.sealed.total == 0 || any_opens && examined.key.as_ref().is_some_and(in_place) {
        return None;
    }
    let right = examined.key.as_ref().filter(|_| any_opens);
    let right = right.map(|key| format!(" {} of {}", key.key.fingerprint(), key.source));
    Some(format!(
        "the daemon asks its environment alone for its master key (`backends.keys` is `env`), and no key file: put the key{} into its environment, or set `backends.keys: file`, before it starts",
        right.unwrap_or_default()
    ))
}

fn of_the_key(examined: &Examined, survey: &Survey, live_key: Option<&KeyFingerprint>) -> Option<String> {
    let found_later = examined.own_key.as_ref().or(live_key);
    if let (Some(tried), Some(found)) = (&examined.key, found_later)
        && let KeySource::File(path) = &tried.source
        && tried.key.fingerprint() != *found
        && examined.sealed.total > 0
    {
        let present: Vec<_> = key_files_later(examined, survey);
        let file = present.first().copied().unwrap_or(KeyFileKind::Clear).file_name();
        let commands = KeyFileKind::Clear.commands_to_put_in_place(path, &survey.dir, present);
        return Some(format!(
            "`{file}` will hold another key ({found}) than {} that was tried: before the daemon starts, keep the one and put the other in its place with `{commands}`",
            tried.source
        ));
    }
    if own_key_file(examined).is_some() {
        return None;
    }
    match live_key_file(survey) {
        None => {}
        Some(KeyFileKind::Clear) => {
            return Some("the archive holds no `secret.key`; the one in the data dir stays".to_owned());
        }
        Some(wrapped) => {
            let file = wrapped.file_name();
            return Some(format!("the archive holds no `secret.key`; `{file}` in the data dir stays"));
        }
    }
    (examined.sealed.total > 0).then(|| {
        let give = "neither the archive nor the data dir holds `secret.key`: give the daemon its master key before it starts";
        match &examined.key {
            Some(ResolvedKey { source: KeySource::File(path), .. }) if examined.sealed.unreadable == 0 => {
                let commands = KeyFileKind::Clear.commands_to_put_in_place(path, &survey.dir, []);
                format!("{give}, with `{commands}`")
            }
            _ => give.to_owned(),
        }
    })
}

fn of_wrapped_keys(examined: &Examined, replaced: &[MemberPath], unasked: bool) -> Vec<String> {
    let mut notes = Vec::new();
    let Some(own) = own_key_file(examined) else { return notes };
    if let KeyFileKind::Wrapped(wrapper) = own
        && !unasked
    {
        let file = own.file_name();
        notes.push(format!(
            "the master key comes wrapped, in `{file}`: the daemon asks {wrapper} for it when it starts"
        ));
    }
    let others = replaced.iter().filter(|path| KeyFileKind::of(path).is_some_and(|kind| kind != own));
    notes.extend(others.map(|path| format!("`{path}` is set aside: the key comes in `{}`", own.file_name())));
    notes
}

/// The key files there will be, those first that win: the live ones go where the archive has any.
fn key_files_later(examined: &Examined, survey: &Survey) -> Vec<KeyFileKind> {
    let own = examined.files.keys().filter_map(|member| KeyFileKind::of(&member.strip(STATE_FOLDER)?));
    let mut files: Vec<_> = own.collect();
    if files.is_empty() {
        files.extend(survey.files.keys().filter_map(KeyFileKind::of));
    }
    files.sort();
    files
}
