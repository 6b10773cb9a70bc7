//! The grammar of `key kit`: the emergency sheet.
//!
//! Does NOT act.

use super::key::PlaceArgs;
use clap::{Args, ValueEnum};
use loom_app::key_kit::{KitFormat, KitLanguage};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom key kit --config /etc/openccu-loom/config.yaml --format pdf --out sheet.pdf"
)]
pub(crate) struct KeyKitArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// How it looks.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(crate) format: KitFormatWord,
    /// What language it speaks.
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    pub(crate) language: KitLanguageWord,
    /// Put the master key on it, in clear.
    #[arg(long)]
    pub(crate) include_secret: bool,
    /// Put the only identity of this file on it, in clear, instead of the master key.
    #[arg(long, value_name = "FILE", requires = "include_secret")]
    pub(crate) identity: Option<PathBuf>,
    /// File for the sheet, readable by its owner only [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// How a sheet looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KitFormatWord {
    /// Plain text.
    Text,
    /// One picture of all pages.
    Svg,
    /// Pages of A4.
    Pdf,
}

/// What language a sheet speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum KitLanguageWord {
    /// English.
    En,
    /// German.
    De,
}

impl From<KitFormatWord> for KitFormat {
    fn from(word: KitFormatWord) -> Self {
        match word {
            KitFormatWord::Text => Self::Text,
            KitFormatWord::Svg => Self::Svg,
            KitFormatWord::Pdf => Self::Pdf,
        }
    }
}

impl From<KitLanguageWord> for KitLanguage {
    fn from(word: KitLanguageWord) -> Self {
        match word {
            KitLanguageWord::En => Self::English,
            KitLanguageWord::De => Self::German,
        }
    }
}
