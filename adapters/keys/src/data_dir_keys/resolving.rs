//! Old keys as keys: read where they lie in clear, unwrapped where they are wrapped.
//!
//! Does NOT wait for whatever unwraps them longer than for one key, however many there are.

use super::old;
use crate::{FileKey, WrappedFile};
use loom_domain::archive::KeyFileKind;
use loom_domain::ports::{KeyError, KeyProvider, KeySource, KeyWrappings, ResolvedKey, ResolvedOldKeys};
use loom_domain::secret::Wrapper;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// How long all the wrapped ones may take together.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

/// Every old key of a data dir, and why some cannot be had. The wrapped ones take no longer than `patience`.
pub(super) async fn newest_first(
    folder: &Path,
    wrappings: &KeyWrappings,
    patience: Duration,
) -> io::Result<ResolvedOldKeys> {
    let mut asking = Asking { wrappings, until: Instant::now() + patience, away: Vec::new() };
    let mut found = ResolvedOldKeys::default();
    for name in old::oldest_first(folder)?.into_iter().rev() {
        let path = folder.join(&name);
        let resolved = match KeyFileKind::of_old(&name) {
            Some(KeyFileKind::Wrapped(wrapper)) => asking.unwrapped(path, wrapper).await,
            _ => FileKey::of_data_dir(path).resolve().await,
        };
        match resolved {
            Ok(key) => found.keys.extend(key),
            Err(error) => _ = found.unresolved.insert(name, error),
        }
    }
    Ok(found)
}

/// What is asked to unwrap several keys.
struct Asking<'a> {
    wrappings: &'a KeyWrappings,
    until: Instant,
    /// Those that did not answer once: each further key would cost the same wait.
    away: Vec<Wrapper>,
}

impl Asking<'_> {
    async fn unwrapped(&mut self, path: PathBuf, wrapper: Wrapper) -> Result<Option<ResolvedKey>, KeyError> {
        let silent = |cause: &str| KeyError::Unreachable {
            origin: KeySource::File(path.display().to_string()),
            cause: cause.into(),
            mend: "try again when other wrapped keys can be unwrapped".to_owned(),
        };
        if self.away.contains(&wrapper) {
            return Err(silent("another key could not be unwrapped a moment ago; this one was not tried"));
        }
        let file = WrappedFile::new(&path, wrapper, self.wrappings.clone());
        let resolved = match timeout_at(self.until, file.resolve()).await {
            Ok(resolved) => resolved,
            Err(_) => Err(silent("there was no answer in time")),
        };
        if matches!(resolved, Err(KeyError::Unreachable { .. })) {
            self.away.push(wrapper);
        }
        resolved
    }
}

#[cfg(test)]
mod tests;
