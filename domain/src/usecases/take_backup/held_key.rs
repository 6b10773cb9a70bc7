//! The key a backup is taken with, and the key files of the data dir: do they hold it, and which one counts.
//!
//! Does NOT find the key (`ports::key_provider`) and does NOT unwrap one.

use crate::archive::{KeyFileKind, MemberPath};
use crate::ports::{DataDirFiles, FilesError, KeySource, ResolvedKey};
use crate::secret::{KeyFingerprint, MasterKey, WrappedKey};
use zeroize::Zeroizing;

/// A key, and the data dir it may lie in.
pub(super) struct HeldKey<'a> {
    pub(super) files: &'a dyn DataDirFiles,
    pub(super) key: Option<&'a ResolvedKey>,
}

impl HeldKey<'_> {
    /// Its name, if it came from the data dir's own files: the next start will look for it there, and a restore in the
    /// archive.
    pub(super) fn lies_in_data_dir(&self) -> Option<KeyFingerprint> {
        let held = self.key?;
        let own = matches!(held.source, KeySource::File(_) | KeySource::Wrapped { .. });
        own.then(|| held.key.fingerprint())
    }

    /// Whether the first of `paths` that a daemon would take its key from holds this one.
    pub(super) async fn is_found_in(&self, paths: &[MemberPath]) -> Result<bool, FilesError> {
        let key_files = paths.iter().filter_map(|path| Some((KeyFileKind::of(path)?, path)));
        match key_files.min_by_key(|(kind, _)| *kind) {
            Some((_, path)) => Ok(self.kind_of_file_with_it(path).await?.is_some()),
            None => Ok(false),
        }
    }

    /// What kind of key file `path` is, if it is one and holds this key: an operator's variable may name another one.
    pub(super) async fn kind_of_file_with_it(
        &self,
        path: &MemberPath,
    ) -> Result<Option<KeyFileKind>, FilesError> {
        let (Some(kind), Some(held)) = (KeyFileKind::of(path), self.key) else { return Ok(None) };
        let file = self.contents(path, usize::from(kind.max_bytes())).await?;
        let holds = match kind {
            KeyFileKind::Clear => {
                let text = std::str::from_utf8(&file).ok();
                text.and_then(|text| MasterKey::from_base64(text).ok()).is_some_and(|key| key == held.key)
            }
            KeyFileKind::Wrapped(_) => {
                WrappedKey::from_json(&file).is_ok_and(|wrapped| wrapped.holds(&held.key))
            }
        };
        Ok(holds.then_some(kind))
    }

    /// A key file of at most `bytes` bytes; nothing if it is gone. A longer one holds no key: no restore would read it.
    async fn contents(&self, path: &MemberPath, bytes: usize) -> Result<Zeroizing<Vec<u8>>, FilesError> {
        match self.files.head(path, bytes + 1).await {
            Err(FilesError::Vanished(_)) => Ok(Zeroizing::default()),
            head => Ok(Some(Zeroizing::new(head?)).filter(|head| head.len() <= bytes).unwrap_or_default()),
        }
    }
}
