//! Opens age v1 files: with identities of X25519 or a passphrase, streaming, each chunk only after it was authenticated.
//!
//! Header and chunks are checked by the `age` library; here its findings get names. Does NOT ask for keys, and does NOT
//! know what is sealed inside.

use super::age_header::{AgeHeader, HEADER_MAX, STANZAS_MAX};
use super::age_keys::secret_of;
use age::secrecy::SecretString;
use age::stream::StreamReader;
use age::{DecryptError, Decryptor, scrypt};
use loom_domain::archive::{ArchiveLock, Identity, Recipient};
use loom_domain::secret::SecretText;
use std::io::{self, BufReader, Chain, Cursor, Read};

/// The most work a passphrase may ask for, as a power of two: some seconds and 1 GiB of memory. age writes 2^18.
pub const WORK_MAX: u8 = 20;

/// Plaintext bytes of one chunk.
const CHUNK: u64 = 64 << 10;

/// What is wrong with an age file. Reaches callers inside an [`io::Error`] of kind `InvalidData`.
///
/// Chunks are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgeDamage {
    /// Its header breaks the rules of age v1.
    #[error("the header of the age file breaks the rules of age v1")]
    Header,
    /// It ends within its header.
    #[error("the age file ends within its header")]
    HeaderCut,
    /// Its header is larger than any honest one.
    #[error("the header of the age file has more than {HEADER_MAX} bytes or {STANZAS_MAX} stanzas")]
    HeaderTooLarge,
    /// A key opened it, and its checksum is another one.
    #[error("the header of the age file is not what its checksum says")]
    HeaderSum,
    /// It names the recipient of an identity at hand, whose part does not open.
    #[error(
        "the header of the age file names the recipient of an identity at hand and does not open with it"
    )]
    HeaderPart,
    /// A chunk does not open: changed, dropped, swapped, taken from another file, or followed by foreign bytes.
    #[error("chunk {0} of the age file is damaged, missing or out of order")]
    Chunk(u64),
    /// It ends at a chunk, without its final one.
    #[error("the age file ends at chunk {0} without its final chunk")]
    Truncated(u64),
}

impl From<AgeDamage> for io::Error {
    fn from(damage: AgeDamage) -> Self {
        Self::new(io::ErrorKind::InvalidData, damage)
    }
}

/// Why an age file stays closed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AgeClosed {
    /// None of the identities opens it.
    #[error("no identity at hand opens the age file")]
    NoIdentity,
    /// The passphrase does not open it. A wrong one cannot be told from a changed header.
    #[error("the passphrase does not open the age file, or its header is damaged")]
    WrongPassphrase,
    /// The passphrase asks for more work than is done for files from anywhere.
    #[error("its passphrase asks for 2^{0} rounds of work, at most 2^{WORK_MAX} are done")]
    TooMuchWork(u8),
    /// It is damaged, or its reader failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// An age file whose header was read.
pub struct ClosedAge<R> {
    header: AgeHeader,
    rest: BufReader<R>,
}

impl<R: Read> ClosedAge<R> {
    /// Reads the header. `input` stands at the first byte of the file.
    ///
    /// # Errors
    /// Those of [`AgeHeader::read`].
    pub fn read(input: R) -> io::Result<Self> {
        let mut rest = BufReader::new(input);
        Ok(Self { header: AgeHeader::read(&mut rest)?, rest })
    }

    /// For whom it is sealed.
    pub fn lock(&self) -> ArchiveLock {
        self.header.lock()
    }

    /// Opens it with the first identity that does. Those of other kinds than X25519 are passed over.
    ///
    /// # Errors
    /// None does, or the file is damaged.
    pub fn open(self, identities: &[Identity]) -> Result<AgeReader<R>, AgeClosed> {
        let lock = self.lock();
        let secrets: Vec<_> = identities.iter().filter_map(|identity| secret_of(identity).ok()).collect();
        let opened = self.decryptor()?.decrypt(secrets.iter().map(|secret| secret as _));
        opened.map(AgeReader::new).map_err(|error| match error {
            DecryptError::NoMatchingKeys => {
                let mut at_hand = secrets.iter().filter_map(|secret| {
                    Some(Recipient::parse(&secret.to_public().to_string())?.fingerprint())
                });
                let named = match &lock {
                    ArchiveLock::Recipients { hint, .. } => hint.recipients.as_slice(),
                    _ => &[],
                };
                let ours = at_hand.any(|fingerprint| named.contains(&fingerprint));
                if ours { AgeClosed::Io(AgeDamage::HeaderPart.into()) } else { AgeClosed::NoIdentity }
            }
            other => sort(other),
        })
    }

    /// Opens it with a passphrase; takes about a second, for that is what keeps guesses slow.
    ///
    /// # Errors
    /// Another passphrase, or the file is damaged.
    pub fn open_with_passphrase(self, passphrase: &SecretText) -> Result<AgeReader<R>, AgeClosed> {
        let mut secret = scrypt::Identity::new(SecretString::from(passphrase.reveal().to_owned()));
        secret.set_max_work_factor(WORK_MAX);
        let opened = self.decryptor()?.decrypt(std::iter::once(&secret as _));
        opened.map(AgeReader::new).map_err(|error| match error {
            DecryptError::DecryptionFailed | DecryptError::NoMatchingKeys => AgeClosed::WrongPassphrase,
            other => sort(other),
        })
    }

    fn decryptor(self) -> Result<Decryptor<Stored<R>>, AgeClosed> {
        let text = Cursor::new(self.header.text().to_vec());
        Decryptor::new_buffered(text.chain(self.rest)).map_err(sort)
    }
}

/// The file as it is stored, its header once more in front.
type Stored<R> = Chain<Cursor<Vec<u8>>, BufReader<R>>;

fn sort(error: DecryptError) -> AgeClosed {
    let damage = match error {
        DecryptError::ExcessiveWork { required, .. } => return AgeClosed::TooMuchWork(required),
        DecryptError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => AgeDamage::HeaderCut,
        DecryptError::Io(error) => return AgeClosed::Io(error),
        DecryptError::InvalidMac => AgeDamage::HeaderSum,
        _ => AgeDamage::Header,
    };
    AgeClosed::Io(damage.into())
}

/// Yields the plaintext of an age file, chunk by chunk and only after a chunk was authenticated.
///
/// The end is reported only once the final chunk was authenticated and found to be the end of the file. Errors of the
/// inner reader pass through. An error is final.
pub struct AgeReader<R: Read> {
    inner: StreamReader<Stored<R>>,
    plain: u64,
    damage: Option<AgeDamage>,
}

impl<R: Read> AgeReader<R> {
    fn new(inner: StreamReader<Stored<R>>) -> Self {
        Self { inner, plain: 0, damage: None }
    }
}

impl<R: Read> Read for AgeReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(damage) = self.damage {
            return Err(damage.into());
        }
        // The library takes an empty buffer for a reason to fetch the next chunk.
        if buffer.is_empty() {
            return Ok(0);
        }
        let chunk = self.plain / CHUNK;
        match self.inner.read(buffer) {
            Ok(read) => {
                self.plain += read as u64;
                Ok(read)
            }
            Err(error) => {
                let (damage, passes) = match error.kind() {
                    io::ErrorKind::InvalidData => (AgeDamage::Chunk(chunk), false),
                    io::ErrorKind::UnexpectedEof => (AgeDamage::Truncated(chunk), false),
                    _ => (AgeDamage::Truncated(chunk), true),
                };
                self.damage = Some(damage);
                Err(if passes { error } else { damage.into() })
            }
        }
    }
}

#[cfg(test)]
mod tests;
