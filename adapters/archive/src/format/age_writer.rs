//! Seals into age v1 files (age-encryption.org/v1): for recipients of X25519, or for a passphrase; streaming.
//!
//! Header and chunks are made by the `age` library. Does NOT know what is sealed, and does NOT keep keys.

use super::age_header::{HINT_KIND, STANZAS_MAX, hint_words};
use super::age_keys::point_of;
use super::age_reader::WORK_MAX;
use age::secrecy::SecretString;
use age::stream::StreamWriter;
use age::{EncryptError, Encryptor, scrypt, x25519};
use age_core::format::{FileKey, Stanza};
use loom_domain::archive::{HintedKey, LockHint, Recipient};
use loom_domain::secret::SecretText;
use std::collections::HashSet;
use std::io::{self, Write};

/// Work for a passphrase where nothing else is said, as a power of two: what age itself asks for. About a second and
/// 256 MiB of memory. The library would measure how fast this machine is, and on a busy one seal weaker.
pub const PASSPHRASE_WORK: u8 = 18;

/// Recipients an archive is sealed for at the most: with hint and random stanza every reader of this program takes it.
const RECIPIENTS_MAX: usize = STANZAS_MAX - 2;

/// For whom an age file is sealed, checked.
pub enum AgeSeal {
    /// For recipients.
    Recipients {
        /// Their points.
        points: Vec<x25519::Recipient>,
        /// What the header tells everybody.
        hint: LockHint,
    },
    /// For a passphrase.
    Passphrase {
        /// The passphrase.
        passphrase: SecretText,
        /// The work it asks for, as a power of two.
        work: u8,
    },
}

impl AgeSeal {
    /// For recipients; the header names them, and the `master_key` if it is one, to everybody.
    ///
    /// # Errors
    /// There are none or too many, or one of them is none; in words.
    pub fn for_recipients(recipients: &[Recipient], master_key: HintedKey) -> Result<Self, String> {
        if recipients.is_empty() {
            return Err("no recipient is named".to_owned());
        }
        if recipients.len() > RECIPIENTS_MAX {
            return Err(format!("{} recipients, at most {RECIPIENTS_MAX} are possible", recipients.len()));
        }
        let point = |recipient: &Recipient| {
            point_of(recipient).map_err(|reason| format!("`{recipient}` is no recipient: {reason}"))
        };
        let points = recipients.iter().map(point).collect::<Result<_, _>>()?;
        let recipients = recipients.iter().map(Recipient::fingerprint).collect();
        Ok(Self::Recipients { points, hint: LockHint { master_key, recipients } })
    }

    /// For a passphrase that asks for 2^`work` rounds, from 1 to [`WORK_MAX`].
    ///
    /// # Errors
    /// The passphrase is empty; in words.
    pub fn for_passphrase(passphrase: &SecretText, work: u8) -> Result<Self, String> {
        if passphrase.reveal().is_empty() {
            return Err("the passphrase is empty".to_owned());
        }
        Ok(Self::Passphrase { passphrase: passphrase.clone(), work: work.clamp(1, WORK_MAX) })
    }

    /// Writes the header and seals from then on. For a passphrase this takes about a second.
    ///
    /// # Errors
    /// Those of `inner`.
    pub fn wrap<W: Write>(self, inner: W) -> io::Result<StreamWriter<W>> {
        let encryptor = match self {
            Self::Passphrase { passphrase, work } => {
                let secret = SecretString::from(passphrase.reveal().to_owned());
                let mut recipient = scrypt::Recipient::new(secret);
                recipient.set_work_factor(work);
                Encryptor::with_recipients(std::iter::once(&recipient as _))
            }
            Self::Recipients { points, hint } => {
                // In front, so that the first few hundred bytes tell what the file is.
                let hint = Hint(hint);
                let recipients = points.iter().map(|point| point as &dyn age::Recipient);
                Encryptor::with_recipients(std::iter::once(&hint as _).chain(recipients))
            }
        };
        encryptor.map_err(io::Error::other)?.wrap_output(inner)
    }
}

/// A stanza that opens for nobody and tells everybody whose key would.
struct Hint(LockHint);

impl age::Recipient for Hint {
    fn wrap_file_key(&self, _file_key: &FileKey) -> Result<(Vec<Stanza>, HashSet<String>), EncryptError> {
        let stanza = Stanza { tag: HINT_KIND.to_owned(), args: hint_words(&self.0), body: Vec::new() };
        Ok((vec![stanza], HashSet::new()))
    }
}
