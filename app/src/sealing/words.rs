//! The settings of sealing as the configuration spells them, and what they come to.
//!
//! Does NOT look at the files they name.

use super::{SealSetting, SealingError, SealingSettings};
use loom_domain::archive::ArchiveFormat;
use serde::Deserialize;
use std::path::PathBuf;

const SEAL: &str = "state_backups.seal";
const RECIPIENTS: &str = "state_backups.recipients";
const RECIPIENTS_FILE: &str = "state_backups.recipients_file";
const PASSPHRASE_FILE: &str = "state_backups.passphrase_file";

/// `state_backups` of the configuration, as far as it is about packing and sealing. Empty texts are not set.
#[derive(Debug, Clone, Deserialize)]
#[expect(missing_docs, reason = "each field is the setting of that name")]
pub struct SealingWords {
    pub format: String,
    pub seal: String,
    pub recipients: Vec<String>,
    pub recipients_file: String,
    pub passphrase_file: String,
}

impl SealingWords {
    /// What they come to. Words other than those the settings take have been refused before.
    pub fn settings(&self) -> Result<SealingSettings, SealingError> {
        let format = ArchiveFormat::parse(&self.format).unwrap_or_default();
        let file = |text: &str| (!text.trim().is_empty()).then(|| PathBuf::from(text.trim()));
        let recipients_file = file(&self.recipients_file);
        let passphrase_file = file(&self.passphrase_file);
        let for_recipients = match (self.recipients.is_empty(), &recipients_file) {
            (false, _) => Some(RECIPIENTS),
            (true, Some(_)) => Some(RECIPIENTS_FILE),
            (true, None) => None,
        };
        let with_passphrase = passphrase_file.as_ref().map(|_| PASSPHRASE_FILE);
        let contradiction = |other| SealingError::Contradiction { one: SEAL, other };
        let seal = match (self.seal.as_str(), for_recipients, with_passphrase) {
            ("" | "recipients" | "passphrase", Some(one), Some(other)) => {
                return Err(SealingError::Contradiction { one, other });
            }
            ("none" | "master-key", Some(other), _) | ("none" | "master-key", None, Some(other)) => {
                return Err(contradiction(other));
            }
            ("recipients", None, Some(other)) | ("passphrase", Some(other), None) => {
                return Err(contradiction(other));
            }
            ("recipients", None, None) => {
                let needs = "`state_backups.recipients` or `state_backups.recipients_file`";
                return Err(SealingError::Incomplete { setting: "state_backups.seal: recipients", needs });
            }
            ("passphrase", None, None) => {
                let needs = "`state_backups.passphrase_file`";
                return Err(SealingError::Incomplete { setting: "state_backups.seal: passphrase", needs });
            }
            ("master-key", None, None) if format != ArchiveFormat::TarGz => {
                return Err(SealingError::FormatOfMasterKey(format));
            }
            ("master-key", None, None) => SealSetting::MasterKey,
            (_, Some(_), None) => {
                SealSetting::Recipients { named: self.recipients.clone(), file: recipients_file }
            }
            (_, None, _) => passphrase_file.map_or(SealSetting::Nobody, SealSetting::PassphraseFile),
            (_, Some(one), Some(other)) => return Err(SealingError::Contradiction { one, other }),
        };
        Ok(SealingSettings { format, seal })
    }
}
