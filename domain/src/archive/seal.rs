//! For whom archives are sealed, what opens them again, and what can be known of a closed one.
//!
//! Sealing for recipients or a passphrase gives an age v1 file (age-encryption.org/v1), sealing with the master key an
//! `OCLBAK` container. Does NOT seal or open anything (adapter `archive`).

use super::HintedKey;
use crate::ports::PassphraseSource;
use crate::secret::{MasterKey, SecretText};
use sha2::{Digest, Sha256};
use std::fmt;
use std::sync::Arc;

/// A public key that archives are sealed for: `age1` and what follows it. Not checked beyond its alphabet; the adapter
/// that seals refuses one that is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient(String);

impl Recipient {
    /// Accepts `age1` and lower-case letters and digits, 8 to 4096 bytes in all.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'z'));
        let like = text.starts_with("age1") && plain && (8..=4096).contains(&text.len());
        like.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its short public name: 16 lower-case hex digits, the first 8 bytes of a SHA-256 over a fixed prefix and the text.
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new_with_prefix(b"openccu-loom age recipient fingerprint v1\0");
        hash.update(self.0.as_bytes());
        super::hex(&hash.finalize()[..8])
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The secret side of a recipient: `AGE-SECRET-KEY-1` and what follows it. Wiped on drop, shown nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity(SecretText);

impl Identity {
    /// Accepts `AGE-SECRET-KEY-1` and upper-case letters and digits, 20 to 4096 bytes in all. Not checked further.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'Z' | b'-'));
        let like = text.starts_with("AGE-SECRET-KEY-") && plain && (20..=4096).contains(&text.len());
        like.then(|| Self(SecretText::new(text)))
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// What may open a sealed archive. Each is asked for only by archives that need it.
#[derive(Clone, Default)]
pub struct Openers {
    /// Master keys, tried in this order.
    pub master_keys: Vec<MasterKey>,
    /// Identities, tried in this order.
    pub identities: Vec<Identity>,
    /// Knows or asks for the passphrase.
    pub passphrase: Option<Arc<dyn PassphraseSource>>,
}

impl Openers {
    /// One master key and nothing else.
    pub fn master_key(key: MasterKey) -> Self {
        Self { master_keys: vec![key], ..Self::default() }
    }
}

impl fmt::Debug for Openers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { master_keys, identities, passphrase } = self;
        let (keys, identities) = (master_keys.len(), identities.len());
        write!(
            f,
            "Openers({keys} master keys, {identities} identities, passphrase: {})",
            passphrase.is_some()
        )
    }
}

/// For whom an archive is sealed, as everybody can see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchiveLock {
    /// For the master key: an `OCLBAK` container, which does not say which key.
    MasterKey,
    /// For recipients: an age file.
    Recipients {
        /// The kind of each, such as `X25519`, in the order of the file.
        kinds: Vec<String>,
        /// What the writer told of them; nothing in files of other programs. Not to be trusted before it was opened.
        hint: LockHint,
    },
    /// For a passphrase: an age file.
    Passphrase,
}

impl ArchiveLock {
    /// The word for it in output.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::MasterKey => "master-key",
            Self::Recipients { .. } => "recipients",
            Self::Passphrase => "passphrase",
        }
    }
}

impl fmt::Display for ArchiveLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kinds, hint) = match self {
            Self::MasterKey => return f.write_str("the master key"),
            Self::Passphrase => return f.write_str("a passphrase"),
            Self::Recipients { kinds, hint } => (kinds, hint),
        };
        let noun = if kinds.len() == 1 { "recipient" } else { "recipients" };
        let mut each_once: Vec<&str> = Vec::new();
        for kind in kinds {
            if !each_once.contains(&kind.as_str()) {
                each_once.push(kind);
            }
        }
        write!(f, "{} {noun} ({}", kinds.len(), each_once.join(", "))?;
        match hint.recipients.as_slice() {
            [] => {}
            [one] => write!(f, "; fingerprint {one}")?,
            more => write!(f, "; fingerprints {}", more.join(", "))?,
        }
        f.write_str(")")
    }
}

/// Public names that a sealed archive tells to whoever has no key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockHint {
    /// The master key of the state inside.
    pub master_key: HintedKey,
    /// The recipients, by [`Recipient::fingerprint`].
    pub recipients: Vec<String>,
}
