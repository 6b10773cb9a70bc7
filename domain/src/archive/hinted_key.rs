//! What a sealed archive tells from outside of the master key of the state inside: its public name, and whether it lies in
//! the archive too.
//!
//! Does NOT say how it is written (adapter `archive`), and is no proof: an archive has to be opened for that.

use super::SealedTally;
use crate::ports::{KeySource, ResolvedKey};
use crate::secret::{KeyFingerprint, Wrapper};

/// The master key as an archive tells of it to whoever has no key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum HintedKey {
    /// It tells nothing of a key: sealed by another program, or by a writer that tells what is not known here, or of a state
    /// whose secrets need another key than was at hand.
    #[default]
    Untold,
    /// There was no key.
    NoKey,
    /// There was this key.
    Key {
        /// Its public name.
        fingerprint: KeyFingerprint,
        /// Whether the archive carries it.
        place: KeyPlace,
    },
}

/// Where the master key lies of the state in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyPlace {
    /// In the archive, in clear.
    Inside,
    /// In the archive, wrapped by a key outside of it.
    Wrapped(Wrapper),
    /// Outside of the archive: it came from a variable or a credential, and not from the data dir.
    Outside,
}

impl HintedKey {
    /// What an archive of the data dir tells whose key was resolved so, and tried on what is `sealed` in it: nothing of a
    /// key if that left closed what another one may open. A copy of the key that lies in the data dir although the key came
    /// from elsewhere does not count.
    pub fn of(resolved: Option<&ResolvedKey>, sealed: &SealedTally) -> Self {
        let unopened = sealed.unopened();
        if unopened.unnamed > 0 || !unopened.other_keys.is_empty() {
            return Self::Untold;
        }
        let Some(ResolvedKey { key, source }) = resolved else { return Self::NoKey };
        let place = match source {
            KeySource::File(_) => KeyPlace::Inside,
            KeySource::Wrapped { wrapper, .. } => KeyPlace::Wrapped(*wrapper),
            KeySource::Environment(_) | KeySource::Credential(_) | KeySource::Archive | KeySource::Memory => {
                KeyPlace::Outside
            }
        };
        Self::Key { fingerprint: key.fingerprint(), place }
    }

    /// Public name of the key, if one is told.
    pub fn fingerprint(&self) -> Option<&KeyFingerprint> {
        match self {
            Self::Key { fingerprint, .. } => Some(fingerprint),
            Self::Untold | Self::NoKey => None,
        }
    }
}

impl KeyPlace {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Inside, Self::Wrapped(Wrapper::Kms), Self::Wrapped(Wrapper::Pkcs11), Self::Outside];

    /// The word for it in what is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inside => "inside",
            Self::Wrapped(wrapper) => wrapper.as_str(),
            Self::Outside => "outside",
        }
    }

    /// The place of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::MasterKey;

    fn place_of(source: KeySource) -> KeyPlace {
        let key = MasterKey::from_bytes([7; 32]);
        let name = key.fingerprint();
        match HintedKey::of(Some(&ResolvedKey { key, source }), &SealedTally::default()) {
            HintedKey::Key { fingerprint, place } if fingerprint == name => place,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_a_key_of_the_data_dirs_own_files_is_carried() {
        let text = || "x".to_owned();
        assert_eq!(place_of(KeySource::File(text())), KeyPlace::Inside);
        for wrapper in Wrapper::ALL {
            let source = KeySource::Wrapped { wrapper, path: text(), wrapping_key: text() };
            assert_eq!(place_of(source), KeyPlace::Wrapped(wrapper));
        }
        for source in [KeySource::Environment(text()), KeySource::Credential(text()), KeySource::Memory] {
            assert_eq!(place_of(source), KeyPlace::Outside);
        }
        assert_eq!(HintedKey::of(None, &SealedTally::default()), HintedKey::NoKey);
    }
}
