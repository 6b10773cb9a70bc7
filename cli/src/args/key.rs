//! The grammar of `key`: the master key of a data dir. No key is ever an argument.
//!
//! Does NOT act.

use super::{DaemonArgs, KeyKitArgs};
use clap::{Args, Subcommand, ValueEnum};
use loom_app::key_settings::{KeySettings, KmsSettings, Pkcs11Settings};
use loom_domain::ports::KeyTarget;
use loom_domain::secret::Wrapper;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyVerb {
    /// Show the master key's place, what it opens, and which archives need which key.
    #[command(verbatim_doc_comment)]
    Status(KeyStatusArgs),
    /// Try a key file on the sealed values; nothing is changed.
    #[command(verbatim_doc_comment)]
    Check(KeyCheckArgs),
    /// Seal every secret under a new master key; the old one is kept.
    #[command(verbatim_doc_comment)]
    Rotate(KeyRotateArgs),
    /// Wrap the master key by a key service or token, and remove it in clear.
    #[command(verbatim_doc_comment)]
    Wrap(KeyWrapArgs),
    /// Put the master key back into `secret.key` in clear.
    #[command(verbatim_doc_comment)]
    Unwrap(KeyUnwrapArgs),
    /// Remove old master keys that nothing needs any more.
    #[command(verbatim_doc_comment)]
    Retire(KeyRetireArgs),
    /// Make an emergency sheet to be printed: what opens archives, with any tool.
    #[command(verbatim_doc_comment)]
    Kit(KeyKitArgs),
}

/// Where the data dir is.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    /// Path to config.yaml (resolves data_dir; without it, ./var is used).
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// The data dir [default: from --config or ./var].
    #[arg(long, value_name = "PATH")]
    pub(crate) data_dir: Option<PathBuf>,
}

/// Who does it: this program, or the daemon that runs.
#[derive(Debug, Args)]
pub(crate) struct WhoArgs {
    /// Have the daemon that runs do it, instead of working on the data dir itself.
    #[arg(long, conflicts_with_all = ["config", "data_dir"])]
    pub(crate) running: bool,
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom key status --config /etc/openccu-loom/config.yaml \\\n    --archives /var/backups/openccu-loom"
)]
pub(crate) struct KeyStatusArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Say of each archive in this folder which key it needs.
    #[arg(long, value_name = "DIR", conflicts_with = "running")]
    pub(crate) archives: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom key check --config /etc/openccu-loom/config.yaml --key-file /media/usb/secret.key"
)]
pub(crate) struct KeyCheckArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The file with the master key to be tried.
    #[arg(long, value_name = "PATH")]
    pub(crate) key_file: PathBuf,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom key rotate --config /etc/openccu-loom/config.yaml\n  openccu-loom key rotate --running --token-file ~/.openccu-loom-token"
)]
pub(crate) struct KeyRotateArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Where the new key goes [default: where the present one is].
    #[arg(long, value_name = "PLACE")]
    pub(crate) to: Option<TargetWord>,
    /// File that keeps the new key: a key file, or the daemon's environment file [default: one is drawn].
    #[arg(long, value_name = "PATH", conflicts_with = "running")]
    pub(crate) new_key_file: Option<PathBuf>,
    /// Leave values as they are that the present key does not open.
    #[arg(long)]
    pub(crate) allow_unreadable_secrets: bool,
    #[command(flatten)]
    pub(crate) wrapping: WrappingArgs,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
}

