//! The emergency sheet of a data dir: what is needed to come back, on paper, with or without the secret.
//!
//! Made in two steps: what is said is one structure in two languages, how it looks is said once per format. Does NOT
//! change anything and does NOT print.

mod content;
mod gathering;
mod layout;
mod pdf;
mod qr;
mod sheet;
mod svg;
mod text;
mod widths;

pub use gathering::{KitError, WantedSecret, gather};

use crate::wire::{Overwrite, StagedFile, TriedKey};
use jiff::civil::Date;
use loom_domain::archive::{Identity, Recipient};
use loom_domain::ports::KeySource;
use loom_domain::secret::{KeyFingerprint, MasterKey};
use std::io::{self, Write};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// What a sheet tells of one data dir.
#[derive(Debug)]
pub struct KitFacts {
    /// Name of the machine; `None` if it is not known.
    pub host: Option<String>,
    /// The data dir, as it is named on that machine.
    pub data_dir: String,
    /// When the sheet is made.
    pub made_on: Date,
    /// The master key by its public name, and where it lies; `None` if there is none.
    pub key: Option<(KeyFingerprint, KeySource)>,
    /// How that key did on the sealed values; an error says why they could not be looked at. `None` where there is no key.
    pub tried: Result<Option<TriedKey>, String>,
    /// For whom archives are sealed.
    pub sealed_for: SealedFor,
    /// Why that is not known for sure where no config file was named; in words.
    pub seal_unknown: Option<String>,
    /// The secret to be printed, if that was asked for.
    pub secret: Option<KitSecret>,
}

/// For whom the archives of a data dir are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealedFor {
    /// For nobody: they are open to everybody.
    Nobody,
    /// For recipients.
    Recipients(Vec<Recipient>),
    /// For whoever knows a passphrase.
    Passphrase,
    /// For whoever has the master key.
    MasterKey,
}

/// A secret that goes on paper. `Debug` tells only which.
pub enum KitSecret {
    /// The master key, as `secret.key` holds it.
    MasterKey(MasterKey),
    /// What opens archives that were sealed for its recipient.
    Identity {
        /// The secret.
        identity: Identity,
        /// Its public half, where it can be told.
        recipient: Option<Recipient>,
    },
}

impl std::fmt::Debug for KitSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::MasterKey(_) => "MasterKey(…)",
            Self::Identity { .. } => "Identity(…)",
        })
    }
}

/// The language of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KitLanguage {
    /// English.
    #[default]
    English,
    /// German.
    German,
}

impl KitLanguage {
    /// All of them, the default first.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// The code of it, such as `de`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }
}

/// The format of a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KitFormat {
    /// Plain text, for a terminal or the simplest of printers.
    #[default]
    Text,
    /// One picture of all pages, for a browser.
    Svg,
    /// Pages of A4.
    Pdf,
}

impl KitFormat {
    /// All of them, the default first.
    pub const ALL: [Self; 3] = [Self::Text, Self::Svg, Self::Pdf];

    /// The word for it, which is the ending of file names too where there is a usual one.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Svg => "svg",
            Self::Pdf => "pdf",
        }
    }
}

/// Makes the sheet. The bytes are wiped when they are dropped; what was needed to make a PDF is not.
pub fn render(facts: &KitFacts, language: KitLanguage, format: KitFormat) -> Zeroizing<Vec<u8>> {
    let sheet = content::sheet(facts, language);
    match format {
        KitFormat::Text => text::render(&sheet),
        KitFormat::Svg => svg::render(&sheet),
        KitFormat::Pdf => pdf::render(&sheet),
    }
}

/// Writes a sheet to a file that only its owner can read: all of it, durably, or nothing. Blocks.
///
/// # Errors
/// `AlreadyExists` where there is one, which stays as it is; whatever the disk says.
pub fn write(path: PathBuf, sheet: &[u8]) -> io::Result<()> {
    let mut file = StagedFile::beside(&path)?;
    file.write_all(sheet)?;
    file.publish(Overwrite::Refused)
}

#[cfg(test)]
mod tests;
