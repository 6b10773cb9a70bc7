//! The layer between stored and packed bytes: tells whether there is one, for whom it is sealed, and opens it.
//!
//! Does NOT unpack (`unpacking`) and does NOT find keys.

use crate::format::age_armor::unarmored;
use crate::format::age_reader::{AgeClosed, ClosedAge};
use crate::format::detect::{DetectError, Kind, detect};
use crate::format::sealed_reader::SealedReader;
use crate::unpacking::sort_io;
use loom_domain::archive::{ArchiveFormat, ArchiveLock, Identity, Openers};
use loom_domain::ports::SourceError;
use loom_domain::secret::{MasterKey, SecretText};
use std::io::Read;

/// Bytes of an archive, from its first one on.
pub(crate) type Input = Box<dyn Read + Send>;

/// A stored archive whose beginning was looked at.
pub(crate) enum Looked {
    /// It is open to everybody.
    Open(Packed),
    /// It is sealed.
    Closed(Closed),
}

/// The packed bytes and how they are packed.
pub(crate) struct Packed {
    pub format: ArchiveFormat,
    /// Whether it is of this project and covers every bit by a checksum of its own.
    pub ours: bool,
    pub input: Input,
}

/// A sealed archive.
pub(crate) enum Closed {
    MasterKey(Input),
    Age(Box<ClosedAge<Input>>),
}

/// What is tried on a sealed archive.
pub(crate) enum Opener {
    MasterKeys(Vec<MasterKey>),
    Identities(Vec<Identity>),
    Passphrase(SecretText),
}

/// Looks at the beginning of a stored archive. `location` names it in errors.
pub(crate) fn look(input: Input, location: &str) -> Result<Looked, SourceError> {
    let (kind, whole) = detect(input).map_err(|error| sort_detect(location, error))?;
    let whole: Input = Box::new(whole);
    let age = |input| match ClosedAge::read(input) {
        Ok(closed) => Ok(Looked::Closed(Closed::Age(Box::new(closed)))),
        Err(error) => Err(sort_io(location, error)),
    };
    match kind {
        Kind::Age => age(whole),
        Kind::ArmoredAge => age(Box::new(unarmored(whole))),
        Kind::Sealed => Ok(Looked::Closed(Closed::MasterKey(whole))),
        Kind::LoomGzip => Ok(open(ArchiveFormat::TarGz, true, whole)),
        Kind::ForeignGzip => Ok(open(ArchiveFormat::TarGz, false, whole)),
        Kind::Zstd => Ok(open(ArchiveFormat::TarZst, true, whole)),
        Kind::Zip => Ok(open(ArchiveFormat::Zip, true, whole)),
    }
}

impl Closed {
    /// For whom it is sealed.
    pub(crate) fn lock(&self) -> ArchiveLock {
        match self {
            Self::MasterKey(_) => ArchiveLock::MasterKey,
            Self::Age(closed) => closed.lock(),
        }
    }

    /// Opens it and looks at the beginning of what was sealed.
    pub(crate) fn open(self, opener: &Opener, location: &str) -> Result<Packed, SourceError> {
        let lock = self.lock();
        let plain: Input = match (self, opener) {
            (Self::MasterKey(input), Opener::MasterKeys(keys)) => {
                Box::new(SealedReader::new(input, keys.iter().map(MasterKey::bytes)))
            }
            (Self::Age(closed), Opener::Identities(identities)) => {
                Box::new(closed.open(identities).map_err(|error| sort_closed(location, &lock, error))?)
            }
            (Self::Age(closed), Opener::Passphrase(passphrase)) => Box::new(
                closed
                    .open_with_passphrase(passphrase)
                    .map_err(|error| sort_closed(location, &lock, error))?,
            ),
            (Self::MasterKey(_), _) => return Err(SourceError::KeyNeeded),
            (Self::Age(_), Opener::MasterKeys(_)) => return Err(identity_needed(&lock)),
        };
        match look(plain, location)? {
            Looked::Open(packed) => Ok(packed),
            Looked::Closed(_) => Err(SourceError::Foreign("it is sealed more than once".to_owned())),
        }
    }
}

impl Opener {
    /// What of `openers` is to be tried on an archive behind `lock`. A passphrase is asked for now.
    pub(crate) async fn of(openers: &Openers, lock: &ArchiveLock) -> Result<Self, SourceError> {
        match lock {
            ArchiveLock::MasterKey if openers.master_keys.is_empty() => Err(SourceError::KeyNeeded),
            ArchiveLock::MasterKey => Ok(Self::MasterKeys(openers.master_keys.clone())),
            ArchiveLock::Recipients { .. } if openers.identities.is_empty() => Err(identity_needed(lock)),
            ArchiveLock::Recipients { .. } => Ok(Self::Identities(openers.identities.clone())),
            ArchiveLock::Passphrase => {
                let source = openers.passphrase.as_ref().ok_or(SourceError::PassphraseNeeded)?;
                let passphrase = source.passphrase().await.map_err(|source| SourceError::Unavailable {
                    location: "the passphrase".to_owned(),
                    source,
                })?;
                passphrase.map(Self::Passphrase).ok_or(SourceError::PassphraseNeeded)
            }
        }
    }
}

/// Says in words why a listing cannot show what a sealed archive says of itself, and what would open it; `None` where
/// it is not the seal that is in the way.
pub(crate) fn locked_words(lock: &ArchiveLock, error: &SourceError) -> Option<String> {
    Some(match error {
        SourceError::KeyNeeded => format!("sealed for {lock}, which is not at hand"),
        SourceError::KeyWrong => {
            "sealed for a master key that is not at hand, or its beginning is damaged".to_owned()
        }
        SourceError::PassphraseNeeded => format!("sealed for {lock}"),
        SourceError::PassphraseWrong => {
            "sealed for another passphrase, or its beginning is damaged".to_owned()
        }
        SourceError::IdentityNeeded { .. } => {
            format!("sealed for {lock}, no identity at hand is one of theirs")
        }
        _ => return None,
    })
}

fn open(format: ArchiveFormat, ours: bool, input: Input) -> Looked {
    Looked::Open(Packed { format, ours, input })
}

fn identity_needed(lock: &ArchiveLock) -> SourceError {
    SourceError::IdentityNeeded { recipients: lock.to_string() }
}

fn sort_detect(location: &str, error: DetectError) -> SourceError {
    match error {
        DetectError::Io(error) => sort_io(location, error),
        other => SourceError::Foreign(format!("`{location}` is {other}")),
    }
}

fn sort_closed(location: &str, lock: &ArchiveLock, error: AgeClosed) -> SourceError {
    match error {
        AgeClosed::NoIdentity => identity_needed(lock),
        AgeClosed::WrongPassphrase => SourceError::PassphraseWrong,
        refused @ AgeClosed::TooMuchWork(_) => SourceError::Foreign(refused.to_string()),
        AgeClosed::Io(error) => sort_io(location, error),
    }
}
