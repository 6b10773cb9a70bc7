//! What an archive is to become: packed how, and sealed for whom; first as somebody orders it, then with the keys.
//!
//! Does NOT pack or seal (adapter `archive`), and does NOT read settings.

use super::{HintedKey, Recipient};
use crate::ports::ResolvedKey;
use crate::secret::{MasterKey, SecretText};

/// How members are packed into an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ArchiveFormat {
    /// A gzipped tar, the default: every system opens it.
    #[default]
    TarGz,
    /// A tar compressed by zstd: the fast one.
    TarZst,
    /// A zip file, for people on Windows who want to look inside.
    Zip,
}

impl ArchiveFormat {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::TarGz, Self::TarZst, Self::Zip];

    /// The word for it, which is the ending of its file names too.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TarGz => "tar.gz",
            Self::TarZst => "tar.zst",
            Self::Zip => "zip",
        }
    }

    /// The format of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == word)
    }

    /// The format a file's name tells of, whether it also says that the file is sealed or not.
    pub fn in_name(name: &str) -> Option<Self> {
        let open = [".age", ".oclbak"].iter().find_map(|mark| name.strip_suffix(mark)).unwrap_or(name);
        let tells =
            |format: &Self| open.strip_suffix(format.as_str()).is_some_and(|stem| stem.ends_with('.'));
        Self::ALL.into_iter().find(tells)
    }
}

/// What an archive is to become: packed how, and sealed for whom.
#[derive(Debug, Clone, Default)]
pub struct ArchiveForm {
    /// How it is packed.
    pub format: ArchiveFormat,
    /// For whom it is sealed; `None` leaves it open to everybody.
    pub seal: Option<Seal>,
}

/// What somebody orders an archive to become: a form whose master key is not resolved yet.
#[derive(Debug, Clone, Default)]
pub struct FormOrder {
    /// How it is packed.
    pub format: ArchiveFormat,
    /// For whom it is sealed; `None` leaves it open to everybody.
    pub seal: Option<SealOrder>,
}

/// For whom an archive is ordered to be sealed.
#[derive(Debug, Clone)]
pub enum SealOrder {
    /// For whoever has the identity behind one of these; at least one.
    Recipients(Vec<Recipient>),
    /// For whoever knows the passphrase.
    Passphrase(SecretText),
    /// For whoever has the master key of the data dir.
    MasterKey,
}

impl FormOrder {
    /// Ending of the names of such archives, such as `tar.gz.age`.
    pub fn ending(&self) -> String {
        let format = self.format.as_str();
        match &self.seal {
            None => format.to_owned(),
            Some(SealOrder::MasterKey) => format!("{format}.oclbak"),
            Some(_) => format!("{format}.age"),
        }
    }

    /// The form, with the master key that was resolved; `None` if it is to be sealed with it and there is none. It tells
    /// nothing of the master key inside yet.
    pub fn form(&self, master_key: Option<&ResolvedKey>) -> Option<ArchiveForm> {
        let seal = match &self.seal {
            None => None,
            Some(SealOrder::Recipients(recipients)) => {
                Some(Seal::Recipients { recipients: recipients.clone(), master_key: HintedKey::Untold })
            }
            Some(SealOrder::Passphrase(passphrase)) => Some(Seal::Passphrase(passphrase.clone())),
            Some(SealOrder::MasterKey) => Some(Seal::MasterKey(master_key?.key.clone())),
        };
        Some(ArchiveForm { format: self.format, seal })
    }

    /// Says in words why there can be no such archive, whoever packs it.
    pub fn check(&self) -> Result<(), String> {
        match &self.seal {
            Some(SealOrder::MasterKey) => check_master_key_format(self.format),
            Some(SealOrder::Recipients(recipients)) => check_recipients(recipients),
            Some(SealOrder::Passphrase(passphrase)) => check_passphrase(passphrase),
            None => Ok(()),
        }
    }
}

/// For whom an archive is sealed.
#[derive(Debug, Clone)]
pub enum Seal {
    /// For whoever has the identity behind one of these; at least one.
    Recipients {
        /// The recipients.
        recipients: Vec<Recipient>,
        /// The master key of the state inside, of which whoever looks at the closed archive is told.
        master_key: HintedKey,
    },
    /// For whoever knows the passphrase.
    Passphrase(SecretText),
    /// For whoever has the master key. Packs as tar.gz only, for every OpenCCU-Loom daemon reads it.
    MasterKey(MasterKey),
}

impl ArchiveForm {
    /// The same, and whoever looks at the closed archive is told so of the master key inside. Only one for recipients tells.
    #[must_use]
    pub fn telling(mut self, told: HintedKey) -> Self {
        if let Some(Seal::Recipients { master_key, .. }) = &mut self.seal {
            *master_key = told;
        }
        self
    }

    /// Ending of the names of such archives, such as `tar.gz.age`.
    pub fn ending(&self) -> String {
        let format = self.format.as_str();
        match &self.seal {
            None => format.to_owned(),
            Some(Seal::MasterKey(_)) => format!("{format}.oclbak"),
            Some(_) => format!("{format}.age"),
        }
    }

    /// Says in words why there can be no such archive, whoever packs it.
    pub fn check(&self) -> Result<(), String> {
        match &self.seal {
            Some(Seal::MasterKey(_)) => check_master_key_format(self.format),
            Some(Seal::Recipients { recipients, .. }) => check_recipients(recipients),
            Some(Seal::Passphrase(passphrase)) => check_passphrase(passphrase),
            None => Ok(()),
        }
    }
}

fn check_master_key_format(format: ArchiveFormat) -> Result<(), String> {
    match format {
        ArchiveFormat::TarGz => Ok(()),
        other => Err(format!("only tar.gz can be sealed with the master key, not {}", other.as_str())),
    }
}

fn check_recipients(recipients: &[Recipient]) -> Result<(), String> {
    if recipients.is_empty() { Err("no recipient is named".to_owned()) } else { Ok(()) }
}

fn check_passphrase(passphrase: &SecretText) -> Result<(), String> {
    if passphrase.reveal().is_empty() { Err("the passphrase is empty".to_owned()) } else { Ok(()) }
}
