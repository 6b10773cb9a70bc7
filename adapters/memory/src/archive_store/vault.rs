//! Sealed archives in memory: a header in letters that everybody can read, then the archive under a key of its own, which
//! is wrapped once for each opener.
//!
//! An opener is really needed, yet nothing is secret: there are no curves here, so the identity of the recipient `age1x`
//! is `AGE-SECRET-KEY-1X`. Does NOT make age files.

use super::record::damaged;
use bytes::Bytes;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use loom_domain::archive::{
    ArchiveLock, HintedKey, Identity, KeyPlace, LockHint, Openers, Recipient, Seal, hex,
};
use loom_domain::ports::SourceError;
use loom_domain::secret::KeyFingerprint;
use sha2::{Digest, Sha256};

/// What every sealed archive in memory begins with.
const MAGIC: &[u8; 16] = b"loom in a vault\n";
/// What its header ends with.
const END: &str = "\n\n";

/// Says whether stored bytes begin like a sealed archive.
pub(super) fn is_sealed(stored: &[u8]) -> bool {
    stored.starts_with(MAGIC)
}

/// Seals a packed archive.
pub(super) fn seal(seal: &Seal, packed: &[u8]) -> Vec<u8> {
    // One key for each content: a nonce of zeros never meets another content.
    let content_key = key_of("content", packed);
    let wrap = |kind, secret: &[u8]| hex(&encrypt(&key_of(kind, secret), b"", &content_key));
    let lines = match seal {
        Seal::MasterKey(key) => format!("master-key {}", wrap("master-key", key.bytes())),
        Seal::Passphrase(text) => format!("passphrase {}", wrap("passphrase", text.reveal().as_bytes())),
        Seal::Recipients { recipients, master_key } => {
            let mut lines = match master_key {
                HintedKey::Key { fingerprint, place } => format!("hint {fingerprint} {}", place.as_str()),
                HintedKey::NoKey => "hint - -".to_owned(),
                HintedKey::Untold => "hint ? ?".to_owned(),
            };
            for recipient in recipients {
                let wrapped = wrap("recipient", recipient.as_str().as_bytes());
                lines.push_str(&format!("\nrecipient {} {wrapped}", recipient.fingerprint()));
            }
            lines
        }
    };
    let header = [MAGIC, lines.as_bytes(), END.as_bytes()].concat();
    let sealed = encrypt(&content_key, &header, packed);
    [header, sealed].concat()
}

/// A sealed archive, its header read.
pub(super) struct Vault {
    header: Bytes,
    sealed: Bytes,
    lines: Vec<Vec<String>>,
}

impl Vault {
    pub(super) fn read(stored: &Bytes) -> Result<Self, SourceError> {
        let end = stored.windows(END.len()).position(|window| window == END.as_bytes());
        let end = end.ok_or_else(|| damaged("it ends within its header"))?;
        let text =
            std::str::from_utf8(&stored[MAGIC.len()..end]).map_err(|_| damaged("its header is no text"))?;
        let words = |line: &str| line.split(' ').map(str::to_owned).collect();
        let lines = text.lines().map(words).collect();
        let body = end + END.len();
        Ok(Self { header: stored.slice(..body), sealed: stored.slice(body..), lines })
    }

    /// For whom it is sealed.
    pub(super) fn lock(&self) -> Result<ArchiveLock, SourceError> {
        match self.lines.first().map(Vec::as_slice) {
            Some([kind, _]) if kind == "master-key" => Ok(ArchiveLock::MasterKey),
            Some([kind, _]) if kind == "passphrase" => Ok(ArchiveLock::Passphrase),
            Some([kind, master, place]) if kind == "hint" => {
                let recipients: Vec<_> =
                    self.lines[1..].iter().filter_map(|line| line.get(1).cloned()).collect();
                let kinds = vec!["memory".to_owned(); recipients.len()];
                let key = KeyFingerprint::parse(master).zip(KeyPlace::parse(place));
                let master_key = match key {
                    Some((fingerprint, place)) => HintedKey::Key { fingerprint, place },
                    None if master == "-" => HintedKey::NoKey,
                    None => HintedKey::Untold,
                };
                let hint = LockHint { master_key, recipients };
                Ok(ArchiveLock::Recipients { kinds, hint })
            }
            _ => Err(damaged("its header says not for whom it is sealed")),
        }
    }

    /// The packed archive.
    pub(super) async fn open(&self, openers: &Openers) -> Result<Bytes, SourceError> {
        let content_key = match self.lock()? {
            ArchiveLock::MasterKey if openers.master_keys.is_empty() => Err(SourceError::KeyNeeded),
            ArchiveLock::MasterKey => {
                let keys = openers.master_keys.iter().map(|key| key_of("master-key", key.bytes()));
                self.unwrap_with(keys).ok_or(SourceError::KeyWrong)
            }
            ArchiveLock::Passphrase => {
                let source = openers.passphrase.as_ref().ok_or(SourceError::PassphraseNeeded)?;
                let passphrase = source.passphrase().await.map_err(|source| SourceError::Unavailable {
                    location: "the passphrase".to_owned(),
                    source,
                })?;
                let passphrase = passphrase.ok_or(SourceError::PassphraseNeeded)?;
                let key = key_of("passphrase", passphrase.reveal().as_bytes());
                self.unwrap_with([key]).ok_or(SourceError::PassphraseWrong)
            }
            lock @ ArchiveLock::Recipients { .. } => {
                let recipients = openers.identities.iter().filter_map(recipient_of);
                let keys = recipients.map(|recipient| key_of("recipient", recipient.as_str().as_bytes()));
                self.unwrap_with(keys)
                    .ok_or_else(|| SourceError::IdentityNeeded { recipients: lock.to_string() })
            }
        }?;
        decrypt(&content_key, &self.header, &self.sealed)
            .map(Bytes::from)
            .ok_or_else(|| damaged("what is sealed is not what was sealed"))
    }

    /// The key of the content, as the first of `keys` that opens one of the lines has it.
    fn unwrap_with(&self, keys: impl IntoIterator<Item = [u8; 32]>) -> Option<[u8; 32]> {
        let wrapped: Vec<_> = self.lines.iter().filter_map(|line| unhex(line.last()?)).collect();
        keys.into_iter()
            .find_map(|key| wrapped.iter().find_map(|wrapped| decrypt(&key, b"", wrapped)?.try_into().ok()))
    }
}

fn recipient_of(identity: &Identity) -> Option<Recipient> {
    let name = identity.reveal().strip_prefix("AGE-SECRET-KEY-1")?;
    Recipient::parse(&format!("age1{}", name.to_ascii_lowercase()))
}

fn key_of(kind: &str, secret: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(kind).chain_update([0]).chain_update(secret).finalize().into()
}

fn encrypt(key: &[u8; 32], bound: &[u8], plain: &[u8]) -> Vec<u8> {
    let payload = Payload { msg: plain, aad: bound };
    // Fails for more bytes than any memory holds; nobody opens an empty text.
    XChaCha20Poly1305::new(key.into()).encrypt(&XNonce::default(), payload).unwrap_or_default()
}

fn decrypt(key: &[u8; 32], bound: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload { msg: sealed, aad: bound };
    XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::default(), payload).ok()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
