//! How archives of the state are packed and for whom they are sealed, as the configuration or the command line says.
//!
//! Files are read anew for each backup. What is not right is an error: no archive is less sealed than was asked for.
//! Does NOT seal (adapter `archive`).

mod passphrase_file;
mod words;

pub use words::SealingWords;

use crate::age_files::{self, BadAgeFile, NoAgeKey};
use crate::secret_line::{NoSecretLine, secret_line_of};
use loom_domain::archive::{ArchiveFormat, FormOrder, Recipient, SealOrder};
use loom_domain::ports::PassphraseSource;
use passphrase_file::PassphraseFile;
use std::path::PathBuf;
use std::sync::Arc;

/// What was set, free of contradictions. Its files were not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SealingSettings {
    /// How archives are packed.
    pub format: ArchiveFormat,
    /// For whom they are sealed.
    pub seal: SealSetting,
}

/// For whom archives are to be sealed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SealSetting {
    /// For nobody: they stay open.
    #[default]
    Nobody,
    /// For recipients, of which there is at least one or a file.
    Recipients {
        /// Those that were named, as they were spelled.
        named: Vec<String>,
        /// A file of more.
        file: Option<PathBuf>,
    },
    /// With the passphrase in a file.
    PassphraseFile(PathBuf),
    /// With the master key.
    MasterKey,
}

/// Why archives cannot be sealed as they are to be. Fragments read after "archives cannot be sealed as asked for: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealingError {
    /// Two settings that do not go together.
    #[error("`{one}` and `{other}` contradict each other\nhint: keep one of them")]
    Contradiction {
        /// The one.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// What one setting needs is missing.
    #[error("`{setting}` needs {needs}")]
    Incomplete {
        /// The setting.
        setting: &'static str,
        /// What is missing.
        needs: &'static str,
    },
    /// The master key seals nothing but tar.gz.
    #[error(
        "archives that are sealed with the master key are packed as tar.gz, not as {}\nhint: `--format tar.gz`, or `state_backups.format: tar.gz`",
        .0.as_str()
    )]
    FormatOfMasterKey(ArchiveFormat),
    /// A recipient that was named is none.
    #[error("--recipient or `state_backups.recipients`: recipient number {number} {reason}")]
    Recipient {
        /// Which of those that were named, from 1.
        number: usize,
        /// Why.
        reason: NoAgeKey,
    },
    /// The file of recipients cannot be used.
    #[error("the recipients file `{path}` {reason}")]
    RecipientsFile {
        /// The file.
        path: String,
        /// Why.
        #[source]
        reason: BadAgeFile,
    },
    /// The file with the passphrase cannot be used.
    #[error("the passphrase file `{path}` {reason}")]
    PassphraseFile {
        /// The file.
        path: String,
        /// Why.
        #[source]
        reason: NoSecretLine,
    },
    /// It cannot be done like that, in words.
    #[error("{0}")]
    Form(String),
}

impl SealingSettings {
    /// Reads the files and says what the next archive is to become.
    pub fn resolve(&self) -> Result<FormOrder, SealingError> {
        let seal = match &self.seal {
            SealSetting::Nobody => None,
            SealSetting::MasterKey => Some(SealOrder::MasterKey),
            SealSetting::Recipients { named, file } => {
                let mut recipients = Vec::new();
                for (at, text) in named.iter().enumerate() {
                    let recipient = age_files::recipient(text);
                    recipients.push(
                        recipient.map_err(|reason| SealingError::Recipient { number: at + 1, reason })?,
                    );
                }
                if let Some(file) = file {
                    let path = file.display().to_string();
                    let of_file = age_files::recipients_of(file);
                    recipients
                        .extend(of_file.map_err(|reason| SealingError::RecipientsFile { path, reason })?);
                }
                Some(SealOrder::Recipients(each_once(recipients)))
            }
            SealSetting::PassphraseFile(file) => {
                let path = file.display().to_string();
                let line = secret_line_of(file);
                let line = line.map_err(|reason| SealingError::PassphraseFile { path, reason })?;
                Some(SealOrder::Passphrase(line))
            }
        };
        checked(FormOrder { format: self.format, seal })
    }

    /// Knows the passphrase of archives that were sealed like this; `None` if none is set.
    pub fn passphrase_source(&self) -> Option<Arc<dyn PassphraseSource>> {
        match &self.seal {
            SealSetting::PassphraseFile(file) => Some(Arc::new(PassphraseFile(file.clone()))),
            _ => None,
        }
    }

    /// Ending of the names of such archives, such as `tar.gz.age`.
    pub fn ending(&self) -> String {
        let mark = match &self.seal {
            SealSetting::Nobody => "",
            SealSetting::MasterKey => ".oclbak",
            SealSetting::Recipients { .. } | SealSetting::PassphraseFile(_) => ".age",
        };
        format!("{}{mark}", self.format.as_str())
    }
}

/// The order, if there can be such an archive.
pub fn checked(order: FormOrder) -> Result<FormOrder, SealingError> {
    if let (Some(SealOrder::MasterKey), false) = (&order.seal, order.format == ArchiveFormat::TarGz) {
        return Err(SealingError::FormatOfMasterKey(order.format));
    }
    order.check().map_err(SealingError::Form)?;
    Ok(order)
}

fn each_once(recipients: Vec<Recipient>) -> Vec<Recipient> {
    let mut once = Vec::new();
    for recipient in recipients {
        if !once.contains(&recipient) {
            once.push(recipient);
        }
    }
    once
}

#[cfg(test)]
mod tests;
