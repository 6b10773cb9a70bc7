//! The master key that an archive carries itself: in clear, or wrapped by a service or token.
//!
//! Does NOT weigh it against the keys at hand beyond sparing a call (`examine_archive`).

use super::KeyRing;
use crate::archive::KeyFileKind;
use crate::archive::layout::STATE_FOLDER;
use crate::ports::{KeySource, ResolvedKey};
use crate::secret::{BadMasterKey, KeyFingerprint, MasterKey, WrappedKey};
use crate::words::in_one_line;
use zeroize::Zeroizing;

/// A key file inside an archive.
pub(super) enum KeyFile {
    /// Its bytes.
    Held(Zeroizing<Vec<u8>>),
    /// It is too long to be one.
    TooLong,
}

/// What is known of the key that an archive carries.
#[derive(Default)]
pub(super) struct OwnKey {
    /// The key.
    pub(super) key: Option<ResolvedKey>,
    /// Its public name, also where it stays wrapped.
    pub(super) fingerprint: Option<KeyFingerprint>,
    /// Why there is no key in the file, in one line.
    pub(super) bad: Option<String>,
}

impl OwnKey {
    /// The key in `file`. A wrapped one is only unwrapped where no key of `keys` is asked before it or is the same.
    pub(super) async fn find(kind: KeyFileKind, file: &KeyFile, keys: &KeyRing) -> Self {
        match (kind, file) {
            (KeyFileKind::Clear, _) => Self::clear(file),
            (KeyFileKind::Wrapped(_), KeyFile::TooLong) => Self::bad(
                kind,
                format!("holds no wrapped master key: it is longer than {} bytes", kind.max_bytes()),
            ),
            (KeyFileKind::Wrapped(wrapper), KeyFile::Held(bytes)) => match WrappedKey::from_json(bytes) {
                Ok(wrapped) if wrapped.wrapper == wrapper => Self::unwrapped(&wrapped, keys).await,
                Ok(_) => Self::bad(kind, "holds a key that something else wrapped".to_owned()),
                Err(reason) => Self::bad(kind, format!("holds no wrapped master key: {reason}")),
            },
        }
    }

    fn clear(file: &KeyFile) -> Self {
        let key = match file {
            KeyFile::Held(bytes) => std::str::from_utf8(bytes)
                .map_err(|_| BadMasterKey::NotBase64)
                .and_then(MasterKey::from_base64),
            KeyFile::TooLong => Err(BadMasterKey::TooLong(KeyFileKind::Clear.max_bytes())),
        };
        match key {
            Ok(key) => Self::of(ResolvedKey { key, source: KeySource::Archive }),
            Err(reason) => Self::bad(KeyFileKind::Clear, format!("holds no master key: {reason}")),
        }
    }

    async fn unwrapped(wrapped: &WrappedKey, keys: &KeyRing) -> Self {
        let fingerprint = Some(wrapped.fingerprint.clone());
        if keys.before.is_some() {
            return Self { fingerprint, ..Self::default() };
        }
        let at_hand = keys.after.iter().chain(&keys.earlier);
        if let Some(same) = at_hand.into_iter().find(|known| wrapped.holds(&known.key)) {
            return Self::of(same.clone());
        }
        let kind = KeyFileKind::Wrapped(wrapped.wrapper);
        let source = KeySource::Wrapped {
            wrapper: wrapped.wrapper,
            path: member(kind),
            wrapping_key: wrapped.wrapping_key(),
        };
        let unwrapped = match keys.wrappings.of(wrapped.wrapper) {
            Ok(wrapping) => wrapping.unwrap_key(wrapped).await,
            Err(error) => Err(error),
        };
        match unwrapped {
            Ok(key) if wrapped.holds(&key) => Self::of(ResolvedKey { key, source }),
            Ok(_) => {
                Self { fingerprint, ..Self::bad(kind, "unwraps to another key than it names".to_owned()) }
            }
            Err(error) => {
                let words = format!("stays wrapped: {}", error.told_of(source));
                Self { fingerprint, ..Self::bad(kind, in_one_line(&words)) }
            }
        }
    }

    fn of(key: ResolvedKey) -> Self {
        Self { fingerprint: Some(key.key.fingerprint()), key: Some(key), bad: None }
    }

    fn bad(kind: KeyFileKind, words: String) -> Self {
        Self { bad: Some(format!("member `{}` {words}", member(kind))), ..Self::default() }
    }
}

fn member(kind: KeyFileKind) -> String {
    format!("{STATE_FOLDER}/{}", kind.file_name())
}
