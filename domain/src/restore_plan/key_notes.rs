//! What an operator should know of the key a daemon will find after a restore.
//!
//! Does NOT refuse anything: sealed values that stay shut are a refusal of the plan itself.

use super::Survey;
use crate::archive::layout::{KEY_FILE, STATE_FOLDER};
use crate::archive::{KeyFileKind, MemberPath};
use crate::ports::KeySource;
use crate::secret::KeyFingerprint;
use crate::usecases::Examined;

/// The notes; `replaced` are the live files that go.
pub(super) fn of(
    examined: &Examined,
    survey: &Survey,
    live_key: Option<&KeyFingerprint>,
    replaced: &[MemberPath],
) -> Vec<String> {
    let mut notes = Vec::from_iter(of_the_key(examined, survey, live_key));
    notes.extend(of_wrapped_keys(examined, replaced));
    notes
}

fn of_the_key(examined: &Examined, survey: &Survey, live_key: Option<&KeyFingerprint>) -> Option<String> {
    let found_later = examined.own_key.as_ref().or(live_key);
    let tried = examined.key.as_ref().filter(|tried| matches!(tried.source, KeySource::File(_)));
    if let (Some(tried), Some(found)) = (tried, found_later)
        && tried.key.fingerprint() != *found
        && examined.sealed.total > 0
    {
        let file = own_key_file(examined).or(live_key_file(survey)).map_or(KEY_FILE, KeyFileKind::file_name);
        return Some(format!(
            "`{file}` will hold another key ({found}) than {} that was tried: put that one in its place before the daemon starts",
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
        "neither the archive nor the data dir holds `secret.key`: give the daemon its master key before it starts"
            .to_owned()
    })
}

fn of_wrapped_keys(examined: &Examined, replaced: &[MemberPath]) -> Vec<String> {
    let mut notes = Vec::new();
    let Some(own) = own_key_file(examined) else { return notes };
    if let KeyFileKind::Wrapped(wrapper) = own {
        let file = own.file_name();
        notes.push(format!(
            "the master key comes wrapped, in `{file}`: the daemon asks {wrapper} for it when it starts"
        ));
    }
    let others = replaced.iter().filter(|path| KeyFileKind::of(path).is_some_and(|kind| kind != own));
    notes.extend(others.map(|path| format!("`{path}` is set aside: the key comes in `{}`", own.file_name())));
    notes
}

/// The key file a daemon will find among those of the archive.
fn own_key_file(examined: &Examined) -> Option<KeyFileKind> {
    examined.files.keys().filter_map(|member| KeyFileKind::of(&member.strip(STATE_FOLDER)?)).min()
}

/// The key file a daemon finds in the data dir.
fn live_key_file(survey: &Survey) -> Option<KeyFileKind> {
    survey.files.keys().filter_map(KeyFileKind::of).min()
}
