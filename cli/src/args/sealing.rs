//! Flags for sealing archives and for opening sealed ones.
//!
//! Does NOT read the files they name.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// How an archive is packed, and for whom it is sealed; beats the configuration.
#[derive(Debug, Args)]
pub(crate) struct SealArgs {
    /// How the archive is packed [default: as configured, else tar.gz].
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(crate) format: Option<FormatWord>,
    /// Seal it for this recipient, a public key of age; may be repeated.
    #[arg(long, value_name = "AGE1", conflicts_with_all = ["passphrase", "passphrase_file", "seal"])]
    pub(crate) recipient: Vec<String>,
    /// Seal it for the recipients in a file, one a line; may stand beside --recipient.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["passphrase", "passphrase_file", "seal"])]
    pub(crate) recipients_file: Option<PathBuf>,
    /// Seal it with a passphrase, which is asked for twice.
    #[arg(long, conflicts_with_all = ["passphrase_file", "seal"])]
    pub(crate) passphrase: bool,
    /// Seal it with the passphrase in a file, `-` for standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "seal")]
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Leave it open whatever is configured, or seal it with the master key.
    #[arg(long, value_name = "SEAL", value_enum)]
    pub(crate) seal: Option<SealWord>,
}

impl SealArgs {
    /// Whether they say for whom the archive is sealed, or that it is not.
    pub(crate) fn names_a_seal(&self) -> bool {
        let Self { format: _, recipient, recipients_file, passphrase, passphrase_file, seal } = self;
        !recipient.is_empty()
            || recipients_file.is_some()
            || *passphrase
            || passphrase_file.is_some()
            || seal.is_some()
    }
}

/// How an archive is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatWord {
    #[value(name = "tar.gz")]
    TarGz,
    #[value(name = "tar.zst")]
    TarZst,
    Zip,
}

/// A seal that needs no more than a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SealWord {
    None,
    MasterKey,
}

/// What opens a sealed archive.
#[derive(Debug, Args)]
pub(crate) struct OpenerArgs {
    /// File with identities of age that open sealed archives; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Vec<PathBuf>,
    /// File with the passphrase of a sealed archive, `-` for standard input [default: it is asked for].
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

/// What opens the sealed archives of a list, where nobody is asked.
#[derive(Debug, Args)]
pub(crate) struct ListOpenerArgs {
    /// File with identities of age that open sealed archives; may be repeated.
    #[arg(long, value_name = "FILE")]
    pub(crate) identity: Vec<PathBuf>,
    /// File with the passphrase of sealed archives, `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}