/// Settings of the wrapping key; each beats the config file.
#[derive(Debug, Default, Args)]
pub(crate) struct WrappingArgs {
    /// Id, ARN or alias of the key of the key service.
    #[arg(long, value_name = "ID")]
    pub(crate) key_id: Option<String>,
    /// Region of the key service.
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,
    /// URL of the key service, if it is not the region's own.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    /// PKCS#11 library of the token.
    #[arg(long, value_name = "PATH")]
    pub(crate) module: Option<PathBuf>,
    /// Label of the token.
    #[arg(long, value_name = "LABEL")]
    pub(crate) token: Option<String>,
    /// Label of the key on the token.
    #[arg(long, value_name = "LABEL")]
    pub(crate) key_label: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom key wrap --to kms --key-id alias/openccu-loom --region eu-central-1"
)]
pub(crate) struct KeyWrapArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// What wraps it.
    #[arg(long, value_name = "PLACE")]
    pub(crate) to: WrapperWord,
    /// Wrap it although it does not open every sealed value.
    #[arg(long)]
    pub(crate) allow_unreadable_secrets: bool,
    #[command(flatten)]
    pub(crate) wrapping: WrappingArgs,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom key unwrap --config /etc/openccu-loom/config.yaml")]
pub(crate) struct KeyUnwrapArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Unwrap it although it does not open every sealed value.
    #[arg(long)]
    pub(crate) allow_unreadable_secrets: bool,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom key retire --config /etc/openccu-loom/config.yaml secret.key.old-20261123T120000Z"
)]
pub(crate) struct KeyRetireArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Folder with archives that may need them too, beside the configured one.
    #[arg(long, value_name = "DIR", conflicts_with = "running")]
    pub(crate) archives: Option<PathBuf>,
    /// Remove them although values or archives need them.
    #[arg(long)]
    pub(crate) force: bool,
    #[command(flatten)]
    pub(crate) who: WhoArgs,
    /// The old keys, by the names of their files [default: all of them].
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
}

/// Where a master key may lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TargetWord {
    /// In clear, in `secret.key`.
    File,
    /// In an environment variable.
    Env,
    /// Wrapped by a key service.
    Kms,
    /// Wrapped by a token.
    Pkcs11,
}

/// What may wrap a master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum WrapperWord {
    /// A key service that speaks the AWS KMS API.
    Kms,
    /// A token behind a PKCS#11 library.
    Pkcs11,
}

impl WrappingArgs {
    /// Whether any of them is there.
    pub(crate) fn is_given(&self) -> bool {
        let words = [&self.key_id, &self.region, &self.endpoint, &self.token, &self.key_label];
        self.module.is_some() || words.iter().any(|word| word.is_some())
    }

    /// `settings`, with what is given in their place.
    pub(crate) fn over(&self, settings: &KeySettings) -> KeySettings {
        let or = |given: &Option<String>, set: &Option<String>| given.clone().or_else(|| set.clone());
        let (kms, pkcs11) = (&settings.kms, &settings.pkcs11);
        KeySettings {
            kms: KmsSettings {
                key_id: or(&self.key_id, &kms.key_id),
                region: or(&self.region, &kms.region),
                endpoint: or(&self.endpoint, &kms.endpoint),
            },
            pkcs11: Pkcs11Settings {
                module: self.module.clone().or_else(|| pkcs11.module.clone()),
                token: or(&self.token, &pkcs11.token),
                key_label: or(&self.key_label, &pkcs11.key_label),
                pin_file: pkcs11.pin_file.clone(),
            },
        }
    }
}

impl From<TargetWord> for KeyTarget {
    fn from(word: TargetWord) -> Self {
        match word {
            TargetWord::File => Self::File,
            TargetWord::Env => Self::Environment,
            TargetWord::Kms => Self::Wrapped(Wrapper::Kms),
            TargetWord::Pkcs11 => Self::Wrapped(Wrapper::Pkcs11),
        }
    }
}

impl From<WrapperWord> for Wrapper {
    fn from(word: WrapperWord) -> Self {
        match word {
            WrapperWord::Kms => Self::Kms,
            WrapperWord::Pkcs11 => Self::Pkcs11,
        }
    }
}

impl KeyVerb {
    /// Whether the result is wanted as JSON.
    pub(crate) fn wants_json(&self) -> bool {
        match self {
            Self::Status(args) => args.who.daemon.json,
            Self::Check(args) => args.json,
            Self::Rotate(args) => args.who.daemon.json,
            Self::Wrap(args) => args.json,
            Self::Unwrap(args) => args.json,
            Self::Retire(args) => args.who.daemon.json,
            Self::Kit(_) => false,
        }
    }
}
